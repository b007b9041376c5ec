"""What is said to be left to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubimages.splitting import left
from repositories import Repository


def said(repo: Repository, path: str = "a b/c") -> str:
    return "\n".join(left.to_do(repo.ours, repo.git("rev-parse", "HEAD"), "SOURCE", path, "TARGET"))


def test_of_a_plain_image(tmp_path: Path) -> None:
    repo = Repository.init(tmp_path / "repo")
    repo.commit(
        {".github/workflows/x.yml": "${{ secrets.GITHUB_TOKEN }}\n", "s": "secrets.OTHER\n"}
    )
    found = said(repo)
    assert "give the action what it needs" in found
    assert "OTHER" not in found
    assert "git rm -r 'a b/c'" in found
    assert "LFS" not in found


def test_what_needs_the_old_repository_is_named(tmp_path: Path) -> None:
    repo = Repository.init(tmp_path / "repo")
    repo.write({"sub/.gitattributes": "*.bin filter=lfs\n", ".github/workflows/x.yml": "secrets.A"})
    (repo.root / "sub/out").symlink_to("../../shared/x")
    (repo.root / "sub/within").symlink_to("../x")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},module")
    repo.git("add", "sub", ".github")
    repo.git("commit", "--quiet", "-m", "all")
    found = said(repo)
    for line in (
        "module is a submodule",
        "sub/out is a link",
        "git lfs push",
        "secrets, in the settings of TARGET: A ",
    ):
        assert line in found
    assert "sub/within" not in found


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("a/größe b.yml", "a/größe b.yml"), ("a\nb", r"'a\nb'"), ("\x1b[2J", r"'\x1b[2J'")],
)
def test_a_name_does_nothing_to_the_terminal(path: str, wanted: str) -> None:
    assert left.shown(path) == wanted

"""Histories made by lot, split; and the same by hand."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from hubimages.splitting.split import Written
from repositories import RUN, Repository
from tests.splitting import runs
from tests.splitting.histories import FOLDER, Life

_NUMBER = re.compile(r"^author .*<(\d+)@author", re.MULTILINE)


@pytest.mark.parametrize("seed", range(12))
def test_histories_by_lot(seed: int, tmp_path: Path) -> None:
    life = Life(seed)
    source, new = tmp_path / "source.git", tmp_path / "new"
    life.write(source)
    template = runs.template(tmp_path / "template")
    of = runs.wish(source, FOLDER, template.root, tmp_path / "target.git")
    written = runs.run(of, new)

    assert runs.git(tmp_path / "target.git", "for-each-ref", "--format=%(refname)").split() == [
        "refs/heads/standard"
    ]
    image, joined = runs.git(
        tmp_path / "target.git", "rev-parse", "standard^1", "standard^2"
    ).split()
    assert joined == template.git("rev-parse", "HEAD")
    old = {
        _number(runs.said(source, one)): one
        for one in runs.git(source, "rev-list", "trunk").split()
    }
    made = {_number(runs.said(new, one)): one for one in runs.git(new, "rev-list", image).split()}
    assert len(made) == written.of_image
    # every commit that touched the folder, and of the ordinary ones no other
    ordinary = {c.number for c in life.commits if c.ordinary}
    assert {n for n in made if n in ordinary} == {
        c.number for c in life.commits if c.ordinary and c.touches
    }
    for number, commit in made.items():
        # author, committer, dates, encoding and message, to the byte
        assert runs.said(new, commit) == runs.said(source, old[number])
        # and nothing of the rest
        assert runs.content(new, commit) == life.commits[number].tree, number
    final = {**runs.content(new, "standard")}
    assert final.pop(".github/workflows/build.yaml")
    assert final == life.commits[-1].tree


def _number(said: str) -> int:
    found = _NUMBER.search(said)
    assert found
    return int(found[1])


# --- against the same by hand ----------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path: Path) -> Repository:
    """A repository in which nothing moved into the folder: what simpler tools can do too."""
    repo = Repository.init(tmp_path / "plain")
    repo.commit({"README.md": "top\n", "images/lab/Dockerfile": "FROM a\n"}, "Start")
    repo.commit({"hubs/values.yaml": "a: 1\n"}, "Elsewhere")
    repo.git("switch", "--quiet", "--create", "feature")
    repo.commit({"images/lab/größe.txt": "ä\n", "README.md": "both\n"}, "Both, see " + "a" * 40)
    repo.commit({"images/lab/run.sh": "#!/bin/sh\n"}, "Run\n\nSigned-off-by: A <a@b.org>")
    repo.git("switch", "--quiet", "main")
    repo.commit({"images/lab/Dockerfile": "FROM b\n"}, "b")
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge feature", "feature")
    repo.commit({}, "Nothing")
    repo.git("rm", "-rq", "images/lab")
    repo.commit({}, "Gone")
    repo.commit({"images/lab/Dockerfile": "FROM c\n"}, "Back")
    return repo


BY_HAND = {
    "filter-branch": (
        ("filter-branch", "-f", "--prune-empty", "--subdirectory-filter", "images/lab", "main"),
    ),
}


@pytest.mark.parametrize("tool", [*BY_HAND, "filter-repo"])
def test_as_by_hand(
    plain: Repository, tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = runs.template(tmp_path / "template")
    new, hand = tmp_path / "new", tmp_path / "hand"
    runs.run(runs.wish(plain.root, "images/lab", template.root, tmp_path / "target.git"), new)

    monkeypatch.setenv("FILTER_BRANCH_SQUELCH_WARNING", "1")
    runs.git(
        tmp_path, "clone", "--quiet", "--no-local", "--origin=source", str(plain.root), str(hand)
    )
    if tool == "filter-repo":
        words = ["--force", "--subdirectory-filter", "images/lab", "--preserve-commit-hashes"]
        words += ["--prune-empty=always"]  # as it is, it keeps what was empty to begin with
        RUN([sys.executable, "-m", "git_filter_repo", *words], cwd=hand)
    else:
        for words in BY_HAND[tool]:
            runs.git(hand, *words)
    assert runs.told(new, "standard^1") == runs.told(hand, "HEAD")
    runs.git(hand, "fetch", "--quiet", str(template.root), "standard")
    runs.git(hand, "checkout", "--quiet", "-b", "template", "FETCH_HEAD")
    runs.git(hand, "rm", "--quiet", "environment.yml")
    runs.git(hand, "commit", "--quiet", "-m", "Without the example")
    runs.git(hand, "checkout", "--quiet", "-")
    runs.git(hand, "merge", "--quiet", "--allow-unrelated-histories", "-m", "Join", "template")
    assert runs.git(new, "rev-parse", "standard^{tree}") == runs.git(
        hand, "rev-parse", "HEAD^{tree}"
    )
    words = ("log", "--format=%an %ae %at %cn %ce %ct %s", "--topo-order", "--", "Dockerfile")
    assert runs.git(new, *words) == runs.git(hand, *words)


# --- one history each ------------------------------------------------------------------------------


def lab(tmp_path: Path) -> Repository:
    repo = Repository.init(tmp_path / "source")
    lines = "".join(f"line {number}\n" for number in range(40))
    repo.commit({"environment.yml": lines, "shared/secret.txt": "rest\n"}, "Old place")
    return repo


def subjects(root: Path, tip: str = "standard^1") -> list[str]:
    return runs.git(root, "log", "--topo-order", "--format=%s", tip).splitlines()


def splitted(tmp_path: Path, repo: Repository, path: str = "images/lab") -> tuple[Path, Written]:
    template = runs.template(tmp_path / "template")
    of = runs.wish(repo.root, path, template.root, tmp_path / "target.git")
    return tmp_path / "new", runs.run(of, tmp_path / "new")


def test_a_file_from_the_top_that_keeps_its_name(tmp_path: Path) -> None:
    """Its old path and its new one are the same in the new repository; the move is kept, empty."""
    repo = lab(tmp_path)
    (repo.root / "images/lab").mkdir(parents=True)
    repo.git("mv", "environment.yml", "images/lab/environment.yml")
    repo.commit({}, "Move")
    repo.commit({"environment.yml": "something else\n"}, "Another")
    new, written = splitted(tmp_path, repo)
    assert written.earlier == ["environment.yml"]
    assert subjects(new) == ["Move", "Old place"]
    for commit in runs.git(new, "rev-list", "standard^1").split():
        assert list(runs.content(new, commit)) == ["environment.yml"]
    assert (new / "environment.yml").read_text().startswith("line 0\n")


def test_moved_twice_and_through_another_folder(tmp_path: Path) -> None:
    repo = lab(tmp_path)
    for number, place in enumerate(["a", "images/lab", "b", "images/lab/deep"]):
        (repo.root / place).mkdir(parents=True, exist_ok=True)
        before = ["environment.yml", "a/env", "images/lab/env", "b/env"][number]
        repo.git("mv", before, f"{place}/env")
        repo.commit({}, f"To {place}")
    new, written = splitted(tmp_path, repo)
    assert written.earlier == ["a/env", "b/env", "environment.yml"]
    assert subjects(new) == ["To images/lab/deep", "To b", "To images/lab", "To a", "Old place"]
    assert runs.git(
        new, "log", "--follow", "--format=%s", "standard^1", "--", "deep/env"
    ).splitlines() == subjects(new)


def test_a_copy_is_not_followed(tmp_path: Path) -> None:
    repo = lab(tmp_path)
    text = (repo.root / "environment.yml").read_text()
    repo.commit({"images/lab/environment.yml": text}, "Copy")
    new, written = splitted(tmp_path, repo)
    assert (written.earlier, subjects(new)) == ([], ["Copy"])


def test_one_side_of_a_merge_knows_the_old_path(tmp_path: Path) -> None:
    repo = lab(tmp_path)
    repo.git("switch", "--quiet", "--create", "stale")
    text = (repo.root / "environment.yml").read_text()
    repo.commit({"environment.yml": text.replace("line 3\n", "line three\n")}, "Edit, stale")
    repo.git("switch", "--quiet", "main")
    (repo.root / "images/lab").mkdir(parents=True)
    repo.git("mv", "environment.yml", "images/lab/environment.yml")
    repo.commit({}, "Move")
    repo.git("merge", "--quiet", "--no-edit", "stale")
    new, _ = splitted(tmp_path, repo)
    assert sorted(subjects(new)) == ["Edit, stale", "Merge branch 'stale'", "Move", "Old place"]
    assert "line three" in (new / "environment.yml").read_text()


def test_what_a_merge_throws_away_stays_away(tmp_path: Path) -> None:
    repo = lab(tmp_path)
    repo.commit({"images/lab/a": "1\n"}, "One")
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"images/lab/a": "2\n"}, "Two")
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--strategy=ours", "-m", "Not so", "side")
    new, _ = splitted(tmp_path, repo)
    assert subjects(new) == ["Not so", "Two", "One"]
    assert (new / "a").read_text() == "1\n"


def test_a_pull_request_merged_stays_a_merge(tmp_path: Path) -> None:
    """Also where nothing of the folder happened on the main branch meanwhile."""
    repo = lab(tmp_path)
    repo.commit({"images/lab/a": "1\n"}, "One")
    for name, path in [("ours", "images/lab/a"), ("theirs", "elsewhere")]:
        repo.git("switch", "--quiet", "--create", name)
        repo.commit({path: "2\n"}, name)
        repo.git("switch", "--quiet", "main")
        repo.commit({"README.md": name}, "Meanwhile")
        repo.git("merge", "--quiet", "--no-ff", "-m", f"Merge {name}", name)
    new, _ = splitted(tmp_path, repo)
    assert subjects(new) == ["Merge ours", "ours", "One"]


def test_no_object_of_the_rest_is_in_the_new_clone(tmp_path: Path) -> None:
    repo = lab(tmp_path)
    repo.commit({"images/lab/a": "1\n"}, "One")
    secret = repo.git("rev-parse", "HEAD:shared/secret.txt")
    new, _ = splitted(tmp_path, repo)
    every = runs.git(new, "cat-file", "--batch-all-objects", "--batch-check")
    assert every
    assert secret not in every
    assert repo.git("rev-parse", "HEAD") not in every
    assert runs.git(new, "fsck", "--full", "--strict", "--unreachable") == ""
    assert not list((new / ".git").glob("*hubimages*"))
    assert runs.git(new, "status", "--porcelain") == ""


def test_code_of_the_source_is_not_run(tmp_path: Path) -> None:
    """Python would take a module from the folder that it is started in."""
    repo = lab(tmp_path)
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    repo.commit({f"images/lab/{name}.py": trap for name in ("git_filter_repo", "json")}, "Trap")
    new, _ = splitted(tmp_path, repo)
    assert (new / "json.py").exists()
    assert not (tmp_path / "ran").exists()

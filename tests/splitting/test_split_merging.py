"""The image's files and the template's, together; and that verifying sees what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hubimages.git import Git
from hubimages.splitting import merging, rewriting, shrinking, split, tracing, verifying
from hubimages.splitting.merging import Merged, merge
from hubimages.splitting.verifying import Made
from repositories import RUN, Repository
from tests.splitting import runs


def stored(**paths: str) -> dict[str, tuple[str, str]]:
    return {path.replace("__", "/"): ("100644", blob) for path, blob in paths.items()}


@pytest.mark.parametrize(
    ("image", "template", "files", "conflicts"),
    [
        ({"a": "1"}, {"b": "2"}, {"a": "1", "b": "2"}, ()),
        ({"a": "1"}, {"a": "1"}, {"a": "1"}, ()),
        ({"a": "1"}, {"a": "2"}, {"a": "1"}, ("a",)),
        ({"a": "1"}, {"a__b": "2"}, {"a": "1"}, ("a/b",)),
        ({"a__b__c": "1"}, {"a": "2", "a__b": "3"}, {"a__b__c": "1"}, ("a", "a/b")),
    ],
)
def test_merge(
    image: dict[str, str],
    template: dict[str, str],
    files: dict[str, str],
    conflicts: tuple[str, ...],
) -> None:
    assert merge(stored(**image), stored(**template)) == Merged(stored(**files), conflicts)


def test_the_example_is_left_out_and_the_image_s_own_is_not() -> None:
    example = {"environment.yml": ("100644", "1"), "sub/environment.yml": ("100644", "2")}
    assert merge({}, example).files == {"sub/environment.yml": ("100644", "2")}
    own = {"environment.yml": ("100644", "3")}
    assert merge(own, example) == Merged({**own, "sub/environment.yml": ("100644", "2")}, ())


# --- verifying -------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path: Path) -> tuple[Git, Made]:
    repo = Repository.init(tmp_path / "source")
    repo.commit({"env": "".join(f"{n}\n" for n in range(30)), "rest": "secret\n"}, "Old place")
    (repo.root / "lab").mkdir()
    repo.git("mv", "env", "lab/env")
    repo.commit({"lab/README.md": "image\n"}, "Move")
    template = runs.template(tmp_path / "template", {"README.md": "template\n"})
    of = runs.wish(repo.root, "lab", template.root, tmp_path / "target.git")
    mark = replace(of.mark, branch="main")
    fetched = split.fetch(of, tmp_path / "new", mark, RUN)
    git, (source, other) = fetched.git, fetched.mark.tips
    traced = tracing.trace(git, source, "lab")
    shrunk = shrinking.shrink(traced)
    new = rewriting.rewrite(git, "refs/heads/main", traced, shrunk)
    image = git.ask("rev-parse", "main")
    commit = merging.commit(git, fetched.merged, (image, other), "Join\n")
    return git, Made(
        traced=traced, shrunk=shrunk, new=new, image=image, template=other, commit=commit
    )


def again(git: Git, made: Made, *, tree: str = "", parents: str = "", message: str = "") -> Made:
    """Return the same with another last commit of the image's history, or of both."""
    tip = made.shrunk.instead[made.traced.tip]
    was = made.new[tip]
    words = ["commit-tree", tree or git.ask("rev-parse", f"{was}^{{tree}}")]
    for parent in (parents or git.ask("rev-parse", f"{was}^")).split():
        words += ["-p", parent]
    said = message or git("log", "-1", "--format=%B", was).stdout.removesuffix("\n")
    keep = ("%an", "%ae", "%ad", "%cn", "%ce", "%cd")
    who = [git.ask("log", "-1", "--date=raw", f"--format={one}", was) for one in keep]
    names = [
        f"GIT_{role}_{what}"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL", "DATE")
    ]
    env = dict(zip(names, who, strict=True))
    commit = git.run(["git", *words, "-F", "-"], cwd=git.root, env=env, stdin=said).stdout.strip()
    both = ["-p", commit, "-p", made.template, "-m", "Join"]
    joined = git.ask("commit-tree", *both, f"{made.commit}^{{tree}}")
    return replace(made, new={**made.new, tip: commit}, image=commit, commit=joined)


def _tree(git: Git, made: Made, extra: str) -> str:
    git("read-tree", made.new[made.shrunk.instead[made.traced.tip]])
    git("update-index", "--add", "--cacheinfo", f"100644,{git.ask('rev-parse', extra)},more")
    return git.ask("write-tree")


def _lost(git: Git, made: Made) -> Made:
    tip = made.shrunk.instead[made.traced.tip]
    return replace(made, new={tip: made.new[tip]})


def _joined(git: Git, made: Made, files: dict[str, str]) -> Made:
    git("read-tree", made.commit)
    for path, blob in files.items():
        git("update-index", "--add", "--cacheinfo", f"100644,{git.ask('rev-parse', blob)},{path}")
    words = ("-p", f"{made.commit}^1", "-p", made.template, "-m", "Join")
    return replace(made, commit=git.ask("commit-tree", git.ask("write-tree"), *words))


WRONG: dict[str, tuple[Callable[[Git, Made], Made], str]] = {
    "message": (
        lambda git, made: again(git, made, message="Other\n"),
        "its message is not the same",
    ),
    "foreign file": (
        lambda git, made: again(git, made, tree=_tree(git, made, f"{made.traced.tip}:rest")),
        "differs from .* in more",
    ),
    "foreign commit": (
        lambda git, made: again(git, made, parents=made.traced.tip),
        "is of no commit of the source",
    ),
    "untouched folder": (
        lambda git, made: replace(
            made, new={k: v for k, v in made.new.items() if k != made.traced.tip}
        ),
        "changed lab and is not there",
    ),
    "another end": (
        lambda git, made: replace(made, image=git.ask("rev-parse", f"{made.image}^")),
        "does not end where",
    ),
    "lost commit": (_lost, "is of no commit of the source"),
    "file of the template": (
        lambda git, made: _joined(git, made, {"README.md": f"{made.template}:README.md"}),
        "README.md is not the image's",
    ),
    "file of nobody": (
        lambda git, made: _joined(git, made, {"more": f"{made.traced.tip}:rest"}),
        "more is neither the image's nor the template's",
    ),
    "example": (
        lambda git, made: _joined(
            git, made, {"environment.yml": f"{made.template}:environment.yml"}
        ),
        "environment.yml is neither",
    ),
    "parents": (
        lambda git, made: replace(made, commit=made.template),
        "does not join",
    ),
    "renames not followed": (
        lambda git, made: replace(
            made,
            traced=replace(
                made.traced,
                belongings={c: replace(b, earlier={}) for c, b in made.traced.belongings.items()},
            ),
        ),
        "differs from .* in env",
    ),
    "another old file": (
        lambda git, made: replace(
            made,
            traced=replace(
                made.traced,
                belongings={
                    c: replace(b, earlier={p: (m, "0" * 40) for p, (m, _) in b.earlier.items()})
                    for c, b in made.traced.belongings.items()
                },
            ),
        ),
        "has another env",
    ),
}


def test_what_is_right_is_right(made: tuple[Git, Made]) -> None:
    assert verifying.differences(*made) == []
    git, same = made
    assert verifying.differences(git, again(git, same)) == []


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_seen(made: tuple[Git, Made], what: str) -> None:
    change, said = WRONG[what]
    found = verifying.differences(made[0], change(*made))
    assert [line for line in found if re.search(said, line)], found

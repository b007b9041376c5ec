"""Splitting in this process, step by step, and reading back what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hubimages.splitting import split
from hubimages.splitting.address import Address
from hubimages.splitting.split import Wish, Written
from repositories import RUN, Repository


@contextmanager
def step(_: str) -> Iterator[None]:
    yield


def template(root: Path, files: dict[str, str] | None = None) -> Repository:
    """Make a template repository whose branch is not called as anybody else's."""
    made = Repository.init(root)
    made.git("checkout", "--quiet", "--orphan", "standard")
    made.commit(
        {
            ".github/workflows/build.yaml": "password: ${{ secrets.QUAY_PASSWORD }}\n",
            "environment.yml": "name: example\n",
            **(files or {}),
        },
        "Template",
    )
    return made


def wish(source: Path, path: str, template: Path, target: Path) -> Wish:
    if not target.exists():
        RUN(["git", "init", "--quiet", "--bare", str(target)])
    return Wish(
        source=Address.parse(str(source)),
        path=path,
        template=Address.parse(str(template)),
        target=Address.parse(str(target)),
    )


def run(of: Wish, directory: Path) -> Written:
    """Fetch, rewrite, verify, push and finish."""
    tips = [split.tip(one.remote(RUN)) for one in (of.source, of.template)]
    mark = replace(of.mark, tips=(tips[0].commit, tips[1].commit), branch=tips[1].branch)
    fetched = split.fetch(of, directory, mark, RUN)
    written = split.write(fetched, "Join\n", step)
    split.push(of, directory, written.mark, RUN)
    split.finish(directory, written.mark, RUN)
    return written


def git(root: Path, *words: str) -> str:
    return RUN(["git", "-c", "core.quotePath=false", *words], cwd=root).stdout


def told(root: Path, tip: str) -> list[str]:
    """Return what each commit of tip says of itself, all but its tree and parents."""
    ids = git(root, "rev-list", tip).split()
    return sorted(said(root, one) for one in ids)


def said(root: Path, commit: str) -> str:
    lines = git(root, "cat-file", "commit", commit).split("\n")
    first = next(n for n, line in enumerate(lines) if not line.startswith(("tree ", "parent ")))
    return "\n".join(lines[first:])


def content(root: Path, tree: str) -> dict[str, tuple[str, bytes]]:
    """Return what a tree holds: mode and content, of submodules the commit, by path."""
    found = {}
    for entry in git(root, "ls-tree", "-r", "-z", tree).split("\0")[:-1]:
        about, path = entry.split("\t", 1)
        mode, kind, blob = about.split()
        text = blob if kind == "commit" else git(root, "cat-file", "blob", blob)
        found[path] = (mode, text.encode("utf-8", "surrogateescape"))
    return found

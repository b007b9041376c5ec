"""What changed between each commit and each of its parents, asked of git for all of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hubimages.git import Git

Edge: TypeAlias = tuple[str, str]  # a commit and one of its parents; "" for a commit without any
# Where one commit adds and removes more files than this, only unchanged files count as renamed:
# git compares each with each, and would be at it for hours.
_MOST = 3000
_ID = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True)
class Change:
    """One path that differs: git's letter, and what the commit has there; before: its old name."""

    letter: str
    path: str
    mode: str
    blob: str
    before: str = ""


def parents(git: Git, tip: str) -> dict[str, list[str]]:
    """Return each commit that tip has, with its parents; a commit stands before its parents."""
    lines = git.ask("rev-list", "--topo-order", "--parents", tip, "--").splitlines()
    return {commit: above for commit, *above in (line.split() for line in lines)}


def edges(history: dict[str, list[str]]) -> list[Edge]:
    """Return every pair of a commit and a parent."""
    return [(commit, parent) for commit, above in history.items() for parent in above or [""]]


def changes(git: Git, wanted: Sequence[Edge], paths: Iterable[str]) -> dict[Edge, list[Change]]:
    """Return what differs along each edge at or below paths, a rename being two changes."""
    return _ask(git, wanted, "--no-renames", "--", *paths)


def renames(git: Git, wanted: Sequence[Edge]) -> dict[Edge, dict[str, str]]:
    """Return what was renamed along each edge: the old name by the new one."""
    found = _ask(git, wanted, "--find-renames=50%", f"-l{_MOST}", "--diff-filter=R")
    return {edge: {one.path: one.before for one in changed} for edge, changed in found.items()}


def _ask(git: Git, wanted: Sequence[Edge], *words: str) -> dict[Edge, list[Change]]:
    if not wanted:
        return {}
    out = git(
        *("--literal-pathspecs", "diff-tree", "--stdin", "--always", "--root"),
        *("-r", "-z", "--raw", "--no-abbrev", "--no-ext-diff", *words),
        stdin="".join(f"{commit} {parent}".rstrip() + "\n" for commit, parent in wanted),
    ).stdout
    fields = iter(out.split("\0"))
    order = iter(wanted)
    found: dict[Edge, list[Change]] = {}
    changed: list[Change] = []
    for field in fields:
        if field.startswith(":"):
            _, mode, _, blob, letter = field.split(" ")
            path = next(fields)
            if letter[0] in "RC":
                changed.append(Change(letter[0], next(fields), mode, blob, path))
            else:
                changed.append(Change(letter[0], path, mode, blob))
        elif _ID.fullmatch(field):
            changed = found[next(order)] = []
    return found

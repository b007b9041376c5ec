"""Which commits are left of a history, and with which parents, when only one folder counts.

Left are the commits that change what belongs to the folder, the merges that join lines on which it
changed, and those that brought a change of it into the default branch. Every other commit is stood
for by the nearest one before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hubimages.splitting.tracing import Belongings, Traced


@dataclass(frozen=True)
class Shrunk:
    """The commits that are left, each with its new parents, parents first; all by their old ids.

    instead has, for every commit, the one that stands for it: itself, an earlier one, or "".
    """

    parents: dict[str, tuple[str, ...]]
    instead: dict[str, str]


def shrink(traced: Traced) -> Shrunk:
    """Leave the commits out of a history that do not concern its folder."""
    work = _Work(traced, _main_line(traced))
    for commit in reversed(traced.parents):
        work.take(commit)
    return Shrunk(work.parents, work.instead)


def _main_line(traced: Traced) -> set[str]:
    """Return the commits that were the default branch's tip once: where merges bring changes in."""
    found, commit = set(), traced.tip
    while commit:
        found.add(commit)
        commit = next(iter(traced.parents[commit]), "")
    return found


class _Work:
    def __init__(self, traced: Traced, main_line: set[str]) -> None:
        self.traced = traced
        self.of = {**traced.belongings, "": Belongings("", {})}
        self.main_line = main_line
        self.parents: dict[str, tuple[str, ...]] = {}
        self.instead: dict[str, str] = {}
        # for each commit that is left, a bit for it, the highest, and one for each before it
        self._bits: dict[str, int] = {}

    def take(self, commit: str) -> None:
        """Decide on a commit whose parents have been decided on."""
        of = self.of
        old = self.traced.parents[commit]
        left = tuple(dict.fromkeys(new for one in old if (new := self.instead[one])))
        heads = self._heads(left)
        main = len(old) > 1 and commit in self.main_line
        touched = not any(of[commit].as_in(of[one]) for one in old or [""])
        if touched or len(heads) > 1 or (main and not of[commit].as_in(of[old[0]])):
            self._keep(commit, left if main else heads)
        elif not of[commit].as_in(of[heads[0] if heads else ""]):
            self._keep(commit, heads)  # a merge that goes back to the side that is no more
        else:
            self.instead[commit] = heads[0] if heads else ""

    def _keep(self, commit: str, parents: Iterable[str]) -> None:
        self.parents[commit] = tuple(parents)
        self.instead[commit] = commit
        bits = 1 << len(self._bits)
        for one in self.parents[commit]:
            bits |= self._bits[one]
        self._bits[commit] = bits

    def _heads(self, commits: tuple[str, ...]) -> tuple[str, ...]:
        """Return those that no other one has in its history."""
        if len(commits) < 2:
            return commits
        own = {one: 1 << (self._bits[one].bit_length() - 1) for one in commits}
        return tuple(
            one
            for one in commits
            if not any(self._bits[other] & own[one] for other in commits if other != one)
        )

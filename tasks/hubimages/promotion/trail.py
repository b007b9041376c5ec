"""What a promotion's commits say of it: git alone tells a later run how far an earlier one came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hubimages.git import Git
from hubimages.images import Image
from hubimages.process import quoted

TRAILER = "Promoted-from"
_REVERTS = "This reverts commit "  # as git revert writes it


@dataclass(frozen=True)
class Step:
    """One commit of a promotion; tried is the experimental image, with its tag where it had one."""

    commit: str
    tried: str


def trailer(tried: str) -> str:
    """Return the last paragraph of each commit message of a promotion."""
    return f"{TRAILER}: {tried}\n"


def steps(git: Git, experiment: Image, production: Image) -> tuple[Step, ...]:
    """Return the commits of the newest promotion of an experimental image, newest first.

    A promotion begins with the commit that edits production's requirements. What was reverted
    since is left out.
    """
    form = f"--format=%H%x1f%(trailers:key={TRAILER},valueonly,separator=%x20)%x1f%b%x1e"
    words = ("log", "--max-count=50", f"--grep=^{TRAILER}: ", f"--grep=^{_REVERTS}", form, "HEAD")
    found: list[Step] = []
    reverted: set[str] = set()
    for entry in git.ask(*words).split("\x1e"):
        commit, _, rest = entry.strip("\n").partition("\x1f")
        tried, _, body = rest.partition("\x1f")
        reverted |= set(re.findall(rf"^{_REVERTS}([0-9a-f]{{40}})", body, re.MULTILINE))
        if not commit or not _names(tried.strip(), experiment):
            continue
        if commit not in reverted:
            found.append(Step(commit, tried.strip()))
        if _begins(git, commit, production):
            break
    return tuple(found)


def undo(git: Git, commits: Sequence[str]) -> str:
    """Return the command that takes commits (newest first) back: a range where nothing is between."""
    oldest, newest = commits[-1], commits[0]
    between = git.ask("rev-list", f"{oldest}^..{newest}").split()
    if len(commits) > 1 and set(between) == set(commits):
        return quoted(["git", "revert", "--no-edit", f"{oldest[:12]}^..{newest[:12]}"])
    return quoted(["git", "revert", "--no-edit", *(commit[:12] for commit in commits)])


def _names(tried: str, experiment: Image) -> bool:
    return tried == experiment.name or tried.startswith(f"{experiment.name}:")


def _begins(git: Git, commit: str, production: Image) -> bool:
    paths = git.ask("diff-tree", "--no-commit-id", "--name-only", "-r", commit).splitlines()
    return any(path in production.requirements for path in paths)

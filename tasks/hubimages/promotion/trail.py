"""What a promotion's commits say of it: git alone tells a later run how far an earlier one came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hubimages.git import Git
from hubimages.images import Image
from hubimages.redaction import quoted

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
    form = "--format=%H%x1f%b%x1e"
    # not git's own reading of trailers: a hook may have added a paragraph below ours
    greps = ("--basic-regexp", f"--grep=^{TRAILER}: ", f"--grep=^{_REVERTS}")
    words = ("log", "--max-count=50", *greps, form, "HEAD")
    found: list[Step] = []
    reverted: set[str] = set()
    for entry in git.ask(*words).split("\x1e"):
        commit, _, body = entry.strip("\n").partition("\x1f")
        tried = "".join(re.findall(rf"^{TRAILER}: (\S+)$", body, re.MULTILINE)[-1:])
        reverted |= set(re.findall(rf"^{_REVERTS}([0-9a-f]{{40}})", body, re.MULTILINE))
        if not commit or not _names(tried, experiment):
            continue
        if commit not in reverted:
            found.append(Step(commit, tried))
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


def is_recorded(git: Git, steps: Sequence[Step], production: Image) -> bool:
    """Whether the chart's values changed since the pins moved, by a promotion or a build-hub."""
    since = f"{steps[-1].commit}..HEAD"
    return bool(git.ask("rev-list", "--max-count=1", since, "--", production.values_file))


def _begins(git: Git, commit: str, production: Image) -> bool:
    root = git.root.resolve()
    real = {(root / path).resolve() for path in production.requirements}  # a link is not edited
    return any(root / path in real for path in _edited(git, commit))


def _edited(git: Git, commit: str) -> list[str]:
    return git.ask("diff-tree", "--no-commit-id", "--name-only", "-r", commit).splitlines()

"""One GitHub issue for each change whose deadline passed: opened, kept up to date, closed.

Nothing is stored: an issue is known again by the comment with which its text begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from hubimages.console import as_typed
from hubimages.errors import Failure
from hubimages.git import Git
from hubimages.github import GitHub, Issue
from hubimages.lifecycle.standing import Status
from hubimages.report import issues


class DeadlinesUnknown(Failure):
    """The clone does not tell since when changes are there."""

    def __init__(self) -> None:
        super().__init__(
            "This clone is shallow, so it cannot be told what is overdue; no issue was touched.",
            fix="git fetch --unshallow (in GitHub's checkout action: fetch-depth: 0)",
        )


@dataclass(frozen=True)
class Open:
    """A change is overdue, and no issue says so."""

    title: str
    body: str


@dataclass(frozen=True)
class Rewrite:
    """An issue says what was so on another day."""

    issue: Issue
    title: str
    body: str


@dataclass(frozen=True)
class Close:
    """An issue is about what is overdue no longer, or repeats another one."""

    issue: Issue
    comment: str


Act = Open | Rewrite | Close


def ready(git: Git, github: GitHub) -> None:
    """Raise NoGh, NoGhLogin or DeadlinesUnknown where issues could not be kept."""
    if git.shallow:
        raise DeadlinesUnknown
    github.ready()


def keep(status: Status, github: GitHub, program: str) -> Iterator[str]:
    """Make the open issues say what is overdue, and yield each thing that was done.

    program is how people here call our commands: invoke or hubimages.
    """
    acts = plan(status, github.issues(), program)
    for act in acts:
        yield _apply(act, github)
    if any(isinstance(act, Open) for act in acts):
        # another run may have opened the same meanwhile; both then close the newer one
        for act in plan(status, github.issues(), program):
            if isinstance(act, Close):
                yield _apply(act, github)


def plan(status: Status, there: Sequence[Issue], program: str) -> list[Act]:
    """Return what makes the open issues say what is overdue; nothing where they do.

    Issues about an image of which it cannot be told what it installs, or since when, stay.
    """
    wanted = {
        (one.image, change.package): (one, change)
        for one in status.experiments
        for change in one.overdue
    }
    silent = {one.image for one in status.experiments if one.undated or not one.readable}
    acts: list[Act] = []
    first: dict[tuple[str, str], Issue] = {}
    for issue in sorted(there, key=lambda issue: issue.number):
        key = issues.about(issue.body)
        if key is None or (key not in wanted and (status.undecided or key[0] in silent)):
            continue
        if key in first:
            acts.append(Close(issue, f"#{first[key].number} is about the same change."))
            continue
        first[key] = issue
        if key not in wanted:
            acts.append(Close(issue, _over(status, *key)))
    for key, (one, change) in wanted.items():
        title = issues.title(*key)
        body = as_typed(issues.body(status, one, change), program)
        if key not in first:
            acts.append(Open(title, body))
        elif (first[key].title, _plain(first[key].body)) != (title, _plain(body)):
            acts.append(Rewrite(first[key], title, body))
    return acts


def _over(status: Status, image: str, package: str) -> str:
    """Return why a change is overdue no longer."""
    one = next((one for one in status.experiments if one.image == image), None)
    if one is None:
        return f"There is no experimental image `{image}` any more."
    left = next((change for change in one.changes if change.package == package), None)
    if left and left.deadline:
        return f"`{package}` is not overdue any more: its deadline is {left.deadline:%Y-%m-%d}."
    return f"`{image}` has no change of `{package}` any more: it was promoted or dropped."


def _plain(body: str) -> str:
    """Return a text without what GitHub may change in it."""
    return body.replace("\r\n", "\n").strip()


def _apply(act: Act, github: GitHub) -> str:
    match act:
        case Open(title, body):
            return f"opened {github.create_issue(title, body)}: {title}"
        case Rewrite(issue, title, body):
            github.update_issue(issue.number, title, body)
            return f"updated {issue.url}: {title}"
        case Close(issue, comment):
            github.close_issue(issue.number, comment)
            return f"closed {issue.url}: {comment}"
        case _:
            assert_never(act)

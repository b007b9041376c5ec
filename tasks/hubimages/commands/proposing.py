"""--pr: the same command, whose commits become a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hubimages.commands.session import Session
from hubimages.errors import Failure


class NotBoth(Failure):
    """--pr and --no-commit were given together."""

    def __init__(self) -> None:
        super().__init__(
            "--pr opens a pull request of a commit, and --no-commit makes none.",
            fix="leave out one of them",
        )


@dataclass(frozen=True, kw_only=True)
class Proposing:
    """Where a command's commits go: to the person's branch, or each to a pull request."""

    session: Session
    pr: bool = False
    dry_run: bool = False

    @contextmanager
    def __call__(self, slug: str, *, title: str = "", then: str = "") -> Iterator[Session]:
        """Yield the session to plan and commit in; with --pr its files are a worktree's.

        What was read from the session outside has to be read again from this one, since the
        person's files may not be committed. See proposals.proposal for the rest.
        """
        if not self.pr:
            yield self.session
            return
        from hubimages import proposals

        git, console = self.session.git, self.session.console
        with proposals.proposal(
            git, console, slug=slug, title=title, then=then, dry_run=self.dry_run
        ) as inner:
            branch, begun = proposals.name(slug), inner.head != git.head
            if begun:
                console.say(f"going on from branch {branch}, which an earlier run left")
            yield replace(self.session, git=inner, branch=branch, begun=begun)


def proposing(session: Session, *, pr: bool, no_commit: bool, dry_run: bool) -> Proposing:
    """Return where commits go; raise, before anything is asked or changed, where --pr cannot work."""
    if pr:
        if no_commit:
            raise NotBoth
        if not dry_run:
            from hubimages import proposals

            proposals.ready(session.git)
    return Proposing(session=session, pr=pr, dry_run=dry_run)


def tell_next(session: Session, step: str, *, pushed: bool = False) -> None:
    """Say the next step; pushed: the remote has to have the commit first."""
    if session.branch:
        session.console.say(f"once it is merged: {step}")
    else:
        session.console.say(f"next: {'git push, and ' if pushed else ''}{step}")

"""Commits as a pull request: made on a branch in a worktree, pushed, opened on GitHub.

The person's own files, index and branch are not touched; docs/decisions/
pull-requests-from-a-worktree.md says why. What an earlier run left is gone on from: the branch,
what is pushed of it, and its open pull request.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from hubimages import scratch
from hubimages.console import Console
from hubimages.errors import CommandFailed
from hubimages.git import Git
from hubimages.github import GitHub, repository
from hubimages.proposals import branch
from hubimages.proposals.branch import Found
from hubimages.proposals.failures import PushRefused
from hubimages.proposals.text import text


def ready(git: Git) -> None:
    """Raise where no pull request could be opened: NothingToStartFrom, NoRemote, NoGh, NoGhLogin."""
    branch.head_of(git)
    branch.remote_of(git)
    _github(git).ready()


@contextmanager
def proposal(
    git: Git, console: Console, *, slug: str, title: str = "", then: str = "", dry_run: bool = False
) -> Iterator[Git]:
    """Yield git in a worktree on the proposal's branch; open or update its pull request after.

    slug names the branch, the same for the same command and subject. title is that of the pull
    request (without one: the subject of its newest commit), then the step that follows its merge.
    A dry run yields the same worktree without a branch, and asks neither gh nor the remote.

    A failure inside leaves the branch, if it has commits, for the same command to go on from.
    Raises NoRemote, RemoteSilent, BranchInUse, Diverged, PushRefused and GhFailed.
    """
    if not dry_run:
        scratch.sweep(git)  # a killed run's worktree would hold the branch
    found = branch.look(git, branch.name(slug), ask=not dry_run)
    start = branch.start(git, found)
    if dry_run:
        with _rooted(git, start) as inner:
            yield inner
        return
    pushed = found.there
    try:
        with _rooted(git, start) as inner:
            _take(inner, found, start)
            yield inner
        tip = git.ask("rev-parse", found.ref)
        commits = branch.commits(git, found, tip)
        if commits and not branch.is_empty(git, found, tip):
            pushed = _push(git, console, found, tip)
            _open(git, console, found, title, text(git, commits, then))
        else:
            console.say("there is nothing to propose, so no pull request was opened")
    finally:
        _tidy(git, console, found, pushed)


def _github(git: Git) -> GitHub:
    return GitHub(git.run, git.root, repository(git.remote_url() or ""))


@contextmanager
def _rooted(git: Git, start: str) -> Iterator[Git]:
    with scratch.worktree(git, start, ["."]) as tree:
        yield dataclasses.replace(git, root=tree, head=start)


def _take(inner: Git, found: Found, start: str) -> None:
    """Let the branch start there, and check it out in the worktree, whose files are those already."""
    inner("update-ref", "-m", "hubimages: begin", found.ref, start, found.here or "0" * len(start))
    inner(*scratch.PLAIN, "switch", "--quiet", "--no-guess", found.branch)


def _push(git: Git, console: Console, found: Found, tip: str) -> str:
    """Push the branch, never over what is there, and return its tip."""
    if found.there != tip:
        mine = git.ask("rev-list", "--count", found.head, "--not", f"--remotes={found.remote}")
        if mine != "0":
            console.warn(
                f"{mine} commit(s) of yours are not on {found.remote} yet: they go into the pull request too."
            )
        try:
            with console.step("push"):
                git("push", "--quiet", "--no-follow-tags", found.remote, f"{found.ref}:{found.ref}")
        except CommandFailed as error:
            raise PushRefused(found.branch, found.remote, error) from error
        console.did(f"pushed branch {found.branch} to {found.remote}")
    return tip


def _open(git: Git, console: Console, found: Found, title: str, body: str) -> None:
    """Open the branch's pull request, or update the one that is open."""
    github = _github(git)
    title = title or git.ask("log", "-1", "--format=%s", found.ref)
    with console.step("pull request"):
        if (there := github.pull_request(found.branch)) is None:
            url = github.create_pull_request(found.base, found.branch, title, body)
            how = f"into {found.base} opened"
        else:
            url, how = there.url, "up to date"
            if (there.title, there.body.split()) != (title, body.split()):  # GitHub trims
                github.update_pull_request(there.number, title, body)
                how = "updated"
    console.did(f"pull request {url}")
    console.say(f"pull request {how}: {url}")


def _tidy(git: Git, console: Console, found: Found, pushed: str | None) -> None:
    """Remove the branch from this clone unless it alone has what was committed."""
    tip = git.full(found.ref)
    if tip is None:
        return
    spent = branch.within(git, tip, found.head) or branch.is_empty(git, found, tip)
    if spent or tip == pushed:
        git("update-ref", "-d", found.ref, tip, check=False)
    else:
        console.did(f"branch {found.branch} holds it, and the same command goes on from there")

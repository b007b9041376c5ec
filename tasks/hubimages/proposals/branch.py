"""The branch of a proposal: what there is of it, here and on the remote, and where to go on from."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from hubimages import scratch
from hubimages.errors import CommandFailed
from hubimages.git import Git
from hubimages.proposals.failures import (
    BranchInUse,
    Diverged,
    NoBase,
    NoRemote,
    NothingToStartFrom,
    RemoteSilent,
)


@dataclass(frozen=True)
class Found:
    """What there is of a branch before a proposal."""

    branch: str
    remote: str
    head: str  # the person's commit, from which a new one starts
    here: str | None  # its tip in this clone
    there: str | None  # its tip on the remote
    base: str  # the branch to merge it into
    base_tip: str | None

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"


def name(slug: str) -> str:
    """Return the branch of a proposal, safe as a ref's name: hubimages/try-example/staging."""
    text = re.sub(r"[^\w./-]+", "-", slug)
    parts = [re.sub(r"\.{2,}", ".", part).strip(".-") for part in text.split("/")]
    parts = [re.sub(r"\.lock$", "-lock", part) for part in parts if part]
    return "/".join(["hubimages", *parts])


def head_of(git: Git) -> str:
    if git.head is None:
        raise NothingToStartFrom
    return git.head


def remote_of(git: Git) -> str:
    remote = git.remote()
    if remote is None:
        raise NoRemote
    return remote


def look(git: Git, branch: str, *, ask: bool) -> Found:
    """Ask the clone and, where that is wanted, the remote for what there is of a branch."""
    remote, ref = remote_of(git), f"refs/heads/{branch}"
    here = git.full(ref)
    found = Found(branch, remote, head_of(git), here, None, base=git.branch(), base_tip=None)
    if not ask:
        return found
    if here and (where := git.ask("for-each-ref", "--format=%(worktreepath)", ref)):
        raise BranchInUse(branch, where)
    try:
        return _asked(git, found)
    except CommandFailed as error:
        raise RemoteSilent(remote, error) from error


def _asked(git: Git, found: Found) -> Found:
    """Return the same with the remote's answers, whose commits are fetched.

    The branch to merge into is the person's own, where the remote has it, and else its default one.
    """
    words = ["HEAD", *(f"refs/heads/{name}" for name in (found.branch, found.base) if name)]
    lines = git.ask("ls-remote", "--symref", found.remote, *words).splitlines()
    said = [(name, tip) for tip, name in (line.split("\t") for line in lines)]
    links = {name: target for name, target in said if target.startswith("ref: ")}
    tips = {name: tip for name, tip in said if not tip.startswith("ref: ")}
    base = f"refs/heads/{found.base}"
    if base not in tips:
        base = links.get("HEAD", "").removeprefix("ref: ")
        if "HEAD" not in tips or not base:
            raise NoBase(found.remote)
        tips[base] = tips["HEAD"]
    refs = [ref for ref in (found.ref, base) if ref in tips]
    fetch = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head")
    git(*scratch.PLAIN, *fetch, found.remote, *refs)
    name = base.removeprefix("refs/heads/")
    return dataclasses.replace(found, there=tips.get(found.ref), base=name, base_tip=tips[base])


def start(git: Git, found: Found) -> str:
    """Return the commit to go on from: the tip of what is left, or the person's; or raise Diverged.

    Where HEAD has moved on meanwhile, it is merged into what is left, since nothing is ever pushed
    with force.
    """
    tips = {tip for tip in (found.here, found.there) if tip}
    left = {tip for tip in tips if not within(git, tip, found.head)}
    if not left:
        return found.head  # nothing, or all of it was merged
    newest = [tip for tip in left if all(within(git, other, tip) for other in left)]
    if newest and within(git, found.head, newest[0]):
        return newest[0]
    if newest and (merged := _merged(git, found, newest[0])):
        return merged
    why = (
        "what it has is in conflict with what HEAD has got since"
        if newest
        else f"it is not the same here as on {found.remote}"
    )
    there = found.there is not None and bool(newest)  # if only one side goes, it is ours
    here = found.here is not None
    raise Diverged(found.branch, why, remote=found.remote, here=here, there=there)


def _merged(git: Git, found: Found, tip: str) -> str | None:
    """Return a commit that merges HEAD into a branch, or None where the two are in conflict."""
    tree = git.try_ask("merge-tree", "--write-tree", tip, found.head)  # older gits cannot: None
    if tree is None:
        return None
    message = f"Merge what is new into {found.branch}\n"
    return git("commit-tree", tree, "-p", tip, "-p", found.head, stdin=message).stdout.strip()


def is_empty(git: Git, found: Found, tip: str) -> bool:
    """Whether a branch has nothing that HEAD has not, as after a squash merge."""
    return git.ask("rev-parse", f"{tip}^{{tree}}") == git.ask("rev-parse", f"{found.head}^{{tree}}")


def within(git: Git, commit: str, tip: str) -> bool:
    """Whether tip has the commit in its history."""
    return git("merge-base", "--is-ancestor", commit, tip, check=False).code == 0


def commits(git: Git, found: Found, tip: str) -> list[str]:
    """Return what the pull request holds of ours, oldest first."""
    merged = [f"^{commit}" for commit in (found.head, found.base_tip) if commit]
    return git.ask("rev-list", "--reverse", tip, *merged).splitlines()

"""A worktree of a commit to build in, and folders; and the removal of those that a killed run left behind.

Why not the person's own tree, and why not sparse-checkout: docs/decisions/scratch-worktree.md.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock

from hubimages import locks
from hubimages.git import Git

# What turns off settings of the person's that would have something run, or that need what is not there.
PLAIN = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "submodule.recurse=false"),
)


@contextmanager
def worktree(git: Git, rev: str, paths: Sequence[str]) -> Iterator[Path]:
    """Yield a worktree at rev that holds paths only; it is gone afterwards, whatever happens.

    Paths that rev has not are left out: an image may watch what is not there any more.
    The lock beside it is held as long as this process lives, so that a later run can tell a
    worktree in use from one that was left behind.
    """
    lock: FileLock | None = None
    home: Path | None = None
    try:
        with _guard(git):
            home = Path(tempfile.mkdtemp(prefix=_prefix(git)))
            lock = locks.at(home / "lock")
            lock.acquire()
            tree = home / "tree"
            git(*PLAIN, "worktree", "add", "--quiet", "--detach", "--no-checkout", str(tree), rev)
        inside = dataclasses.replace(git, root=tree)
        listed = inside("ls-tree", "--name-only", "-z", "HEAD", "--", *paths).stdout.split("\0")
        there = [path for path in listed if path]
        inside(*PLAIN, "--literal-pathspecs", "checkout", "--quiet", "HEAD", "--", *there)
        yield tree
    finally:
        if lock:
            lock.release()
        if home:
            _remove(git, home)


@contextmanager
def folder(kind: str) -> Iterator[Path]:
    """Yield an empty folder, gone afterwards; those that killed runs left behind go as well."""
    prefix = f"hubimages-{kind}-{os.getuid()}-"
    with locks.lock(prefix):
        for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            if locks.free(left / "lock"):
                shutil.rmtree(left, ignore_errors=True)
        home = Path(tempfile.mkdtemp(prefix=prefix))
        lock = locks.at(home / "lock")
        lock.acquire()
    try:
        inside = home / "inside"
        inside.mkdir()
        yield inside
    finally:
        lock.release()
        shutil.rmtree(home, ignore_errors=True)


def sweep(git: Git) -> int:
    """Remove what killed runs of this repository left behind; return how many."""
    prefix = Path(_prefix(git))
    if not (git.common / "worktrees").exists() and not any(prefix.parent.glob(f"{prefix.name}*")):
        return 0  # as nearly always: no worktree but the person's, and no folder of ours
    with _guard(git):
        return sum(_removed(git, home) for home in _left(git))


def _left(git: Git) -> list[Path]:
    """Return the scratch folders of this repository, both those on disk and those git lists."""
    prefix = Path(_prefix(git))
    left = {path.parent for path in _registered(git) if path.parent.name.startswith(prefix.name)}
    return sorted(left | set(prefix.parent.glob(f"{prefix.name}*")))


def _removed(git: Git, home: Path) -> bool:
    """Remove a scratch folder unless its lock is held by a build that is running."""
    if home.is_dir() and not locks.free(home / "lock"):
        return False
    _remove(git, home)
    return True


def _guard(git: Git) -> FileLock:
    """Return the lock under which scratch folders come to be and are swept; held for moments."""
    return locks.lock(_prefix(git))


def _prefix(git: Git) -> str:
    """Return where the scratch folders of this repository are, whichever work tree asks."""
    key = hashlib.sha256(str(git.common).encode()).hexdigest()[:12]
    return str(Path(tempfile.gettempdir()).resolve() / f"hubimages-{key}-")


def _registered(git: Git) -> list[Path]:
    lines = git("worktree", "list", "--porcelain", "-z").stdout.split("\0")
    return [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]


def _remove(git: Git, home: Path) -> None:
    # In this order: git forgets a folder that is gone, and will not remove one without its .git.
    shutil.rmtree(home, ignore_errors=True)
    git("worktree", "remove", "--force", "--force", str(home / "tree"), check=False)

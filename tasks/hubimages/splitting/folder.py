"""The directory of a split, and the mark by which a later run knows that it is ours and unfinished."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hubimages import locks
from hubimages.errors import CommandFailed
from hubimages.git import Git, NotARepository
from hubimages.process import Runner
from hubimages.splitting.failures import Busy, InAWorkTree, NotOurs, WorkedIn

_NAME = "hubimages-split.json"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What an unfinished split is of; commit is set once it is verified and may be pushed."""

    source: str
    path: str
    template: str
    target: str
    tips: tuple[str, str] = ("", "")  # of the source's and the template's default branch
    branch: str = ""
    commit: str = ""

    def of(self, wish: Mark) -> bool:
        """Whether the split is of what is wished for, whatever there was at that time."""
        return replace(self, tips=("", ""), branch="", commit="") == wish


def read(directory: Path) -> Mark | None:
    """Return the mark of an unfinished split, or None where there is nothing yet; or raise NotOurs."""
    if not directory.exists() and not directory.is_symlink():
        return None
    try:
        fields = json.loads((directory / ".git" / _NAME).read_text(encoding="utf-8"))
        return Mark(**{**fields, "tips": tuple(fields["tips"])})
    except (OSError, ValueError, TypeError, KeyError):
        pass
    # A run that was killed before it could leave its mark made no more than these two.
    if directory.is_dir() and not directory.is_symlink():
        inside = directory / ".git"
        if set(directory.iterdir()) <= {inside} and not (inside.is_dir() and any(inside.iterdir())):
            return None
    raise NotOurs(directory)


def write(directory: Path, mark: Mark) -> None:
    """Leave a mark, at once or not at all."""
    inside = directory / ".git"
    inside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".hubimages-") as scratch:
        fresh = Path(scratch) / _NAME
        fresh.write_text(json.dumps(asdict(mark)) + "\n", encoding="utf-8")
        fresh.replace(inside / _NAME)


def finish(directory: Path) -> None:
    """Take the mark away: from now on the directory is the person's."""
    (directory / ".git" / _NAME).unlink()


def clear(directory: Path, mark: Mark | None, run: Runner) -> None:
    """Remove what an unfinished split left; raises WorkedIn where a person worked in it since."""
    if mark is None or not directory.exists():
        return
    if mark.commit and _worked_in(directory, mark.commit, run):
        raise WorkedIn(directory)
    # Away first, at once: what a killed run started may still be writing there.
    trash = Path(tempfile.mkdtemp(dir=directory.parent, prefix=".hubimages-"))
    directory.rename(trash / "old")
    shutil.rmtree(trash, ignore_errors=True)


def _worked_in(directory: Path, commit: str, run: Runner) -> bool:
    try:
        git = Git.at(directory, run)
        return git.head != commit or bool(git.changed(["."]))
    except (NotARepository, CommandFailed):
        return False


def outside(directory: Path, run: Runner) -> None:
    """Raise InAWorkTree where a directory would be among another repository's files."""
    above = next(parent for parent in directory.parents if parent.is_dir())
    if (top := work_tree(above, run)) is not None:
        raise InAWorkTree(directory, top)


def work_tree(where: Path, run: Runner) -> Path | None:
    """Return the top of the repository whose files a folder is among, or None."""
    done = run(["git", "rev-parse", "--show-toplevel"], cwd=where, check=False)
    return Path(done.stdout.removesuffix("\n")) if done.code == 0 else None


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the directory against other runs; raises Busy."""
    from filelock import Timeout

    try:
        with locks.lock(f"split {os.fspath(directory)}").acquire(timeout=0):
            yield
    except Timeout:
        raise Busy(directory) from None

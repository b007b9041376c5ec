"""Edits of the person's own files: planned as values, shown as diffs, committed alone.

A file that holds anything uncommitted is not touched, except where that is exactly this edit,
left behind by a run that was killed before its commit.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hubimages.errors import BadFile, CommandFailed, Failure
from hubimages.git import Git
from hubimages.tree import WorkTree


class UncommittedChanges(Failure):
    """The file to be edited holds changes that are not committed."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} has uncommitted changes, which would end up in the same commit.",
            fix=f"git diff HEAD -- {path}, then commit or stash them, or add --no-commit to edit the file as it is",
        )


class NoIdentity(Failure):
    """git does not know who commits."""

    def __init__(self, *, or_else: str = ", or add --no-commit") -> None:
        super().__init__(
            "git does not know who you are, so nothing could be committed.",
            fix='git config --global user.name "Your Name" && '
            f"git config --global user.email you@example.org{or_else}",
        )


class CommitRefused(Failure):
    """git refused the commit, for instance a hook; the edit was taken back."""

    def __init__(self, error: CommandFailed) -> None:
        super().__init__(
            f"The commit was refused, and the edit taken back. {error.what}",
            fix="mend what it names, or add --no-commit and commit the edit yourself",
        )


@dataclass(frozen=True)
class Edit:
    """One file before (None: it is new) and after (None: it is removed)."""

    path: str
    before: str | None
    after: str | None
    executable: bool = False  # where it is new; a file that is there keeps its mode

    def diff(self) -> str:
        """Return the edit as a unified diff."""
        old, new = (
            (self.before or "").splitlines(keepends=True),
            (self.after or "").splitlines(keepends=True),
        )
        names = (
            "/dev/null" if self.before is None else f"a/{self.path}",
            "/dev/null" if self.after is None else f"b/{self.path}",
        )
        lines: list[str] = []
        for line in difflib.unified_diff(old, new, *names):
            lines.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
        return "".join(lines)


def plan(git: Git, path: str, change: Callable[[str], str], *, commit: bool) -> Edit | None:
    """Return the edit that change makes to a file, or None where it has nothing to do.

    The edit names the real file where path leads through a link, since that is what git would
    commit. Raises UncommittedChanges where commit is wanted and something else would get into it.
    """
    path = _real(git.root, path)
    text = WorkTree(git.root).read(path)
    if text is None:
        raise BadFile(path, "is not there.")
    if not commit or not git.changed([path]):
        after = _changed(path, text, change)
        return Edit(path, text, after) if after != text else None
    committed = git.show("HEAD", path)
    if committed is not None:
        wanted = _changed(path, committed, change)
        if committed != text == wanted:
            return Edit(path, committed, text)
        if committed == wanted and text == _changed(path, text, change):
            return None
    raise UncommittedChanges(path)


def _changed(path: str, text: str, change: Callable[[str], str]) -> str:
    with about(path):
        return change(text)


@contextmanager
def about(path: str) -> Iterator[None]:
    """Put the file's name in front of a failure of what was only handed its text."""
    try:
        yield
    except Failure as failure:
        if path not in failure.what:
            failure.what = f"{path}: {failure.what}"
        raise


def _real(root: Path, path: str) -> str:
    real, root = (root / path).resolve(), root.resolve()
    if not real.is_relative_to(root):
        raise BadFile(
            path, "is a link to a file outside of the repository.", fix="edit that by hand"
        )
    return real.relative_to(root).as_posix()


def plan_new(git: Git, path: str, text: str, *, commit: bool, executable: bool = False) -> Edit:
    """Return the edit that makes a new file; raises UncommittedChanges if another is there."""
    there = WorkTree(git.root).read(path)
    if there is not None and (there != text or not commit):
        raise BadFile(path, "is already there.", fix="take another name, or remove it")
    return Edit(path, None, text, executable)


def plan_removal(git: Git, path: str, *, commit: bool) -> Edit | None:
    """Return the edit that removes a file, or None where git does not have it any more.

    Raises UncommittedChanges where the file holds what no commit has.
    """
    there, committed = WorkTree(git.root).read(path), git.show("HEAD", path)
    if there is not None and there != committed:
        raise UncommittedChanges(path)
    before = committed if commit else there
    return Edit(path, before, None) if before is not None else None


def apply(git: Git, edits: Sequence[Edit], message: str, *, commit: bool) -> str | None:
    """Write the edits and commit exactly these files; return the commit, or None without one.

    All or nothing: where the commit is refused, or on Ctrl-C, the files are as before; unless
    the commit was made by then, since its reverse would be left in the tree.
    """
    if commit and git.identity() is None:
        raise NoIdentity
    before = {edit.path: WorkTree(git.root).read(edit.path) for edit in edits}
    head = git.full("HEAD")
    try:
        for edit in edits:
            if edit.after is None:
                _remove(git.root, edit.path)
            else:
                write(git.root / edit.path, edit.after, executable=edit.executable)
        return git.commit_only([edit.path for edit in edits], message) if commit else None
    except CommandFailed as error:
        _restore(git.root, before)
        raise CommitRefused(error) from error
    except BaseException:
        if git.full("HEAD") == head:
            _restore(git.root, before)
        raise


def _restore(root: Path, before: dict[str, str | None]) -> None:
    for path, text in before.items():
        if text is None:
            _remove(root, path)
        else:
            write(root / path, text)


def _remove(root: Path, path: str) -> None:
    """Remove a file, and the folders that are empty without it, as git does."""
    (root / path).unlink(missing_ok=True)
    with suppress(OSError):
        for folder in (root / path).relative_to(root).parents:
            (root / folder).rmdir()


def write(path: Path, text: str, *, executable: bool = False, private: bool = False) -> None:
    """Write a file whole or not at all, keeping its mode and following a link to the real one.

    A private one is readable by its owner alone, whatever it was before.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():  # a device would be replaced by a file
        raise BadFile(path, "is no plain file, so nothing is written there.")
    data = text.encode("utf-8", "surrogateescape")
    if path.exists() and path.read_bytes() == data and not private:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = 0o777 if executable else 0o666
    mode = path.stat().st_mode & 0o7777 if path.exists() else new & ~_umask()
    mode = 0o600 if private else mode
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

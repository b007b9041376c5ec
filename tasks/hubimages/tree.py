"""Reading a repository's files: as they stand in the work tree, or as a commit has them."""

from __future__ import annotations

import errno
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hubimages.errors import BadFile
from hubimages.git import Git

_PLAIN, _EXECUTABLE, _LINK = "100644", "100755", "120000"
_NOT_THERE = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ELOOP}


class Tree(Protocol):
    """Where files are read from; paths are relative to the repository's root, with slashes."""

    def read(self, path: str) -> str | None:
        """Return a file's text, line endings kept where they can be, or None if it is not there."""

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""


class Branching(Tree, Protocol):
    """A tree that says which folders there are."""

    def folders(self, path: str) -> set[str]:
        """Return the names of the folders in a folder."""


@dataclass(frozen=True)
class WorkTree:
    """The files as the person has them now."""

    root: Path

    def read(self, path: str) -> str | None:
        """Return the file's text, or None if it is not there; every byte comes back when written.

        Raises BadFile where the file is there and may not be read.
        """
        try:
            return (self.root / path).read_bytes().decode("utf-8", "surrogateescape")
        except OSError as error:
            if error.errno in _NOT_THERE:
                return None
            raise BadFile(path, f"cannot be read: {error.strerror}.") from None

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return (self.root / path).exists()

    def folders(self, path: str) -> set[str]:
        """Return the names of the folders in a folder; none where that is not there."""
        return {at.name for at in (self.root / path).glob("*") if at.is_dir()}


@dataclass(frozen=True)
class CommitTree:
    """The files as a commit has them."""

    git: Git
    rev: str = "HEAD"

    def read(self, path: str) -> str | None:
        """Return the file's text, or None if it is not there."""
        return self.git.stored(self.rev, path)

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return self.git.has(self.rev, "" if path == "." else path)


@dataclass(frozen=True)
class Committed:
    """The person's files with what is not committed taken back: quick, since most files are as committed.

    changed are the paths that differ from HEAD, new ones too, of all folders that are read.
    """

    git: Git
    changed: frozenset[str]

    def read(self, path: str) -> str | None:
        """Return the file's text, or None if it is not committed."""
        return self._of(path).read(path)

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        below = f"{path}/"
        there = path not in self.changed and not any(p.startswith(below) for p in self.changed)
        return (self._under if there else CommitTree(self.git)).exists(path)

    def folders(self, path: str) -> set[str]:
        """Return the names of the folders in a folder, those that are gone since HEAD too."""
        below = f"{path}/" if path != "." else ""
        found = (p.removeprefix(below).partition("/") for p in self.changed if p.startswith(below))
        return self._under.folders(path) | {name for name, slash, _ in found if slash}

    def _of(self, path: str) -> Tree:
        return CommitTree(self.git) if path in self.changed else self._under

    @property
    def _under(self) -> WorkTree:
        return WorkTree(self.git.root)


@dataclass(frozen=True)
class Overlaid:
    """A tree with some files as they would be, or were; None stands for one that is not there."""

    under: Tree
    files: Mapping[str, str | None]

    def read(self, path: str) -> str | None:
        """Return the file's text, or None if it is not there."""
        return self.files[path] if path in self.files else self.under.read(path)

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        if path in self.files:
            return self.files[path] is not None
        return self.under.exists(path)


def listing(tree: Tree, folder: str) -> dict[str, str]:
    """Return git's mode of each file below a folder, by path: 100644, 100755, 120000 for a link.

    Of a folder that is not there, or is a link, there is nothing. In the work tree all that lies
    there counts, ignored files too. Raises TypeError for a tree that cannot be listed.
    """
    match tree:
        case CommitTree(git, rev):
            found = _of_commit(git, rev, folder)
        case WorkTree(root):
            found = _on_disk(root, folder)
        case Overlaid(under, files):
            found = listing(under, folder)
            found |= {path: found.get(path, _PLAIN) for path in files}
            found = {path: mode for path, mode in found.items() if files.get(path, "") is not None}
        case _:
            raise TypeError(f"{tree!r} cannot be listed")
    return {path: mode for path, mode in found.items() if folder == "." or _is_below(path, folder)}


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def _of_commit(git: Git, rev: str, folder: str) -> dict[str, str]:
    below = [] if folder == "." else [folder]
    entries = git("ls-tree", "-r", "-z", rev, "--", *below).stdout.split("\0")
    facts = (entry.partition("\t") for entry in entries if entry)
    return {path: mode_kind_id.split(" ")[0] for mode_kind_id, _, path in facts}


def _on_disk(root: Path, folder: str) -> dict[str, str]:
    if (root / folder).resolve() != (root.resolve() / folder):
        return {}
    found = {}
    for path in (root / folder).rglob("*"):
        name, mode = path.relative_to(root).as_posix(), path.lstat().st_mode
        if stat.S_ISDIR(mode) or name.startswith(".git/"):
            continue
        executable = _EXECUTABLE if mode & stat.S_IXUSR else _PLAIN
        found[name] = _LINK if stat.S_ISLNK(mode) else executable
    return found

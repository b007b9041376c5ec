"""Reading a repository's files: as they stand in the work tree, or as a commit has them."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hubimages.errors import BadFile
from hubimages.git import Git

_NOT_THERE = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ELOOP}


class Tree(Protocol):
    """Where files are read from; paths are relative to the repository's root, with slashes."""

    def read(self, path: str) -> str | None:
        """Return a file's text, line endings kept where they can be, or None if it is not there."""

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""


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

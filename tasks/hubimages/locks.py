"""Locks between the runs on one machine; the kernel lets go of them when a process is killed."""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported where a lock is made: most runs of most commands make none
    from filelock import FileLock


def lock(what: str) -> FileLock:
    """Return the lock of a thing, the same for every run of this person on this machine."""
    return at(folder() / sha256(what.encode()).hexdigest()[:16])


def folder() -> Path:
    """Return where this person's locks on this machine are."""
    found = Path(tempfile.gettempdir()) / f"hubimages-locks-{os.getuid()}"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def at(path: Path) -> FileLock:
    """Return the lock that a file stands for."""
    from filelock import FileLock

    return FileLock(path, mode=0o600)


def free(path: Path) -> bool:
    """Whether nobody holds the lock of a file now; False also where it is not ours to take."""
    from filelock import Timeout

    try:
        with at(path).acquire(timeout=0):
            return True
    except (Timeout, OSError):
        return False

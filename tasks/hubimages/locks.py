"""Locks between the runs on one machine; the kernel lets go of them when a process is killed."""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from filelock import FileLock


def lock(what: str) -> FileLock:
    """Return the lock of a thing, the same for every run of this person on this machine."""
    folder = Path(tempfile.gettempdir()) / f"hubimages-locks-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return FileLock(folder / sha256(what.encode()).hexdigest()[:16], mode=0o600)

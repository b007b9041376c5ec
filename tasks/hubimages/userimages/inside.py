"""Runs inside a user image, standing alone: says what a hub would find there.

Given the image's default user, prints one line of JSON. The standard library only, and nothing
newer than Python 3.8, since this runs on the image's Python.
"""

# Path's questions raise where a folder is closed to us, these do not:
# ruff: noqa: PTH110, PTH112, PTH118, PTH119, PTH208
from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

COMMAND = "jupyterhub-singleuser"
HOME = "/home/jovyan"
ASK = "from importlib import metadata; print(metadata.version('jupyterhub'))"
# what the tools that build user images leave in them
TRACES = (
    "/usr/local/bin/repo2docker-entrypoint",
    "/usr/local/bin/start-notebook.sh",
    "/usr/local/bin/start-notebook.py",
    "/usr/local/bin/start-singleuser.sh",
    "/usr/local/bin/start-singleuser.py",
    "/srv/start",
    "/srv/conda/envs/notebook",
)


def account(user: Any) -> dict[str, Any] | None:
    """Return a user's entry in the image's /etc/passwd, by name or number, if there is one."""
    try:
        found = pwd.getpwuid(int(user)) if str(user).isdigit() else pwd.getpwnam(str(user))
    except KeyError:
        return None
    return {"name": found.pw_name, "uid": found.pw_uid, "home": found.pw_dir}


def closed() -> str | None:
    """Return a command that this user may not run, or a folder of the PATH that is closed to it."""
    for folder in os.get_exec_path():
        at = os.path.join(folder, COMMAND)
        if os.path.lexists(at):
            return at
        if os.path.isdir(folder) and not os.access(folder, os.X_OK):
            return folder
    return None


def version(command: str | None) -> str | None:
    """Return the version of the JupyterHub that the command belongs to, else of this Python's."""
    try:
        first = Path(command).read_bytes()[:200].split(b"\n")[0].decode() if command else ""
        interpreter = first[2:].split()[0] if first.startswith("#!") else ""
        if "python" in os.path.basename(interpreter):
            asked = subprocess.run(
                [interpreter, "-c", ASK], stdout=subprocess.PIPE, check=True, timeout=30
            )
            return asked.stdout.decode().strip()
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        pass
    try:
        return metadata.version("jupyterhub")
    except metadata.PackageNotFoundError:
        return None


def listed(folder: str) -> list[str]:
    """Return the first few names in a folder."""
    try:
        return sorted(os.listdir(folder))[:50]
    except OSError:
        return []


def report(default: str) -> dict[str, Any]:
    """Look at everything as the user that we run as."""
    command = shutil.which(COMMAND)
    return {
        "python": sys.executable,
        "account": account(os.getuid()),
        "default": account(default.partition(":")[0] or "0"),
        "command": command,
        "closed": None if command else closed(),
        "version": version(command),
        "path": os.environ.get("PATH", ""),
        "home": os.environ.get("HOME", ""),
        "hidden": listed(HOME),
        "traces": [path for path in TRACES if os.path.exists(path)],
    }


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(report(sys.argv[1])) + "\n")

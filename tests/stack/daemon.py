"""Programs that run beside us: started in a session of their own, ended with all they started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

from hubimages.errors import Failure

T = TypeVar("T")


class StackUnavailable(Failure):
    """A part of the stack cannot be had on this machine."""


def exit_on_sigterm() -> None:
    """Turn SIGTERM into SystemExit, so that every context manager gets to clean up."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)


def as_root(argv: Sequence[str]) -> list[str]:
    """Return the words that run argv as root; raise StackUnavailable where we cannot.

    root finds programs in the sbin folders too, whatever our own PATH has.
    """
    if os.geteuid() == 0:
        return ["env", f"PATH={root_path()}", *argv]
    if shutil.which("sudo") is None:
        raise StackUnavailable(
            f"`{argv[0]}` needs root, and there is no sudo.",
            fix="run it as root, or start an engine",
        )
    return ["sudo", "-n", *argv]


def root_path() -> str:
    """Return the PATH with the folders in which Debian keeps what only root runs."""
    return os.environ.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin"


def kill(number: signal.Signals, *pids: int) -> list[str]:
    """Return the words that signal processes as root; a small Debian has only the shell's kill."""
    name = number.name.removeprefix("SIG")
    return as_root(["sh", "-c", f'kill -s {name} -- "$@"', "sh", *map(str, pids)])


class Daemon:
    """A started program. Its output goes to a file; stop() ends it and is safe to repeat."""

    def __init__(self, argv: Sequence[str], log: Path, *, name: str) -> None:
        """Start argv. Were we killed outright, setpriv has the kernel end it too."""
        self.log = log
        self._name = name
        self._by_sudo = argv[0] == "sudo"
        leash = (
            []
            if self._by_sudo or not shutil.which("setpriv")
            else ["setpriv", "--pdeathsig", "TERM", "--"]
        )
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                [*leash, *argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._child.poll() is None

    def wait_for(self, answer: Callable[[], T | None], seconds: float) -> T:
        """Return the first answer that is not None; raise StackUnavailable if none comes."""
        end = time.monotonic() + seconds
        while self.running and time.monotonic() < end:
            if (found := answer()) is not None:
                return found
            time.sleep(0.05)
        how = (
            "did not answer in time"
            if self.running
            else f"ended with code {self._child.returncode}"
        )
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise StackUnavailable(f"`{self._name}` {how}:\n{tail}")

    def stop(self, number: signal.Signals = signal.SIGTERM, *, grace: float = 30) -> None:
        """Send the signal and wait for the end; after grace seconds kill it and its family."""
        if self.running:
            self._send(number, self._child.pid)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(grace)
        self._send(signal.SIGKILL, -self._child.pid)
        self._child.wait(grace)

    def _send(self, number: signal.Signals, pid: int) -> None:
        """Signal a process, or with a negative number its group; one that is gone is fine."""
        if self._by_sudo:
            subprocess.run(kill(number, pid), check=False, stderr=subprocess.DEVNULL)
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)

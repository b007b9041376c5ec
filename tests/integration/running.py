"""Running hubimages as a person or a script does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import stack

T = TypeVar("T")
HERE = Path(sys.executable).parent
LIMIT = 120.0  # seconds; no command here takes a quarter of it


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.stdout)

    def ok(self) -> Ran:
        """Return this, having made sure that the command did its work."""
        assert self.code == 0, self.stderr
        return self

    def failed(self, *wanted: str, code: int = 1) -> Ran:
        """Return this, having made sure that it failed, naming the wanted (regular expressions)."""
        assert self.code == code, self.stderr
        assert "bug in hubimages" not in self.stderr
        for pattern in wanted:
            assert re.search(pattern, self.stderr), f"no {pattern!r} in:\n{self.stderr}"
        return self


class Running:
    """A command that runs; its standard error is read line by line as it comes.

    A context manager, which kills what has not ended by itself.
    """

    def __init__(
        self,
        repo: stack.HubRepository,
        *words: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        program: str = "hubimages",
    ) -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._child = subprocess.Popen(
            [str(HERE / program), *words],
            cwd=cwd or repo.path,
            env={**os.environ, "TMPDIR": str(temporary(repo)), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._out = ""
        self._readers = [
            threading.Thread(target=self._read_out),
            threading.Thread(target=self._read_err),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait(LIMIT)
        for reader in self._readers:
            reader.join(LIMIT)

    @property
    def pid(self) -> int:
        """Of the process, which leads its group."""
        return self._child.pid

    @property
    def stderr(self) -> str:
        """All that it has written to standard error so far."""
        return "".join(self._lines)

    def wait_for(self, pattern: str) -> Running:
        """Return once a line of standard error matches."""
        with self._changed:
            found = self._changed.wait_for(
                lambda: (
                    re.search(pattern, self.stderr, re.MULTILINE) or self._child.poll() is not None
                ),
                LIMIT,
            )
        assert found, f"{pattern!r} did not come:\n{self.stderr}"
        assert re.search(pattern, self.stderr, re.MULTILINE), self.stderr
        return self

    def until(self, reached: Callable[[], bool], what: str) -> None:
        """Return once the command has come that far."""
        end = time.monotonic() + LIMIT
        while not reached():
            assert self._child.poll() is None, f"ended before {what}:\n{self.stderr}"
            assert time.monotonic() < end, f"{what} did not come:\n{self.stderr}"
            time.sleep(0.02)

    def signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the command, or to all of its process group as a terminal does."""
        if group:
            os.killpg(self.pid, number)
        else:
            self._child.send_signal(number)

    def end(self, timeout: float = LIMIT) -> Ran:
        """Wait for its end."""
        self._child.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return Ran(self._child.returncode, self._out, self.stderr)

    def killed(self) -> None:
        """Kill it outright, alone: what it started lives on, as after the kernel's own kill."""
        self.signal(signal.SIGKILL)
        self._child.wait(LIMIT)

    def _read_out(self) -> None:
        assert self._child.stdout
        with self._child.stdout as stream:
            self._out = stream.read()

    def _read_err(self) -> None:
        assert self._child.stderr
        with self._child.stderr as stream:
            for line in stream:
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


def hubimages(
    repo: stack.HubRepository,
    *words: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    program: str = "hubimages",
) -> Ran:
    """Run a command to its end, without a terminal."""
    with Running(repo, *words, cwd=cwd, env=env, program=program) as running:
        return running.end()


def temporary(repo: stack.HubRepository) -> Path:
    """Return the folder for temporary files of commands in a repository: of this one alone."""
    folder = repo.path.parent / "tmp"
    folder.mkdir(exist_ok=True)
    return folder


def until(answer: Callable[[], T | None], what: str, seconds: float = 30) -> T:
    """Return the first answer that is not None; fail if none comes in time."""
    end = time.monotonic() + seconds
    while (found := answer()) is None:
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)
    return found

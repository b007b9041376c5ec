"""A command on a terminal of its own: what it shows there, and what is typed."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import stack
from integration.running import HERE, LIMIT, temporary

ENTER, DOWN, CTRL_C = "\r", "\x1b[B", "\x03"


class Screen:
    """A command on a terminal of its own: shown is all that it wrote there, colours taken out."""

    def __init__(self, child: subprocess.Popen[str], master: int) -> None:
        self.child = child
        self._master = master
        self._written = b""
        self._closed = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def shown(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._written.decode(errors="replace"))

    def wait_for(self, pattern: str) -> None:
        """Return once the pattern is on the screen."""
        end = time.monotonic() + LIMIT
        while not re.search(pattern, self.shown):
            assert self.child.poll() is None, self.shown
            assert time.monotonic() < end, self.shown
            time.sleep(0.02)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def end(self) -> tuple[int, str]:
        """Wait for the end; return exit code and standard output."""
        out, _ = self.child.communicate(timeout=LIMIT)
        self._reader.join(LIMIT)
        return self.child.returncode, out

    def close(self) -> None:
        """Close the terminal, as one closes a window; what runs there is hung up."""
        if not self._closed.is_set():
            self._closed.set()
            self._reader.join(LIMIT)
            os.close(self._master)

    def _read(self) -> None:
        with suppress(OSError):  # the terminal is closed on the other side
            while not self._closed.is_set():
                if select.select([self._master], [], [], 0.05)[0]:
                    self._written += os.read(self._master, 1 << 14)


@contextmanager
def terminal(repo: stack.HubRepository, *words: str) -> Iterator[Screen]:
    """Run hubimages with a terminal as its standard input and error."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(master, (50, 200))
    env = {**os.environ, "TMPDIR": str(temporary(repo)), "TERM": "xterm"}
    with subprocess.Popen(
        ["setsid", "--ctty", "--wait", str(HERE / "hubimages"), *words],
        cwd=repo.path,
        env=env,
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
    ) as child:
        os.close(slave)
        screen = Screen(child, master)
        try:
            yield screen
        finally:
            child.kill()
            child.wait(LIMIT)
            screen.close()

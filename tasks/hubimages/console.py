"""What a person sees: timed steps on standard error, so that standard output stays data."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

_COMMAND = re.compile(r"\binvoke(?= [a-z])")  # how messages write our commands: invoke doctor
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}
_CELLS = 24  # of the bar that shows how much is done


def as_typed(text: str, program: str) -> str:
    """Return text with our commands as a person types them, who runs program."""
    return _COMMAND.sub(program, text)


def _printable(text: str) -> str:
    """Return text with the bytes of a file that are no text written out, as a log can take them."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


@dataclass(kw_only=True)
class Console:
    """Writes to people, as fits the place: a terminal, a pipe, or a GitHub job."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    program: str = "invoke"  # what the person typed to get here
    done: list[str] = field(default_factory=list)
    _half: bool = False  # whether the line that the cursor is on holds progress

    @property
    def github(self) -> bool:
        """Whether this is a GitHub Actions job, which reads commands from the log."""
        return self.environ.get("GITHUB_ACTIONS") == "true"

    def paint(self, text: str, colour: str) -> str:
        """Return text in colour on a terminal, plain everywhere else (https://no-color.org)."""
        if not self.stream.isatty() or self.environ.get("NO_COLOR"):
            return text
        return f"\033[{_COLOURS[colour]}m{text}\033[0m"

    def say(self, text: str = "") -> None:
        """Write a line of ours, with our commands as they are typed here."""
        self.verbatim(as_typed(text, self.program))

    def verbatim(self, text: str) -> None:
        """Write a line that is not ours, such as a file's."""
        self._clear()
        self._write(f"{_printable(text)}\n")

    def detail(self, text: str) -> None:
        """Write a line that matters less: another program's output, a command line."""
        # GitHub takes a line that begins so for an order, whoever wrote it
        bar = "│ " if self.github and text.lstrip().startswith("::") else "  "
        self.say(self.paint(f"{bar}{text}", "dim"))

    def progress(self, text: str) -> None:
        """Write a line of another program's output; on a terminal each takes the last one's place."""
        if not self.live:
            self.detail(text)
        elif text.strip():
            self._half = True
            width = shutil.get_terminal_size().columns - 4
            self._write(f"\r\033[K  {self.paint(text.strip()[:width], 'dim')}")

    def tick(self, what: str, done: int, total: int) -> None:
        """Show how much of something is done, on a terminal only; the end takes it away again."""
        if self.live:
            cells = _CELLS * done // max(total, 1)
            self.progress(f"{what} {'█' * cells}{'░' * (_CELLS - cells)} {done}/{total}")
            if done >= total:
                self._clear()

    @property
    def live(self) -> bool:
        """Whether lines can be written over again."""
        return self.stream.isatty() and not self.github and self.environ.get("TERM") != "dumb"

    def _clear(self) -> None:
        """Take the line of progress away, so that what comes next begins a line of its own."""
        if self._half:
            self._half = False
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        try:
            print(text, end="", file=self.stream, flush=True)
        except OSError as error:
            if error.errno != errno.EIO:  # as a terminal says whose window was closed
                raise

    def warn(self, text: str) -> None:
        """Write a warning; on GitHub as an annotation too."""
        if self.github:
            self.say(f"::warning::{_escaped(text)}")
        else:
            self.say(f"{self.paint('warning:', 'yellow')} {text}")

    def error(self, text: str) -> None:
        """Write an error; on GitHub as an annotation too."""
        if self.github:
            self.say(f"::error::{_escaped(text)}")
        else:
            self.say(f"{self.paint('error:', 'red')} {text}")

    def did(self, text: str) -> None:
        """Write down something that lasts, so that an interruption can say what had been done."""
        self.done.append(text)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step and, at its end, how long it took; foldable on GitHub."""
        self.say(f"::group::{name}" if self.github else self.paint(f"▸ {name}", "bold"))
        start = time.monotonic()
        mark = self.paint("✗", "red")
        try:
            yield
            mark = self.paint("✓", "green")
        finally:
            self.say(f"{mark} {name} {time.monotonic() - start:.1f} s")
            if self.github:
                self.say("::endgroup::")


def _escaped(text: str) -> str:
    """Return text as GitHub's workflow commands take it, on one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

"""What a person sees of several things that are done at once, each with a console of its own.

On a terminal a line for each with its present step; in a pipe every line begins with the name; on
GitHub, whose groups cannot lie in one another, each is written as a whole when it has ended.
"""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock

from hubimages.console import Console


class Lanes:
    """The consoles of several things at once."""

    def __init__(self, console: Console, names: Sequence[str]) -> None:
        self._console = console
        self._width = max(map(len, names), default=0)
        self._lock = RLock()
        self._lanes: dict[str, _Live] = {}
        self._drawn = 0  # lines of the view that stand on the terminal

    @contextmanager
    def lane(self, name: str) -> Iterator[Console]:
        """Give one of them its console, for one thread to use."""
        if self._console.github:
            with self._whole(name) as console:
                yield console
            return
        stream = _Prefixed(self.say, f"{name.ljust(self._width)} │ ")
        if not self._console.live:
            yield replace(self._console, stream=stream)
            return
        live = _Live(stream=stream, program=self._console.program, done=self._console.done)
        with self._lock:
            self._lanes[name] = live
        try:
            yield live
        finally:
            with self._lock:
                self._lanes.pop(name, None)
            self.draw()

    @contextmanager
    def _whole(self, name: str) -> Iterator[Console]:
        stream = io.StringIO()
        try:
            yield replace(self._console, stream=stream)
        finally:
            with self._lock:
                self._console.say(f"— {name}")
                self._console.stream.write(stream.getvalue())
                self._console.stream.flush()

    def say(self, line: str) -> None:
        """Write a line that stays, above the view."""
        with self._lock:
            self._wipe()
            self._console.say(line)
            self.draw()

    def draw(self) -> None:
        """Write the view anew, with the times that have passed."""
        with self._lock:
            width = shutil.get_terminal_size().columns - 1
            lines = [
                f"{name.ljust(self._width)} {x.state}"[:width] for name, x in self._lanes.items()
            ]
            self._wipe()
            self._console.stream.writelines(f"{self._console.paint(x, 'dim')}\n" for x in lines)
            self._console.stream.flush()
            self._drawn = len(lines)

    def close(self) -> None:
        """Take the view away, also where something that is in it goes on."""
        with self._lock:
            self._lanes.clear()
            self._wipe()

    def _wipe(self) -> None:
        if self._drawn:
            self._console.stream.write(f"\033[{self._drawn}A\r\033[J")
            self._drawn = 0


class _Prefixed(io.StringIO):
    """Hands on whole lines, each with a name before it."""

    def __init__(self, write: Callable[[str], None], prefix: str) -> None:
        super().__init__()
        self._write, self._prefix, self._begun = write, prefix, ""

    def write(self, text: str) -> int:
        *whole, self._begun = f"{self._begun}{text}".split("\n")
        for line in whole:
            self._write(f"{self._prefix}{line}".rstrip())
        return len(text)


@dataclass(kw_only=True)
class _Live(Console):
    """A console whose steps and output are shown in a line of the view, and do not stay."""

    present: str = "…"
    since: float = field(default_factory=time.monotonic)
    latest: str = ""

    @property
    def state(self) -> str:
        """The present step, how long it has taken, and the last line of its output."""
        return f"{self.present:<9} {time.monotonic() - self.since:4.0f} s  {self.latest}"

    def detail(self, text: str) -> None:
        self.latest = text.strip().replace("\t", " ")

    def progress(self, text: str) -> None:
        self.detail(text)

    def tick(self, what: str, done: int, total: int) -> None:
        self.detail(f"{what} {done}/{total}")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.present, self.since, self.latest = name, time.monotonic(), ""
        yield

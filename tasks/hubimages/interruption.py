"""Interrupting another thread's work, as Ctrl-C interrupts that of the main one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer

GRACE = 5.0  # seconds between asking a process to end and making it


class Interruption:
    """Ends the program that a thread runs, at another thread's word, with KeyboardInterrupt there.

    It hits once, where the thread is or at the next program that it starts: what the thread then
    does to clean up has programs to run as well.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._due = False
        self._grace = GRACE
        self._send: Callable[[signal.Signals], None] | None = None
        self._killing: Timer | None = None

    @property
    def is_due(self) -> bool:
        """Whether it was asked for, and has not hit yet."""
        return self._due

    def ask(self) -> None:
        """Interrupt, and return at once."""
        with self._lock:
            self._due = True
            if self._send is None:
                return
            self._send(signal.SIGTERM)
            self._killing = Timer(self._grace, self._send, [signal.SIGKILL])
            self._killing.daemon = True
            self._killing.start()

    def kill(self) -> None:
        """Make the program end at once, where asking has not ended it yet."""
        with self._lock:
            if self._send is not None:
                self._send(signal.SIGKILL)

    @contextmanager
    def of(self, send: Callable[[signal.Signals], None], grace: float = GRACE) -> Iterator[None]:
        """Let a program be interrupted while it is waited for; send gives it a signal.

        grace is how many seconds it has to end by itself.
        """
        with self._lock:
            self._send, self._grace = send, grace
            self._raise_if_due()
        try:
            yield
        finally:
            with self._lock:
                self._send = None
                if self._killing:  # by the end of the grace its number can be another process's
                    self._killing.cancel()
                self._raise_if_due()

    def _raise_if_due(self) -> None:
        due, self._due = self._due, False
        if due:
            self._send = None
            raise KeyboardInterrupt

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
        self._send: Callable[[signal.Signals], None] | None = None

    def ask(self) -> None:
        """Interrupt, and return at once."""
        with self._lock:
            self._due = True
            if self._send is None:
                return
            self._send(signal.SIGTERM)
            killing = Timer(GRACE, self._send, [signal.SIGKILL])
        killing.daemon = True
        killing.start()

    @contextmanager
    def of(self, send: Callable[[signal.Signals], None]) -> Iterator[None]:
        """Let a program be interrupted while it is waited for; send gives it a signal."""
        with self._lock:
            self._send = send
            self._raise_if_due()
        try:
            yield
        finally:
            with self._lock:
                self._send = None
                self._raise_if_due()

    def _raise_if_due(self) -> None:
        due, self._due = self._due, False
        if due:
            self._send = None
            raise KeyboardInterrupt

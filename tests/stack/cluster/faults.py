"""What goes wrong with requests, as told."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


@dataclass
class Fault:
    """What happens to requests whose `METHOD /path?query` matches, once so many have passed.

    With a status they are refused, with seconds they are late, and with neither they hang.
    """

    pattern: re.Pattern[str]
    passes: int = 0
    code: int | None = None
    message: str | None = None
    seconds: float | None = None


class Faults:
    """All faults; of several that match the last one counts."""

    def __init__(self) -> None:
        self._all: list[Fault] = []
        self._lock = threading.Lock()
        self._healed = threading.Event()

    def add(self, where: str, passes: int = 0, **what: object) -> None:
        """Add one; see Fault."""
        self._all.append(Fault(re.compile(where), passes, **what))  # type: ignore[arg-type]

    def heal(self) -> None:
        """Take all back; what hangs goes on."""
        self._all.clear()
        self._healed.set()
        self._healed = threading.Event()

    def suffer(self, request: str, is_gone: Callable[[], bool]) -> Fault | None:
        """Wait as long as this request has to; return a fault that refuses it, if any.

        Raises ClientGone where it hung until nobody waited for it.
        """
        while True:
            healed = self._healed  # as it was when we looked: it may be healed before we wait
            fault = self._next(request)
            if fault is None:
                return None
            if fault.seconds is not None:
                time.sleep(fault.seconds)
                return None
            if fault.code is not None:
                return fault
            healed.wait()
            if is_gone():
                raise ClientGone

    def _next(self, request: str) -> Fault | None:
        with self._lock:
            matching = [one for one in list(self._all) if one.pattern.search(request)]
            if not matching:
                return None
            if matching[-1].passes:
                matching[-1].passes -= 1
                return None
            return matching[-1]

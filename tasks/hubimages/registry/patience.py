"""Waiting where a registry says 429, as long as it asks for and up to a bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from hubimages.registry.network import Origin, origin
from hubimages.registry.transport import Response, Sink, Transport

_LEAST = 1.0  # seconds of a wait, also where a registry says 0 or nothing
_EPOCH = 10**9  # a larger number of seconds is a point in time, as Docker Hub's are


@dataclass
class _Hold:
    """What a host asked for; spent are the seconds waited since it last answered otherwise."""

    until: float = 0
    spent: float = 0


class PatientTransport(Transport):
    """A transport whose threads wait together while a host takes no more requests.

    patience is how many seconds one host may make all of us wait without one answer in between;
    after that its 429s are handed on at once, so that the rest does not wait for it. clock and
    pause are for tests.
    """

    def __init__(
        self,
        *,
        connect: float,
        read: float,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        super().__init__(connect=connect, read=read)
        self._most = patience
        self._now = clock
        self._over = threading.Event()
        self._pause = pause or self._over.wait
        self._holds: dict[Origin, _Hold] = {}
        self._holding = threading.Lock()

    def close(self) -> None:
        """Close the kept connections, and end all waiting."""
        self._over.set()
        super().close()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | BinaryIO | None = None,
        *,
        into: Sink | None = None,
    ) -> Response:
        """Send a request, again where the host says 429 and there is patience left."""
        host = origin(url)
        while True:
            self._wait(host)
            answer = super().send(method, url, headers, body, into=into)
            if answer.status != 429:
                with self._holding:
                    self._holds.pop(host, None)
                return answer
            if self._over.is_set() or not self._hold(host, answer.headers.get("retry-after", "")):
                return answer

    def _wait(self, host: Origin) -> None:
        with self._holding:
            hold = self._holds.get(host)
            left = hold.until - self._now() if hold else 0
        if left > 0:
            self._pause(left)

    def _hold(self, host: Origin, asked: str) -> bool:
        """Let every thread wait for a host; return False where that would be too long."""
        with self._holding:
            hold, now = self._holds.setdefault(host, _Hold()), self._now()
            # without a word from the host, twice as long each time
            seconds = seconds_in(asked, now=time.time()) or hold.spent
            until = now + max(seconds, _LEAST)
            longer = max(until - max(hold.until, now), 0)
            if hold.spent + longer > self._most:
                return False
            hold.until, hold.spent = max(hold.until, until), hold.spent + longer
            return True


def seconds_in(text: str, *, now: float) -> float:
    """Return the seconds that a `Retry-After` asks for; 0 where it says nothing that is known.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = text.strip()
    if text.isdecimal() and len(text) < 12:
        return float(text) - now if int(text) > _EPOCH else float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return 0

"""A hub's address on loopback, of which /hub/health answers as told."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from stack.certificate import certificate
from stack.web import Handler, serving

Green = Callable[[], bool]


class HubHealth:
    """A context manager; url leads to the hub, without a slash at its end, ca is what to trust.

    Green as soon as it is up, unless one of the methods was called; each replaces the one before.
    requests are the paths so far. With tls the name in the certificate is localhost.
    """

    def __init__(self, *, base_url: str = "/", tls: bool = False) -> None:
        self.url = ""
        self.ca: Path | None = None
        self.requests: list[str] = []
        self.path = f"{base_url.rstrip('/')}/hub/health"
        self._address = ""
        self._tls = tls
        self._answer: Callable[[], tuple[int, dict[str, str]] | None] = lambda: (200, {})
        self._released = threading.Event()
        self._stack = ExitStack()
        self._server = ExitStack()

    def __enter__(self) -> HubHealth:
        self._context = None
        if self._tls:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="health-"))
            self.ca, self._context = certificate(Path(folder))
        self._stack.callback(self.refuse_connections)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- being there, or not ---

    def start(self) -> None:
        """Serve, at the same address as before."""

        class OfThis(_Health):
            health = self

        port = int(self._address.rpartition(":")[2] or 0)
        served = serving(OfThis, port=port, tls=self._context)
        self._address = self._server.enter_context(served)
        port = int(self._address.rpartition(":")[2])
        self.url = f"https://localhost:{port}" if self._tls else f"http://{self._address}"

    def refuse_connections(self) -> None:
        """Have nobody listen, until start()."""
        self._let_go()
        self._server.close()

    # --- what it answers ---

    def green(self) -> None:
        """Answer 200 from now on."""
        self._set(lambda: (200, {}))

    def never(self, code: int = 503) -> None:
        """Answer this from now on, as a proxy does without its hub."""
        self._set(lambda: (code, {}))

    def after(self, *, seconds: float = 0, requests: int = 0) -> None:
        """Answer 503 for so many more requests and so long, then 200."""
        end, until = time.monotonic() + seconds, len(self.requests) + requests
        self.when(lambda: time.monotonic() >= end and len(self.requests) > until)

    def when(self, is_green: Green) -> None:
        """Answer 200 while this says so, 503 otherwise: `lambda: cluster.rolled_out("staging")`."""
        self._set(lambda: (200, {}) if is_green() else (503, {}))

    def hang(self) -> None:
        """Take requests and give no answer."""
        self._set(lambda: None)

    def redirect(self, location: str) -> None:
        """Answer 302."""
        self._set(lambda: (302, {"Location": location}))

    def _set(self, answer: Callable[[], tuple[int, dict[str, str]] | None]) -> None:
        self._answer = answer
        self._let_go()

    def _let_go(self) -> None:
        """Have what hangs end without an answer."""
        self._released.set()
        self._released = threading.Event()

    def _respond(self, path: str) -> tuple[int, dict[str, str]] | None:
        self.requests.append(path)
        if path != self.path:
            return 404, {}
        released = self._released
        answer = self._answer()
        if answer is None:
            released.wait()
        return answer


class _Health(Handler):
    health: HubHealth

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        answer = self.health._respond(self.path)
        if answer is None:
            self.close_connection = True
            return
        self.answer(*answer, b"")

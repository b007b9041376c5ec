"""HTTP with a registry: one request, one whole answer, and every fault in words.

Redirects are followed without taking the login along; a body has a largest size, or goes into a
file; nothing is tried twice but over a kept connection that the server had closed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from hubimages.registry.answers import Unanswered
from hubimages.registry.faults import in_words
from hubimages.registry.network import Origin, origin, pool_through, proxy_for, redirected, shown

if TYPE_CHECKING:
    import urllib3

LARGEST = 16 * 1024 * 1024  # bytes of a body; manifests and configs are a few kilobytes
_STORING = 600  # seconds, at most, in which a registry puts away what it was sent
_REDIRECTS = 5
_CONNECTIONS = 8  # at once, per host; further threads wait for one


@dataclass(frozen=True)
class Response:
    """A whole answer; header names are in lower case, a repeated header is joined with commas."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class NoSpace(Unanswered):
    """What a registry sends cannot be kept here meanwhile."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"There is no room for an image's layer among the temporary files: {error.strerror}.",
            fix="make room, or set TMPDIR to a folder with more",
        )


@dataclass(frozen=True)
class Sink:
    """Where the body of a 200 goes, in place of the answer; it is of size bytes, or a fault."""

    file: BinaryIO
    size: int


class Transport:
    """Connections to registries, kept and shared between threads.

    connect and read are time-outs in seconds; a whole body may take four times read, by clock,
    unless it goes into a file.
    """

    def __init__(
        self, *, connect: float, read: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connect = connect
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str | None], urllib3.PoolManager] = {}
        self._answered: set[Origin] = set()

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | BinaryIO | None = None,
        *,
        into: Sink | None = None,
    ) -> Response:
        """Send a request and return its whole answer, or raise Unanswered.

        GET and HEAD follow redirects; `Authorization` stays with the first host. A file is sent
        from its beginning, and headers have its `Content-Length`.
        """
        home = origin(url)
        for _ in range(_REDIRECTS + 1):
            answer = self._once(method, url, headers, body, into)
            target = answer.headers.get("location")
            if method not in ("GET", "HEAD") or not 300 <= answer.status < 400 or not target:
                return answer
            url = redirected(url, target)
            if origin(url) != home:
                headers = {k: v for k, v in headers.items() if k.lower() != "authorization"}
        raise Unanswered(f"{home[1]} redirects from one address to the next without end.")

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | BinaryIO | None,
        into: Sink | None,
    ) -> Response:
        from http.client import HTTPException

        from urllib3.exceptions import HTTPError

        try:
            raw = self._opened(method, url, headers, body)
            try:
                content = (
                    _kept(raw, url, into) if into and raw.status == 200 else self._whole(raw, url)
                )
            except BaseException:
                raw.close()
                raise
            raw.release_conn()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            read = self._patience(body)
            raise in_words(error, shown(url), connect=self._connect, read=read) from None
        names = {name.lower() for name in raw.headers}
        joined = {name: ", ".join(raw.headers.getlist(name)) for name in names}
        return Response(url, raw.status, joined, content)

    def _opened(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | BinaryIO | None
    ) -> urllib3.BaseHTTPResponse:
        """Return an answer whose body is still to be read."""
        from urllib3 import Timeout
        from urllib3.exceptions import ProtocolError

        where = origin(url)
        timeout = Timeout(connect=self._connect, read=self._patience(body))

        def attempt() -> urllib3.BaseHTTPResponse:
            if body is not None and not isinstance(body, bytes):
                body.seek(0)
            return self._pool(url).urlopen(
                method,
                url,
                body=body,
                headers={"Accept-Encoding": "identity", "User-Agent": "hubimages", **headers},
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )

        try:
            raw = attempt()
        except ProtocolError as error:
            # A server may close a kept connection just when the next request goes out.
            if where not in self._answered or not isinstance(error.args[-1], ConnectionError):
                raise
            raw = attempt()
        self._answered.add(where)
        return raw

    def _patience(self, body: bytes | BinaryIO | None) -> float:
        """Return the time-out for an answer: a registry has to put a layer away before it."""
        return self._read if body is None or isinstance(body, bytes) else max(self._read, _STORING)

    def _whole(self, raw: urllib3.BaseHTTPResponse, url: str) -> bytes:
        """Return the body, which may neither be endless nor drip for ever."""
        deadline = self._clock() + 4 * self._read
        content = bytearray()
        while part := raw.read1(65536):
            content += part
            if len(content) > LARGEST:
                raise Unanswered(f"{shown(url)} sends more than {LARGEST >> 20} MiB.")
            if self._clock() > deadline:
                raise Unanswered(
                    f"{shown(url)} did not end its answer within {4 * self._read:g} s.",
                    fix="try again later",
                )
        return bytes(content)

    def _pool(self, url: str) -> urllib3.PoolManager:
        scheme, proxy = origin(url)[0], proxy_for(url)
        with self._lock:
            if (scheme, proxy) not in self._pools:
                self._pools[scheme, proxy] = pool_through(
                    proxy,
                    scheme,
                    maxsize=_CONNECTIONS,
                    block=True,
                )
            return self._pools[scheme, proxy]


def _kept(raw: urllib3.BaseHTTPResponse, url: str, into: Sink) -> bytes:
    """Write the body into a file, and return nothing of it."""
    left = into.size
    while part := raw.read(1 << 20):
        left -= len(part)
        if left < 0:
            raise Unanswered(f"{shown(url)} sends more than the {into.size} bytes of this layer.")
        try:
            into.file.write(part)
        except OSError as error:
            raise NoSpace(error) from None
    return b""

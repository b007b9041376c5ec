"""A registry that fails as told: a proxy on loopback before a real one, or before nothing."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from stack.web import Handler, serving

# These belong to one connection, not to the message (RFC 9110, 7.6.1).
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class _Fault:
    """What happens to requests whose `METHOD /path` matches; without a status, they hang."""

    pattern: re.Pattern[str]
    status: int | None
    headers: dict[str, str] = field(default_factory=dict)


class FaultyRegistry:
    """A context manager; address is host:port, requests are all so far, as `METHOD /path`.

    What no fault matches goes to upstream (host:port), or is answered 404 without one. Of
    several faults that match, the last one counts.
    """

    def __init__(self, upstream: str | None = None) -> None:
        self.address = ""
        self.requests: list[str] = []
        self._upstream = upstream
        self._faults: list[_Fault] = []
        self._released = threading.Event()
        self._stack = ExitStack()

    def __enter__(self) -> FaultyRegistry:
        class Proxy(_Proxy):
            faulty = self

        self.address = self._stack.enter_context(serving(Proxy))
        self._stack.callback(self.heal)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def fail(self, status: int, where: str = "", *, headers: dict[str, str] | None = None) -> None:
        """Answer with status where the regular expression is found in `METHOD /path`."""
        self._faults.append(_Fault(re.compile(where), status, headers or {}))

    def hang(self, where: str = "") -> None:
        """Give no answer, until heal() or the end."""
        self._faults.append(_Fault(re.compile(where), None))

    def heal(self) -> None:
        """Take every fault back; what hangs gets the upstream's answer, if its client is there."""
        self._faults.clear()
        self._released.set()
        self._released = threading.Event()

    def count(self, where: str) -> int:
        """Return how many requests matched."""
        return sum(bool(re.search(where, request)) for request in list(self.requests))

    def _fault(self, request: str) -> _Fault | None:
        """Note a request down and return what is to happen to it, after any hanging."""
        self.requests.append(request)
        while True:
            released = self._released
            matching = [fault for fault in list(self._faults) if fault.pattern.search(request)]
            if not matching or matching[-1].status is not None:
                return matching[-1] if matching else None
            released.wait()


class _Proxy(Handler):
    faulty: FaultyRegistry

    def handle_any(self) -> None:
        fault = self.faulty._fault(f"{self.command} {self.path}")
        if fault and fault.status:
            for _ in self.body():
                pass  # an unread body would be taken for the next request
            errors = {"errors": [{"code": "UNKNOWN", "message": f"told to answer {fault.status}"}]}
            self.answer(
                fault.status,
                {"Content-Type": "application/json", **fault.headers},
                json.dumps(errors).encode(),
            )
        elif self.faulty._upstream is None:
            for _ in self.body():
                pass
            self.answer(404, {}, b"")
        else:
            self._forward(self.faulty._upstream)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def _forward(self, upstream: str) -> None:
        connection = http.client.HTTPConnection(upstream, timeout=30)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            length = self.headers.get("Content-Length")
            if length is not None:
                headers["Content-Length"] = length
            chunked = "Transfer-Encoding" in self.headers
            if chunked:
                headers["Transfer-Encoding"] = "chunked"
            content: Iterator[bytes] | None = self.body() if chunked or length else None
            connection.request(self.command, self.path, content, headers, encode_chunked=chunked)
            answer = connection.getresponse()
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
            if self.command == "HEAD":
                self._answer_head(answer.status, kept, answer.headers.get("Content-Length"))
            else:
                self.answer(answer.status, kept, answer.read())
        finally:
            connection.close()

    def _answer_head(self, status: int, headers: dict[str, str], length: str | None) -> None:
        """Pass on the length that the content would have; clients read it from a HEAD."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": length or "0"}.items():
            self.send_header(name, value)
        self.end_headers()

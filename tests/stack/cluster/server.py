"""The cluster's side of a connection."""

from __future__ import annotations

import json
import select
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from stack.cluster import discovery
from stack.cluster.api import Request
from stack.cluster.faults import ClientGone
from stack.cluster.kinds import place
from stack.cluster.statuses import Refused, words
from stack.cluster.store import Event
from stack.web import Handler

if TYPE_CHECKING:
    from stack.cluster import Cluster

_JSON = {"Content-Type": "application/json"}


class ClusterHandler(Handler):
    """Answers for the cluster that a subclass names."""

    cluster: Cluster

    def handle_any(self) -> None:
        """Answer one request, after what is to happen to it."""
        content = b"".join(self.body())
        request = f"{self.command} {self.path}"
        try:
            fault = self.cluster.seen(request, self._has_left)
        except ClientGone:
            self.close_connection = True
            return
        url = urlsplit(self.path)
        where = place(url.path)
        try:
            if self.headers.get("Authorization") != f"Bearer {self.cluster.token}":
                raise Refused(401, "Unauthorized")
            asked = where and Request(
                method=self.command,
                where=where,
                query=dict(parse_qsl(url.query)),
                content_type=self.headers.get("Content-Type", ""),
                content=content,
            )
            if fault and fault.code:
                verb = asked.verb if asked else ""
                raise Refused(fault.code, fault.message or words(fault.code, verb, where))
            self._go_on(url.path, asked)
        except Refused as refused:
            self._say(refused.code, refused.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def _has_left(self) -> bool:
        """Whether the client ended the connection: nothing else comes while it waits for us."""
        return bool(select.select([self.connection], [], [], 0)[0])

    def _go_on(self, path: str, asked: Request | None) -> None:
        if asked and asked.watches:
            self._watch(asked)
        elif asked:
            try:
                answer = self.cluster.api.answer(asked)
            except (LookupError, TypeError, ValueError) as error:
                raise Refused(500, f"this cluster cannot do that: {error!r}") from error
            self._say(*answer)
        elif page := discovery.found(path, self.headers.get("Accept", "")):
            kind, content = page
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.answer(200, {"Content-Type": kind}, raw)
        else:
            raise Refused(404, "the server could not find the requested resource")

    def _say(self, code: int, document: Any) -> None:
        self.answer(code, _JSON, json.dumps(document).encode())

    # --- watching ---

    def _watch(self, asked: Request) -> None:
        """Tell of what happens, until the client goes away or the time that it named is over."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for what, thing in self._told(asked):
            line = json.dumps({"type": what, "object": thing}).encode() + b"\n"
            self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _told(self, asked: Request) -> Iterator[tuple[str, Any]]:
        store, kind = self.cluster.store, asked.where.kind
        number = int(asked.query.get("resourceVersion") or 0)
        if asked.query.get("sendInitialEvents") == "true" or not number:
            with store.changed:
                number = store.number
                found = store.listed(kind.name, asked.where.namespace)
            yield from (("ADDED", one) for one in found if asked.means(one))
            if asked.query.get("sendInitialEvents") == "true":
                notes = {"k8s.io/initial-events-end": "true"}
                meta = {"resourceVersion": str(number), "annotations": notes}
                thing = {"kind": kind.name, "apiVersion": kind.api_version, "metadata": meta}
                yield "BOOKMARK", thing
        for event in self.cluster.events(number, float(asked.query.get("timeoutSeconds", 300))):
            if _concerns(event, asked):
                yield event.what, event.thing


def _concerns(event: Event, asked: Request) -> bool:
    kind, namespace, name = event.key
    return (
        kind == asked.where.kind.name
        and asked.where.namespace in {"", namespace}
        and asked.where.name in {"", name}
        and asked.means(event.thing)
    )

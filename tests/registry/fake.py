"""A web server on loopback that answers as a test says, and writes down what it was asked."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True)
class Asked:
    """A request; path has the query, header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Say:
    """An answer: cut ends it in the middle, drop closes without a word, hang says nothing.

    chunks is a body without a length, which goes on as long as they come.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    drop: bool = False
    hang: bool = False
    chunks: Callable[[], Iterator[bytes]] | None = None


def error(status: int, code: str, **headers: str) -> Say:
    """Return a registry's error answer."""
    body = json.dumps({"errors": [{"code": code, "message": "prose"}]}).encode()
    return Say(status, body, headers)


def document(content: object, **headers: str) -> Say:
    """Return a JSON answer."""
    return Say(200, json.dumps(content).encode(), headers)


def sha(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


class Fake:
    """The server; routes are by `METHOD /path` (without the query), for anything else see otherwise."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Say | Callable[[Asked], Say]] = {}
        self.otherwise: Callable[[Asked], Say] = lambda _: error(404, "MANIFEST_UNKNOWN")
        self.asked: list[Asked] = []
        self.over = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # the client went away, as it does after a time-out
                    self.close_connection = True

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return lambda: fake._handle(self)
                raise AttributeError(name)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.command, request.path, headers, request.rfile.read(length))
        self.asked.append(asked)
        route = self.routes.get(f"{asked.method} {asked.path.partition('?')[0]}")
        if route is None and asked.method == "HEAD":
            route = self.routes.get(f"GET {asked.path.partition('?')[0]}")
        say = self.otherwise if route is None else route
        self._answer(request, asked, say if isinstance(say, Say) else say(asked))

    def _answer(self, request: BaseHTTPRequestHandler, asked: Asked, say: Say) -> None:
        if say.hang:
            self.over.wait(30)
        if say.hang or say.drop:
            request.close_connection = True
            return
        request.send_response(say.status)
        for name, value in say.headers.items():
            request.send_header(name.replace("_", "-"), value)
        if say.chunks:
            request.close_connection = True
            request.end_headers()
            for chunk in say.chunks():
                request.wfile.write(chunk)
            return
        request.send_header("Content-Length", str(len(say.body) + (9 if say.cut else 0)))
        request.end_headers()
        if asked.method != "HEAD":
            request.wfile.write(say.body)
        request.close_connection = request.close_connection or say.cut

    # --- what registries hold ------------------------------------------------------------------

    def put(self, kind: str, body: bytes, *names: str, digest: bool = True) -> str:
        """Serve bytes as `manifests` or `blobs` of org/hub, under their digest and names."""
        said = {"Docker-Content-Digest": sha(body)} if digest else {}
        for name in (sha(body), *names):
            self.routes[f"GET /v2/org/hub/{kind}/{name}"] = Say(200, body, said)
        return sha(body)

    def image(self, *names: str, config: dict[str, Any] | None = None, digest: bool = True) -> str:
        """Serve a one-platform image and return its manifest's digest."""
        config = config or {
            "os": "linux",
            "architecture": "amd64",
            "created": "2026-01-02T03:04:05Z",
            "config": {"Labels": {"org.opencontainers.image.revision": "abc"}},
        }
        inner = self.put("blobs", json.dumps(config).encode())
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": inner, "size": 1},
            "layers": [{"digest": sha(b"1"), "size": 100}, {"digest": sha(b"2"), "size": 23}],
        }
        return self.put("manifests", json.dumps(manifest).encode(), *names, digest=digest)


class Doorkeeper:
    """Makes a fake ask for tokens: who may do what, by what stands in `Authorization`."""

    def __init__(self, fake: Fake, *, users: dict[str, str], may: dict[str, set[str]]) -> None:
        """Take users' Basic header values and what each (empty for anybody) may do."""
        self.fake, self.users, self.may = fake, users, may
        fake.routes["GET /token"] = self.token
        fake.routes["POST /token"] = self.refresh

    def guard(self, route: str, action: str) -> None:
        inner = self.fake.routes[route]

        def guarded(asked: Asked) -> Say:
            token = asked.headers.get("authorization", "").removeprefix("Bearer token-of-")
            if "authorization" in asked.headers and action in self.may.get(token, set()):
                return inner if isinstance(inner, Say) else inner(asked)
            scope = "pull,push" if action == "push" else "pull"
            challenge = (
                f'Bearer realm="{self.fake.url}/token",service="a, quoted \\"one\\"",'
                f'scope="repository:org/hub:{scope}"'
            )
            return error(401, "UNAUTHORIZED", **{"WWW-Authenticate": challenge})

        self.fake.routes[route] = guarded

    def token(self, asked: Asked) -> Say:
        given = asked.headers.get("authorization", "")
        if given and given not in self.users:
            return error(401, "UNAUTHORIZED")
        return document({"token": f"token-of-{self.users[given] if given else ''}"})

    def refresh(self, asked: Asked) -> Say:
        if b"refresh_token=identity-s3cret" not in asked.body.split(b"&"):
            return error(401, "UNAUTHORIZED")
        return document({"access_token": "token-of-anna"})

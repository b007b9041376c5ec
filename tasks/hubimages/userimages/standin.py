"""Runs beside a user image's server, standing alone: the hub that it reports to, and its first guest.

Given one JSON argument, {"prefix", "user", "token", "version", "seconds"}, prints two lines of JSON:
whether the home folder takes a file, and what the server answers. The standard library only, and
nothing newer than Python 3.8, since this runs on the image's Python.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

HUB = ("127.0.0.1", 8081)
SERVER = ("127.0.0.2", 8888)  # what listens on 127.0.0.1 alone, nobody reaches in its pod
LOOPBACK = ("127.0.0.1", 8888)
PATIENCE = 15.0  # seconds for one answer
FILES = "api/contents"  # what every Jupyter server has, and shows to its owner alone
HOPS = 10  # redirects to follow


class Hub(BaseHTTPRequestHandler):
    """Answers what servers of JupyterHub 1 to 5 ask of their hub."""

    wanted: ClassVar[dict[str, Any]] = {}

    def do_GET(self) -> None:
        """Answer a question."""
        path = urlsplit(self.path).path.rstrip("/")
        token = self.wanted["token"]
        if path == "/hub/api":
            self.answer(200, {"version": self.wanted["version"]})
        elif path == "/hub/api/user":
            known = self.headers.get("Authorization", "").rpartition(" ")[2] == token
            self.answer(200, self.person()) if known else self.answer(403, {"status": 403})
        elif path == f"/hub/api/authorizations/token/{token}":  # as before JupyterHub 2
            self.answer(200, self.person())
        else:
            self.answer(404, {"status": 404})

    def do_POST(self) -> None:
        """Take notice of activity."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        active = urlsplit(self.path).path.endswith("/activity")
        self.answer(200 if active else 404, {})

    def person(self) -> dict[str, Any]:
        """Return who owns the token, as the hub's API says it."""
        name = self.wanted["user"]
        scopes = [f"access:servers!user={name}", f"read:users!user={name}"]
        return {
            "kind": "user",
            "name": name,
            "admin": False,
            "groups": [],
            "server": self.wanted["prefix"],
            "scopes": scopes,
        }

    def answer(self, status: int, content: dict[str, Any]) -> None:
        """Send JSON, with the version that a server compares with its own."""
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("X-JupyterHub-Version", self.wanted["version"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: standard output holds the report."""


def home() -> dict[str, Any]:
    """Say whether the home folder takes a file."""
    path = os.environ.get("HOME", "")
    try:
        with tempfile.NamedTemporaryFile(dir=path):
            return {"path": path, "error": None}
    except OSError as error:
        return {"path": path, "error": error.strerror or str(error)}


def get(
    path: str,
    token: str = "",
    patience: float = PATIENCE,
    cookies: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return status, where it leads and the version that it names, or why there is no answer.

    Cookies, by their names, are sent, and those that the server sets are added.
    """
    connection = http.client.HTTPConnection(*SERVER, timeout=patience)
    try:
        headers = {"Authorization": f"token {token}"} if token else {}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        reply.read1(65536)  # once, since some bodies never end
        if cookies is not None:
            given = reply.headers.get_all("Set-Cookie") or []
            cookies.update(one.partition(";")[0].partition("=")[::2] for one in given)
        leads = reply.getheader("Location")
        version = reply.getheader("X-JupyterHub-Version")
        return {"status": reply.status, "leads": leads, "version": version, "path": path}
    except socket.timeout:  # noqa: UP041 - two classes before Python 3.10
        return {"status": None, "why": "silent", "path": path}
    except ConnectionRefusedError:
        return {"status": None, "why": "closed", "path": path}
    except (OSError, ValueError, http.client.HTTPException) as error:
        return {"status": None, "why": f"{type(error).__name__}: {error}", "path": path}
    finally:
        connection.close()


def follow(prefix: str, token: str) -> dict[str, Any]:
    """Return what is at the end of the redirects that stay below a prefix; in a circle, one of them."""
    cookies: dict[str, str] = {}
    end = time.monotonic() + PATIENCE
    answer = get(prefix, token, cookies=cookies)
    for _ in range(HOPS):
        try:
            at = urlsplit(urljoin(answer["path"], answer.get("leads") or ""))
        except ValueError:
            break
        redirected = answer["status"] in range(300, 400) and at.path.startswith(prefix)
        if not redirected or time.monotonic() > end:
            break
        path = at.path + (f"?{at.query}" if at.query else "")
        answer = get(path, token, cookies=cookies)
    return answer


def alone() -> bool:
    """Whether the server listens on 127.0.0.1, where no proxy reaches it."""
    try:
        socket.create_connection(LOOPBACK, timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def visit(wanted: dict[str, Any]) -> dict[str, Any]:
    """Ask the server for its prefix until it answers or time is up, then look around."""
    start = time.monotonic()
    prefix = wanted["prefix"]
    while True:
        front = get(prefix, patience=min(PATIENCE, wanted["seconds"]))
        if front["status"] is not None and front["status"] < 500:
            break
        if time.monotonic() > start + wanted["seconds"]:
            if front.get("why") == "closed" and alone():
                front["why"] = "loopback"
            return {"front": front, "seconds": time.monotonic() - start}
        time.sleep(0.1)
    return {
        "seconds": time.monotonic() - start,
        "front": front,
        "page": follow(prefix, wanted["token"]),
        "guest": get(prefix + FILES),
        "owner": get(prefix + FILES, wanted["token"]),
        "root": get("/"),
    }


def main(wanted: dict[str, Any]) -> None:
    """Be the hub while the server is asked."""
    Hub.wanted = wanted
    hub = ThreadingHTTPServer(HUB, Hub)
    hub.daemon_threads = True
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"home": home()}) + "\n")
    sys.stdout.flush()
    sys.stdout.write(json.dumps(visit(wanted)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from origins import PYPROJECT, Origin, Serve, serving


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    """A repository whose default branch is `trunk`, with the package `hub-thing` in it."""
    path = tmp_path / "served" / "team" / "thing"
    path.mkdir(parents=True)
    made = Origin(path)
    made.git("init", "--quiet", "--initial-branch=trunk")
    made.commit("first", pyproject_toml=PYPROJECT.format("Hub_Thing"))
    return made


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server on loopback that answers every request like this; gives its address."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serving(answer))


@pytest.fixture
def host(tmp_path: Path, serve: Serve) -> str:
    """A host on loopback that serves the repositories in tmp_path/served, as GitHub would."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        path, _, query = request.path.partition("?")
        length = int(request.headers.get("Content-Length") or 0)
        done = subprocess.run(
            ["git", "http-backend"],
            input=request.rfile.read(length),
            capture_output=True,
            check=True,
            env={
                **os.environ,
                "GIT_PROJECT_ROOT": str(tmp_path / "served"),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
                "REQUEST_METHOD": request.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": request.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            },
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        request.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return serve(answer)

"""What stands in the way of a build: a door in a RUN line, an engine or registry that goes."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import stack
from integration.running import LIMIT
from stack.web import Handler, serving


def refuse(faulty: stack.FaultyRegistry, status: int, where: str = "") -> None:
    """Have a registry answer with a status as a real one does."""
    basic = {"WWW-Authenticate": 'Basic realm="registry"'} if status == 401 else {}
    faulty.fail(status, where, headers={"Retry-After": "7", **basic})


def with_line(repo: stack.HubRepository, line: str, image: str = "hub") -> str:
    """Commit a line before the end of an image's Dockerfile, where it runs as root."""
    folder = image if repo.shape == "folders" else "hub"
    path = f"helm-charts/images/{folder}/Dockerfile"
    text = (repo.path / path).read_text()
    assert text.count("USER $NB_USER\n") == 1
    return repo.commit({path: text.replace("USER $NB_USER\n", f"{line}\nUSER $NB_USER\n")})


class Gate:
    """A context manager: `command` as a RUN line stops a build there until open() is called."""

    def __init__(self) -> None:
        self._arrived, self._opened = threading.Event(), threading.Event()
        self.arrivals = 0

    def __enter__(self) -> Gate:
        gate = self

        class Door(Handler):
            def do_GET(self) -> None:  # noqa: N802
                gate.arrivals += 1
                gate._arrived.set()
                gate._opened.wait(LIMIT)
                self.answer(200, {}, b"")

        self._serving = serving(Door)
        self.address = self._serving.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        self._serving.__exit__(None, None, None)

    @property
    def command(self) -> str:
        """What waits at the gate, in an image that has Python."""
        return f"python3 -c 'import urllib.request as u; u.urlopen(\"http://{self.address}/\")'"

    def reached(self) -> None:
        """Return once a build waits."""
        assert self._arrived.wait(LIMIT)

    def open(self) -> None:
        """Let through whoever waits and whoever comes."""
        self._opened.set()


class Line:
    """A context manager: a way to the engine, host for DOCKER_HOST, that cut() ends in the middle.

    To the docker command that is an engine which has stopped.
    """

    def __init__(self, engine: stack.Engine) -> None:
        self._target = engine.host.removeprefix("unix://")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept)]
        self.host = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Line:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        for thread in self._threads:
            thread.join()

    def cut(self) -> None:
        """End every connection and take no more."""
        with self._lock, suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(self._target)
            done = threading.Barrier(2, action=lambda c=client, e=engine: self._close(c, e))
            with self._lock:
                self._open |= {client, engine}
            for source, sink in ((client, engine), (engine, client)):
                thread = threading.Thread(target=self._pass, args=(source, sink, done))
                self._threads.append(thread)
                thread.start()

    def _pass(self, source: socket.socket, sink: socket.socket, done: threading.Barrier) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        done.wait()

    def _close(self, *ends: socket.socket) -> None:
        with self._lock:
            self._open -= set(ends)
        for end in ends:
            end.close()

"""Running hubimages as a person does, and looking at what it leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import stack
from stack.engine import processes
from stack.web import Handler, serving

T = TypeVar("T")
HERE = Path(sys.executable).parent
VALUES = "helm-charts/basehub/values.yaml"
CHART = "helm-charts/basehub/Chart.yaml"
STAGING = "config/clusters/example/staging.values.yaml"
LIMIT = 120.0  # seconds; no command here takes a quarter of it


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.stdout)

    def ok(self) -> Ran:
        """Return this, having made sure that the command did its work."""
        assert self.code == 0, self.stderr
        return self

    def failed(self, *wanted: str, code: int = 1) -> Ran:
        """Return this, having made sure that it failed, naming the wanted (regular expressions)."""
        assert self.code == code, self.stderr
        assert "bug in hubimages" not in self.stderr
        for pattern in wanted:
            assert re.search(pattern, self.stderr), f"no {pattern!r} in:\n{self.stderr}"
        return self


class Running:
    """A command that runs; its standard error is read line by line as it comes.

    A context manager, which kills what has not ended by itself.
    """

    def __init__(
        self,
        repo: stack.HubRepository,
        *words: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        program: str = "hubimages",
    ) -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._child = subprocess.Popen(
            [str(HERE / program), *words],
            cwd=cwd or repo.path,
            env={**os.environ, "TMPDIR": str(temporary(repo)), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._out = ""
        self._readers = [
            threading.Thread(target=self._read_out),
            threading.Thread(target=self._read_err),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait(LIMIT)
        for reader in self._readers:
            reader.join(LIMIT)

    @property
    def pid(self) -> int:
        """Of the process, which leads its group."""
        return self._child.pid

    @property
    def stderr(self) -> str:
        """All that it has written to standard error so far."""
        return "".join(self._lines)

    def wait_for(self, pattern: str) -> Running:
        """Return once a line of standard error matches."""
        with self._changed:
            found = self._changed.wait_for(
                lambda: (
                    re.search(pattern, self.stderr, re.MULTILINE) or self._child.poll() is not None
                ),
                LIMIT,
            )
        assert found, f"{pattern!r} did not come:\n{self.stderr}"
        assert re.search(pattern, self.stderr, re.MULTILINE), self.stderr
        return self

    def until(self, reached: Callable[[], bool], what: str) -> None:
        """Return once the command has come that far."""
        end = time.monotonic() + LIMIT
        while not reached():
            assert self._child.poll() is None, f"ended before {what}:\n{self.stderr}"
            assert time.monotonic() < end, f"{what} did not come:\n{self.stderr}"
            time.sleep(0.02)

    def signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the command, or to all of its process group as a terminal does."""
        if group:
            os.killpg(self.pid, number)
        else:
            self._child.send_signal(number)

    def end(self, timeout: float = LIMIT) -> Ran:
        """Wait for its end."""
        self._child.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return Ran(self._child.returncode, self._out, self.stderr)

    def killed(self) -> None:
        """Kill it outright, alone: what it started lives on, as after the kernel's own kill."""
        self.signal(signal.SIGKILL)
        self._child.wait(LIMIT)

    def _read_out(self) -> None:
        assert self._child.stdout
        with self._child.stdout as stream:
            self._out = stream.read()

    def _read_err(self) -> None:
        assert self._child.stderr
        with self._child.stderr as stream:
            for line in stream:
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


def hubimages(
    repo: stack.HubRepository,
    *words: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    program: str = "hubimages",
) -> Ran:
    """Run a command to its end, without a terminal."""
    with Running(repo, *words, cwd=cwd, env=env, program=program) as running:
        return running.end()


def temporary(repo: stack.HubRepository) -> Path:
    """Return the folder for temporary files of commands in a repository: of this one alone."""
    folder = repo.path.parent / "tmp"
    folder.mkdir(exist_ok=True)
    return folder


def until(answer: Callable[[], T | None], what: str, seconds: float = 30) -> T:
    """Return the first answer that is not None; fail if none comes in time."""
    end = time.monotonic() + seconds
    while (found := answer()) is None:
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)
    return found


# --- the person's repository --------------------------------------------------------------------


def belongings(repo: stack.HubRepository) -> dict[str, object]:
    """Return all that is the person's: HEAD, index, stash, branches, configuration, every file."""
    inside = repo.path / ".git"
    files = {
        path.relative_to(repo.path).as_posix(): path.read_bytes()
        for path in sorted(repo.path.rglob("*"))
        if path.is_file() and not path.is_relative_to(inside)
    }
    return {
        **files,
        ".git/index": (inside / "index").read_bytes(),
        ".git/HEAD": (inside / "HEAD").read_text(),
        ".git/config": (inside / "config").read_text(),
        "refs": repo.git("for-each-ref"),
        "stash": repo.git("stash", "list"),
        "status": repo.git("--no-optional-locks", "status", "--porcelain"),
    }


def lived_in(repo: stack.HubRepository) -> dict[str, object]:
    """Give the clone a stash, staged and unstaged changes, edits in Chart.yaml; return it all."""
    (repo.path / "notes.txt").write_text("set aside\n")
    repo.git("stash", "--include-untracked", "--quiet")
    with (repo.path / CHART).open("a") as chart:
        chart.write("# my edit\n")
    (repo.path / "README.md").write_text("staged\n")
    repo.git("add", "README.md")
    (repo.path / "README.md").write_text("staged, and then changed\n")
    return belongings(repo)


def assert_nothing_left(repo: stack.HubRepository, engine: stack.Engine | None = None) -> None:
    """Assert that a command left no worktree, no scratch folder and no container of its own."""
    assert len(repo.git("worktree", "list").splitlines()) == 1
    assert scratch_folders(repo) == []
    if engine:
        assert proofs(repo, engine) == []


def scratch_folders(repo: stack.HubRepository) -> list[str]:
    """Return what commands left among the temporary files, locks apart."""
    found = temporary(repo).iterdir()
    return sorted(path.name for path in found if not path.name.startswith("hubimages-locks-"))


def proofs(repo: stack.HubRepository, engine: stack.Engine, *, started: bool = False) -> list[str]:
    """Return the containers in which images of a repository are being proven.

    started leaves out those that are only made; whose docker command ends just then remain.
    """
    words = ["ps", "--format", "{{.Names}}", "--filter", "name=hubimages-proof-"]
    ours = [word for image in images_of(repo, engine) for word in ("--filter", f"ancestor={image}")]
    every = [] if started else ["--all"]
    return engine.docker(*words, *every, *ours).stdout.split() if ours else []


def relatives(repo: stack.HubRepository) -> dict[int, str]:
    """Return the programs that still work for commands in a repository: git, chartpress, docker."""
    found = {}
    for pid, (_, args) in processes().items():
        with suppress(OSError):
            folder = Path(f"/proc/{pid}/cwd").readlink()
            if folder.is_relative_to(repo.path.parent) or repo.prefix in args:
                found[pid] = args
    return found


# --- faults ----------------------------------------------------------------------------


def refuse(faulty: stack.FaultyRegistry, status: int, where: str = "") -> None:
    """Have a registry answer with a status as a real one does."""
    basic = {"WWW-Authenticate": 'Basic realm="registry"'} if status == 401 else {}
    faulty.fail(status, where, headers={"Retry-After": "7", **basic})


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


def with_line(repo: stack.HubRepository, line: str, image: str = "hub") -> str:
    """Commit a line before the end of an image's Dockerfile, where it runs as root."""
    folder = image if repo.shape == "folders" else "hub"
    path = f"helm-charts/images/{folder}/Dockerfile"
    text = (repo.path / path).read_text()
    assert text.count("USER $NB_USER\n") == 1
    return repo.commit({path: text.replace("USER $NB_USER\n", f"{line}\nUSER $NB_USER\n")})


def images_of(repo: stack.HubRepository, engine: stack.Engine) -> list[str]:
    """Return NAME:TAG of all that the engine has of a repository's images."""
    form = "{{.Repository}}:{{.Tag}}"
    words = ("images", "--format", form, "--filter", f"reference={repo.prefix}*")
    found = engine.docker(*words).stdout.split()
    return sorted(name for name in found if not name.endswith(":<none>"))


def in_registry(
    registry: stack.Registry, repo: stack.HubRepository, image: str = "hub"
) -> list[str]:
    """Return the tags that a registry has of an image."""
    return registry.tags(repo.image(image).partition("/")[2])


def digest(registry: stack.Registry, name: str, tag: str) -> str | None:
    """Return what a registry says is the digest of NAME:TAG."""
    return registry.digest(name.partition("/")[2], tag)


def labels(registry: stack.Registry, name: str, tag: str) -> dict[str, str]:
    """Return the labels of an image, from the registry alone."""
    repository = name.partition("/")[2]
    manifest = json.loads(registry.ask("GET", f"/v2/{repository}/manifests/{tag}")[2])
    config = registry.ask("GET", f"/v2/{repository}/blobs/{manifest['config']['digest']}")[2]
    return dict(json.loads(config)["config"]["Labels"])


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

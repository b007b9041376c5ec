"""Running hubimages as a person does, and looking at what it leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
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
        assert "Traceback" not in self.stderr
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
            threading.Thread(target=self._read_out), threading.Thread(target=self._read_err)
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
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
                lambda: re.search(pattern, self.stderr, re.MULTILINE) or self._child.poll() is not None,
                LIMIT,
            )
        assert found, f"{pattern!r} did not come:\n{self.stderr}"
        assert re.search(pattern, self.stderr, re.MULTILINE), self.stderr
        return self

    def signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the command, or to all of its process group as a terminal does."""
        (os.killpg if group else os.kill)(self.pid, number)

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


def assert_nothing_left(repo: stack.HubRepository, engine: stack.Engine | None = None) -> None:
    """Assert that a command left no worktree, no scratch folder and no container of its own."""
    assert len(repo.git("worktree", "list").splitlines()) == 1
    assert scratch_folders(repo) == []
    if engine:
        assert proofs(engine) == []


def scratch_folders(repo: stack.HubRepository) -> list[str]:
    """Return what commands left among the temporary files, locks apart."""
    found = temporary(repo).iterdir()
    return sorted(path.name for path in found if not path.name.startswith("hubimages-locks-"))


def proofs(engine: stack.Engine) -> list[str]:
    """Return the containers in which an image is being proven."""
    words = ("ps", "--all", "--filter", "name=hubimages-proof-", "--format", "{{.Names}}")
    return engine.docker(*words).stdout.split()


def relatives(repo: stack.HubRepository) -> dict[int, str]:
    """Return the programs that still work for commands in a repository: git, chartpress, docker."""
    found = {}
    for pid, (_, args) in processes().items():
        with suppress(OSError):
            folder = Path(f"/proc/{pid}/cwd").readlink()
            if folder.is_relative_to(repo.path.parent) or repo.prefix in args:
                found[pid] = args
    return found


# --- a door for builds ----------------------------------------------------------------------------


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
    return sorted(engine.docker(*words).stdout.split())


def in_registry(registry: stack.Registry, repo: stack.HubRepository, image: str = "hub") -> list[str]:
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

"""Commands run in this process, as `hubimages …` runs them, and in one of their own with a docker
that is a script."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import hubs
from hubimages.commands import boundary, namespace
from hubimages.commands.program import Hubimages
from hubs import Hubs
from tests.registry.fake import Asked, Fake, Say

HERE = Path(__file__).parent
PROGRAM = (sys.executable, "-c", "from hubimages.commands.program import main; main()")


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run a command in this process, in a folder: invoke(folder, *words)."""
    handlers = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)}

    def run(folder: Path, *words: str) -> Ran:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(boundary.console, "stream", sys.stderr)
        code = 0
        try:
            Hubimages(name="hubimages", binary="hubimages", namespace=namespace).run(
                ["hubimages", *words]
            )
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    yield run
    for name, handler in handlers.items():
        signal.signal(name, handler)


@dataclass
class Machine:
    """A repository with its engine, a script, and its registry, on loopback."""

    repo: Hubs
    fake: Fake
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, cwd: Path | None = None, **environ: str) -> Ran:
        """Run hubimages in a process of its own, without a terminal."""
        done = subprocess.run(
            [*PROGRAM, *words],
            cwd=cwd or self.repo.path,
            env={**os.environ, **self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def did(self) -> list[str]:
        """Return what docker was asked to do, by its first word."""
        log = self.folder / "log"
        return log.read_text().split() if log.exists() else []


def pushed(fake: Fake, asked: Asked) -> Say:
    """Take what the script pushes: the tag and the image's configuration."""
    said = json.loads(asked.body)
    fake.image(said["tag"], config=said["config"])
    return Say(201)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    fake = Fake()
    fake.routes["POST /pushed"] = lambda asked: pushed(fake, asked)
    upload = "/v2/org/hub/blobs/uploads/"
    fake.routes[f"POST {upload}"] = Say(202, headers={"Location": f"{upload}1"})
    fake.routes[f"DELETE {upload}1"] = Say(204)
    folder = tmp_path / "machine"
    (folder / "bin").mkdir(parents=True)
    docker = folder / "bin" / "docker"
    docker.write_text(f"#!{sys.executable}\n{(HERE / 'fakedocker.py').read_text()}")
    docker.chmod(0o755)
    made = Machine(hubs.make(tmp_path / "hubs", name=f"{fake.host}/org/"), fake, folder)
    made.environ = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "FAKE_DOCKER": str(folder),
        "FAKE_REGISTRY": fake.url,
        "PYTHONPATH": str(Path(boundary.__file__).parents[2]),
        "TMPDIR": str(folder),
    }
    yield made
    fake.close()

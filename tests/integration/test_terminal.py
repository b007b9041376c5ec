"""build-hub on a terminal: what it asks, and Ctrl-C as the terminal sends it."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

import stack
from integration.running import HERE, LIMIT, temporary, until
from integration.support import assert_nothing_left, belongings, images_of, in_registry, proofs

pytestmark = [
    pytest.mark.usefixtures("base_image"),
    pytest.mark.skipif(shutil.which("setsid") is None, reason="needs setsid (util-linux)"),
]
MakeHubs = Callable[..., stack.HubRepository]
ENTER, DOWN, CTRL_C = "\r", "\x1b[B", "\x03"


class Screen:
    """A command on a terminal of its own: shown is all that it wrote there, colours taken out."""

    def __init__(self, child: subprocess.Popen[str], master: int) -> None:
        self.child = child
        self._master = master
        self._written = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def shown(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._written.decode(errors="replace"))

    def wait_for(self, pattern: str) -> None:
        """Return once the pattern is on the screen."""
        end = time.monotonic() + LIMIT
        while not re.search(pattern, self.shown):
            assert self.child.poll() is None, self.shown
            assert time.monotonic() < end, self.shown
            time.sleep(0.02)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def end(self) -> tuple[int, str]:
        """Wait for the end; return exit code and standard output."""
        out, _ = self.child.communicate(timeout=LIMIT)
        self._reader.join(LIMIT)
        return self.child.returncode, out

    def _read(self) -> None:
        with suppress(OSError):  # the terminal is closed on the other side
            while data := os.read(self._master, 1 << 14):
                self._written += data


@contextmanager
def terminal(repo: stack.HubRepository, *words: str) -> Iterator[Screen]:
    """Run hubimages with a terminal as its standard input and error."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(master, (50, 200))
    env = {**os.environ, "TMPDIR": str(temporary(repo)), "TERM": "xterm"}
    with subprocess.Popen(
        ["setsid", "--ctty", "--wait", str(HERE / "hubimages"), *words],
        cwd=repo.path,
        env=env,
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
    ) as child:
        os.close(slave)
        screen = Screen(child, master)
        try:
            yield screen
        finally:
            child.kill()
            child.wait(LIMIT)
            screen._reader.join(LIMIT)
            os.close(master)


def test_asks_which_image_and_whether_to_push(
    make_hub_repo: MakeHubs, engine: stack.Engine, registry: stack.Registry
) -> None:
    repo = make_hub_repo()
    before = belongings(repo)
    with terminal(repo, "build-hub") as screen:
        screen.wait_for(r"Which image\?(.|\s)*hub-experimental \(experimental")
        assert "every hub gets it" in screen.shown
        screen.type(ENTER)
        screen.wait_for(r"Push it once it is proven\?(.|\s)*yes: push it to")
        screen.type(DOWN + ENTER)
        code, out = screen.end()
    assert (code, out) == (0, ""), screen.shown
    (tag,) = in_registry(registry, repo, "hub-experimental")
    assert f"experiment.try --hub CLUSTER/HUB --image hub-experimental --tag {tag}" in screen.shown
    assert belongings(repo) == before
    assert images_of(repo, engine) == [f"{repo.image('hub-experimental')}:{tag}"]


def test_asks_about_what_is_not_committed(make_hub_repo: MakeHubs, engine: stack.Engine) -> None:
    repo = make_hub_repo()
    (repo.path / "helm-charts/images/hub/extra.txt").write_text("not in the build\n")
    with terminal(repo, "build-hub", "--image", "hub") as screen:
        screen.wait_for("Go on with the commit, without them")
        assert "images/hub/extra.txt" in screen.shown
        screen.type("n")
        code, _ = screen.end()
    assert code == 1
    assert images_of(repo, engine) == []


@pytest.mark.parametrize("step", ["Which image", "build", "prove", "push"])
def test_ctrl_c(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry, step: str
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    before = belongings(repo)
    faulty.hang("^PUT .*/manifests/")
    words = () if step == "Which image" else ("--image", "hub", "--push")
    with terminal(repo, "build-hub", *words) as screen:
        screen.wait_for(rf"{step}\?" if not words else f"▸ {step}")
        if step == "prove":
            until(lambda: proofs(repo, engine, started=True) or None, "the proof")
        if step == "push":
            until(lambda: faulty.count("^PUT .*/manifests/") or None, "the manifest")
        screen.type(CTRL_C)
        code, out = screen.end()
    assert (code, out) == (130, ""), screen.shown
    assert "Interrupted" in screen.shown
    kept = "built .*hub:" if step in {"prove", "push"} else "Nothing had been changed"
    assert re.search(kept, screen.shown)
    assert belongings(repo) == before
    until(lambda: proofs(repo, engine) == [] or None, "the end of the proof")
    assert_nothing_left(repo, engine)

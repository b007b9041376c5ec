"""build-hub killed, interrupted or cut off from its engine, at every step of its way."""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

import stack
from integration.obstacles import Gate, Line, with_line
from integration.running import Running, hubimages, until
from integration.support import (
    VALUES,
    assert_nothing_left,
    belongings,
    digest,
    images_of,
    lived_in,
    proofs,
    relatives,
)

pytestmark = pytest.mark.usefixtures("base_image")
PUSH = ("build-hub", "--image", "hub", "--push", "--json")
UPLOAD = "^POST .*/blobs/uploads/"
MANIFEST = "^PUT .*/manifests/"


@dataclass(frozen=True)
class Place:
    """A repository of the production image, with what can hold a build up on its way."""

    repo: stack.HubRepository
    engine: stack.Engine
    faulty: stack.FaultyRegistry
    gate: Gate

    def request(self, pattern: str, running: Running) -> None:
        """Return once the registry was asked."""
        running.until(lambda: self.faulty.count(pattern) > 0, pattern)

    def container(self, running: Running) -> None:
        """Return once the image is being proven."""
        running.until(lambda: proofs(self.repo, self.engine, started=True) != [], "the proof")


@pytest.fixture
def place(
    make_hub_repo: Callable[..., stack.HubRepository],
    engine: stack.Engine,
    faulty: stack.FaultyRegistry,
) -> Iterator[Place]:
    repo = make_hub_repo(registry=faulty.address)
    with Gate() as gate:
        yield Place(repo, engine, faulty, gate)


# --- points on the way: what holds the build up there, and how it is known to have come there ------

Arrive = Callable[[Place, Running], None]


def line(pattern: str) -> tuple[Callable[[Place], None], Arrive]:
    return lambda place: None, lambda place, running: running.wait_for(pattern) and None


def request(pattern: str) -> tuple[Callable[[Place], None], Arrive]:
    return lambda place: place.faulty.hang(pattern), lambda place, running: place.request(
        pattern, running
    )


def in_a_run(place: Place) -> None:
    with_line(place.repo, f"RUN {place.gate.command}")


def in_a_hook(place: Place) -> None:
    """Have the commit wait in the person's own pre-commit hook."""
    hook = place.repo.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    command = place.gate.command.replace("python3", str(Path(os.sys.executable)))
    hook.write_text(f"#!/bin/sh\n{command}\n")
    hook.chmod(0o755)


POINTS: dict[str, tuple[Callable[[Place], None], Arrive]] = {
    "look": line("▸ look"),
    "preflight": line("▸ preflight"),
    "asking for the tag": request("^(HEAD|GET) .*/manifests/"),
    "asking for push rights": request(UPLOAD),
    "build": line("▸ build"),
    "chartpress": line(r"\$ .*chartpress"),
    "a RUN line": (in_a_run, lambda place, _: place.gate.reached()),
    "prove": line("▸ prove"),
    "the hub starting": (lambda place: None, lambda place, running: place.container(running)),
    "push": line("▸ push"),
    "docker push": line(r"\$ docker push"),
    "the manifest": request(MANIFEST),
    "record": line("▸ record"),
    "the commit": (in_a_hook, lambda place, _: place.gate.reached()),
}


def assert_as_before(repo: stack.HubRepository, before: dict[str, object], *, point: str) -> None:
    """Assert that the person's things are as they were, but for the record where that was reached."""
    after = belongings(repo)
    if point not in {"record", "the commit"} or after == before:
        assert after == before
        return
    said = after[VALUES]
    assert isinstance(said, bytes)
    assert said == before[VALUES] or re.search(rb'tag: "?0\.0\.1-0\.dev\.git', said)
    assert len(said.splitlines()) == len(bytes(before[VALUES]).splitlines())  # type: ignore[call-overload]
    changed = {key for key in before if after.get(key) != before[key]}
    assert changed <= {VALUES, ".git/index", "refs", "status"}
    assert repo.git("diff", "--cached", "--name-only", "HEAD") in {
        "README.md",
        f"README.md\n{VALUES}",
    }


@pytest.mark.parametrize("point", POINTS)
def test_killed(place: Place, point: str) -> None:
    hold, arrive = POINTS[point]
    hold(place)
    before = lived_in(place.repo)
    with Running(place.repo, *PUSH) as running:
        arrive(place, running)
        running.killed()
    place.gate.open()
    place.faulty.heal()
    until(lambda: index_is_free(place.repo), "git's own end")
    assert_as_before(place.repo, before, point=point)

    assert_next_run_does_the_rest(place, before)


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_time(place: Place, seed: int) -> None:
    before = lived_in(place.repo)
    with Running(place.repo, *PUSH) as running:
        with suppress(TimeoutExpired):
            running.end(random.Random(seed).uniform(0.2, 5))
        running.killed()
    until(lambda: index_is_free(place.repo), "git's own end")
    assert_as_before(place.repo, before, point="record")

    assert_next_run_does_the_rest(place, before)


def index_is_free(repo: stack.HubRepository) -> bool | None:
    return None if (repo.path / ".git/index.lock").exists() else True


def assert_next_run_does_the_rest(place: Place, before: dict[str, object]) -> None:
    repo = place.repo
    done = hubimages(repo, *PUSH).ok().json
    assert done["digest"] == digest_of(place, done)
    assert f'"{done["tag"]}"' in (repo.path / VALUES).read_text()
    assert repo.git("log", "--format=%s", "--", VALUES).count("\n") == 1  # recorded just once
    assert repo.git("show", "--name-only", "--format=", "HEAD") == VALUES
    after = belongings(repo)
    same = set(before) - {".git/index", "refs", VALUES}
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    until(lambda: proofs(repo, place.engine) == [] or None, "the end of the killed run's container")
    assert_nothing_left(repo, place.engine)


def digest_of(place: Place, done: dict[str, str]) -> str | None:
    registry = stack.Registry(place.faulty.address, None, None)  # type: ignore[arg-type]
    return digest(registry, done["name"], done["tag"])


def test_killed_with_all_it_started_while_git_commits(place: Place) -> None:
    """git itself leaves index.lock then, and nobody but the person may say that it is stale."""
    in_a_hook(place)
    before = lived_in(place.repo)
    with Running(place.repo, *PUSH) as running:
        place.gate.reached()
        running.signal(signal.SIGKILL, group=True)
        running.end()
    place.gate.open()
    lock = place.repo.path / ".git/index.lock"
    assert lock.exists()

    hubimages(place.repo, *PUSH).failed("index.lock", "→")

    lock.unlink()
    assert_next_run_does_the_rest(place, before)


# --- Ctrl-C and SIGTERM ------------------------------------------------------------------------------

STOPS: dict[str, Callable[[Running], None]] = {
    "Ctrl-C": lambda running: running.signal(signal.SIGINT, group=True),
    "SIGTERM": lambda running: running.signal(signal.SIGTERM),
}
MIDDLES = {
    "preflight": (POINTS["asking for push rights"], "Nothing had been changed"),
    "build": (POINTS["a RUN line"], "Nothing had been changed"),
    "prove": (POINTS["the hub starting"], "built .*hub:"),
    "push": (POINTS["the manifest"], "built .*hub:.*proved"),
    "record": (POINTS["the commit"], "pushed .*hub:"),
}


@pytest.mark.parametrize("middle", MIDDLES)
@pytest.mark.parametrize("stop", STOPS)
def test_interrupted(place: Place, stop: str, middle: str) -> None:
    (hold, arrive), said = MIDDLES[middle]
    hold(place)
    before = lived_in(place.repo)
    with Running(place.repo, *PUSH) as running:
        arrive(place, running)
        STOPS[stop](running)
        done = running.end()
    done.failed("Interrupted", said, code=130)
    assert done.stdout == ""
    after = belongings(place.repo)
    assert {**after, ".git/index": b""} == {**before, ".git/index": b""}
    if middle == "record":
        place.gate.open()  # the hook is the person's own, and not ended
    until(lambda: relatives(place.repo) == {} or None, "the end of all that was started")
    until(lambda: proofs(place.repo, place.engine) == [] or None, "the end of the proof")
    assert_nothing_left(place.repo, place.engine)
    if middle == "build":
        assert images_of(place.repo, place.engine) == []


# --- the engine ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("middle", ["build", "prove", "push"])
def test_engine_stopped(place: Place, middle: str) -> None:
    (hold, arrive), _ = MIDDLES[middle]
    hold(place)
    before = lived_in(place.repo)
    with Line(place.engine) as way, Running(place.repo, *PUSH, env={"DOCKER_HOST": way.host}) as it:
        arrive(place, it)
        way.cut()
        it.end().failed("[Dd]ocker (engine|daemon)", "start it")
    assert belongings(place.repo) == before
    place.gate.open()
    place.faulty.heal()

    assert_next_run_does_the_rest(place, before)


def test_no_engine(place: Place) -> None:
    before = lived_in(place.repo)
    gone = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    ran = hubimages(place.repo, *PUSH, env=gone).failed("engine does not answer", "start it")
    assert "▸ build" not in ran.stderr
    assert belongings(place.repo) == before

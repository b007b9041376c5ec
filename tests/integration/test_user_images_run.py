"""user-image.check on the real stack: one image that can serve, and one unfit in each way."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import stack
from integration.obstacles import Line
from integration.running import Running, hubimages, temporary
from stack.userimages import KINDS, Kind, user_image

NAME = "user-image"
STAGING = "config/clusters/example/staging.values.yaml"
Point = dict[str, Any]


@pytest.fixture(scope="module")
def shelf(engine: stack.Engine, registry: stack.Registry) -> Iterator[str]:
    """What the images' names begin with in the registry; the tag is the kind and a number."""
    name = f"{registry.address}/{NAME}"
    for kind in KINDS:
        push(engine, user_image(engine, kind), f"{name}:{kind}-1")
    push(engine, user_image(engine, "arm64"), f"{name}:latest")  # not run, so that it takes no time
    yield name
    engine.remove_images(f"{name}*")


def push(engine: stack.Engine, image: str, name: str) -> None:
    engine.docker("tag", image, name)
    engine.docker("push", "--quiet", name)


@pytest.fixture
def repo(make_hub_repo: Callable[..., stack.HubRepository]) -> stack.HubRepository:
    return make_hub_repo()


@pytest.fixture(autouse=True)
def nothing_left(engine: stack.Engine, repo: stack.HubRepository) -> Iterator[None]:
    """Assert that a test leaves no container, no volume and no network."""
    before = apart(engine)
    yield
    assert checks(engine, repo) == []
    assert apart(engine) <= before


def apart(engine: stack.Engine) -> set[str]:
    """Return the engine's volumes and networks."""
    listed = (engine.docker(kind, "ls", "--quiet").stdout for kind in ("volume", "network"))
    return set(" ".join(listed).split())


def checks(engine: stack.Engine, repo: stack.HubRepository, *, running: bool = False) -> list[str]:
    """Return the containers of checks in a repository, known by where their lock is."""
    form = '{{.Names}} {{.Label "hubimages.lock"}}'
    words = ("ps", "--filter", "name=hubimages-check-", "--format", form)
    lines = engine.docker(*words, *(() if running else ("--all",))).stdout.splitlines()
    return sorted(line.split()[0] for line in lines if str(temporary(repo)) in line)


def points(document: dict[str, Any]) -> dict[str, Point]:
    return {check["name"]: check for check in document["checks"]}


def test_an_image_that_can_serve(repo: stack.HubRepository, shelf: str, base_image: str) -> None:
    ran = hubimages(repo, "user-image.check", "--ref", f"{shelf}:fit-1", "--json").ok()
    found = points(ran.json)
    assert ran.json["digest"].startswith("sha256:")
    assert [name for name, point in found.items() if point["ok"] is not True] == []
    assert "200 at /user/ada/" in found["serves"]["detail"]
    assert f"in {base_image}" in found["jupyterhub-version"]["detail"]
    assert "repo2docker 2024.07.0" in found["built-by"]["detail"]


UNFIT: dict[Kind, tuple[str, str]] = {
    "hubless": ("singleuser", "not on the PATH"),
    "root-only": ("singleuser", "uid 1000 cannot run /opt/hub/bin/jupyterhub-singleuser"),
    "in-home": ("singleuser", "in the home folder"),
    "homeless": ("home", "cannot write to its home folder /srv/other: Permission denied"),
    "old": ("jupyterhub-version", "4."),
    "arm64": ("platform", "for linux/arm64, not for linux/amd64"),
    "hanging": ("serves", "takes connections on port 8888 and does not answer"),
    "loopback": ("serves", "listens on 127.0.0.1 alone"),
    "prefixless": ("serves", "404 at /user/ada/, and 200 at /. It ignores its prefix"),
    "broken": ("serves", "exit code 3. Its log ends with:\n      no module named lab"),
    "open": ("login", "to anybody"),
}
SILENT = {"hanging", "loopback"}  # those that are waited for in vain
TOO = {"root-only": {"user"}, "homeless": {"serves"}}


def test_each_kind_is_tried() -> None:
    assert {"fit", *UNFIT} == set(KINDS)


@pytest.mark.parametrize("kind", UNFIT)
def test_an_image_that_cannot(repo: stack.HubRepository, shelf: str, kind: Kind) -> None:
    words = ("--ref", f"{shelf}:{kind}-1", "--seconds", "4" if kind in SILENT else "60")
    ran = hubimages(repo, "user-image.check", *words, "--json").failed()
    found = points(ran.json)
    name, said = UNFIT[kind]
    assert {key for key, point in found.items() if point["ok"] is False} == {name} | TOO.get(
        kind, set()
    )
    assert said in found[name]["detail"]
    assert " → " in found[name]["detail"]
    assert "\x1b" not in ran.stdout


def test_a_moving_tag(repo: stack.HubRepository, shelf: str) -> None:
    ran = hubimages(repo, "user-image.check", "--ref", f"{shelf}:latest", "--json").failed()
    found = points(ran.json)
    assert [name for name, point in found.items() if point["ok"] is False] == ["platform", "tag"]


def test_a_private_registry(
    repo: stack.HubRepository,
    engine: stack.Engine,
    locked_registry: stack.Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged_in = stack.docker_config(tmp_path / "login", locked_registry.logins)
    monkeypatch.setenv("DOCKER_CONFIG", logged_in["DOCKER_CONFIG"])
    name = f"{locked_registry.address}/{NAME}:1.0"
    push(engine, user_image(engine, "arm64"), name)  # a small one: it is not run
    found = points(hubimages(repo, "user-image.check", "--ref", name, "--json").failed().json)
    assert (found["found"]["ok"], found["public"]["ok"]) == (True, False)

    logged_out = stack.docker_config(tmp_path / "nobody", {})
    ran = hubimages(repo, "user-image.check", "--ref", name, "--json", env=logged_out).failed()
    found = points(ran.json)
    assert (found["found"]["ok"], found["public"]["ok"]) == (None, False)
    engine.remove_images(f"{locked_registry.address}/*")


def test_all_images_of_a_hub(repo: stack.HubRepository, shelf: str) -> None:
    choices = f"""\
jupyterhub:
  singleuser:
    image:
      name: {shelf}
      tag: fit-1
    profileList:
      - display_name: Old
        kubespawner_override:
          image: {shelf}:hubless-1
      - display_name: Same
        kubespawner_override:
          image: {shelf}:fit-1
"""
    repo.commit({STAGING: choices})
    ran = hubimages(repo, "user-image.check", "--hub", "example/staging", "--json").failed()
    assert [one["ref"] for one in ran.json] == [f"{shelf}:fit-1", f"{shelf}:hubless-1"]
    version = points(ran.json[0])["jupyterhub-version"]
    assert version["ok"] is True
    assert "jupyterhub chart 4.3.3" in version["detail"]


# --- interruptions -----------------------------------------------------------------------------------


def hanging(shelf: str) -> tuple[str, ...]:
    return ("user-image.check", "--ref", f"{shelf}:hanging-1", "--seconds", "100")


def wait_for_the_server(engine: stack.Engine, repo: stack.HubRepository, running: Running) -> None:
    running.until(
        lambda: any(name.endswith("-server") for name in checks(engine, repo, running=True)),
        "the server",
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(
    repo: stack.HubRepository, engine: stack.Engine, shelf: str, number: signal.Signals
) -> None:
    with Running(repo, *hanging(shelf)) as running:
        wait_for_the_server(engine, repo, running)
        running.signal(number, group=number == signal.SIGINT)
        running.end().failed("Interrupted", "Nothing had been changed", code=130)
    assert checks(engine, repo) == []


def another(repo: stack.HubRepository, shelf: str) -> None:
    """Check another image, one that soon ends."""
    hubimages(repo, "user-image.check", "--ref", f"{shelf}:broken-1").failed()


def test_what_a_killed_run_left_is_removed_by_the_next_and_nothing_before_that(
    repo: stack.HubRepository, engine: stack.Engine, shelf: str
) -> None:
    with Running(repo, *hanging(shelf)) as running:
        wait_for_the_server(engine, repo, running)
        its = checks(engine, repo)
        assert len(its) == 2
        another(repo, shelf)
        assert checks(engine, repo) == its
        running.killed()
    assert checks(engine, repo) == its
    another(repo, shelf)
    assert checks(engine, repo) == []


def test_an_engine_that_stops_in_the_middle(
    repo: stack.HubRepository, engine: stack.Engine, shelf: str
) -> None:
    words = (*hanging(shelf), "--json")
    with Line(engine) as way, Running(repo, *words, env={"DOCKER_HOST": way.host}) as running:
        wait_for_the_server(engine, repo, running)
        way.cut()
        ran = running.end().ok()
    found = points(ran.json)
    assert found["found"]["ok"] is True
    assert found["serves"]["ok"] is None
    assert "engine" in found["serves"]["detail"]
    another(repo, shelf)  # removes what could not be removed then

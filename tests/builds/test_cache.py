"""The layer cache: where it is, what may be written, and that nothing about it fails a build."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import hubs
from hubimages.builds import cache
from hubimages.builds.builder import Builder
from hubimages.builds.cache import Cache
from hubimages.console import Console
from hubimages.engine import Engine
from hubimages.process import Completed
from hubimages.registry import NotThere, There, Unknown
from hubimages.userimages import newer
from hubs import FakeRegistry, Hubs, Recorder, said

OWN = "quay.io/example/hub-experimental:buildcache-linux-amd64"
PRODUCTION = "quay.io/example/hub:buildcache-linux-amd64"
INLINE = "--cache-to=type=inline"


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def engine(store: str = "overlay2", failing: str = "") -> Engine:
    def answer(argv: Sequence[str]) -> Completed:
        return said(argv, store, code=1 if argv[1] == failing else 0, stderr="denied")

    return Engine(Recorder(answer))


def find(
    repo: Hubs,
    answer: There | NotThere | Unknown,
    *,
    driver: str = "docker",
    store: str = "overlay2",
    push: bool = True,
    program: Any = "docker-buildx",
    wanted: bool = True,
) -> tuple[Cache, list[str]]:
    registry = FakeRegistry(answer=answer)
    plan = hubs.plan(repo, registry, push=push, cache=wanted)
    builder = Builder(program=program, driver=driver)
    warnings: list[str] = []
    found = cache.find(plan, builder, engine(store), registry, warnings.append)  # type: ignore[arg-type]
    return found, warnings


def test_without_the_flag_nobody_is_asked(repo: Hubs) -> None:
    assert find(repo, There("d"), wanted=False) == (Cache(), [])


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64/v8", "linux/arm/v7"])
def test_its_tag_is_no_version_of_the_image(repo: Hubs, platform: str) -> None:
    tag = cache.reference(repo.images.production, platform).tag
    assert tag
    assert newer.read(tag) is None


def test_engines_without_containerd_s_store_keep_it_in_the_image(repo: Hubs) -> None:
    reads = [f"--cache-from=type=registry,ref={ref}" for ref in (OWN, PRODUCTION)]
    found, warnings = find(repo, There("d"))
    assert found == Cache((*reads, INLINE), OWN)
    assert warnings == []


@pytest.mark.parametrize(
    "where",
    [
        {"driver": "docker-container"},
        {"driver": "remote"},
        {"store": "io.containerd.snapshotter.v1"},
    ],
)
def test_others_write_it_beside_the_image(repo: Hubs, where: dict[str, str]) -> None:
    found, _ = find(repo, NotThere(), **where)  # type: ignore[arg-type]
    (written,) = found.options
    assert written.startswith(f"--cache-to=type=registry,ref={OWN},mode=max,")
    assert "ignore-error=true" in written
    assert found.pushed_as == ""


@pytest.mark.parametrize("driver", ["docker", "remote"])
def test_without_push_the_registry_gets_nothing(repo: Hubs, driver: str) -> None:
    found, _ = find(repo, NotThere(), driver=driver, push=False)
    assert found.pushed_as == ""
    assert not [option for option in found.options if "--cache-to=type=registry" in option]


def test_a_registry_that_does_not_say_is_not_read_from(repo: Hubs) -> None:
    found, warnings = find(repo, Unknown("It answered 500."))
    assert found.options == (INLINE,)
    assert f"{OWN} is not read: It answered 500." in warnings[0]


def test_docker_build_may_know_no_cache(repo: Hubs) -> None:
    found, warnings = find(repo, There("d"), program="docker-build")
    assert found == Cache()
    assert "docker-buildx" in warnings[0]


@pytest.mark.parametrize("failing", ["tag", "push"])
def test_a_cache_that_is_not_taken_is_a_warning(failing: str) -> None:
    console = Console(stream=io.StringIO(), environ={})
    broken = engine(failing=failing)
    cache.push(Cache((), OWN), "quay.io/example/hub:1", broken, console)
    assert f"warning: the layer cache {OWN} was not written" in console.stream.getvalue()  # type: ignore[attr-defined]


def test_the_engine_forgets_the_cache_s_name() -> None:
    sound = engine()
    cache.push(Cache((), OWN), "n:1", sound, Console(stream=io.StringIO(), environ={}))
    assert [words[1:] for words in sound.run.ran] == [  # type: ignore[attr-defined]
        ["tag", "n:1", OWN],
        ["push", OWN],
        ["image", "rm", "--no-prune", OWN],
    ]

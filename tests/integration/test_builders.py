"""Building beyond this machine's engine, from a cold cache, and several images at once."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable, Iterator

import pytest

import stack
from hubimages.process import Processes
from integration.obstacles import Gate, with_line
from integration.running import Running, hubimages
from integration.support import (
    VALUES,
    assert_nothing_left,
    belongings,
    digest,
    images_of,
    in_registry,
    relatives,
)
from integration.test_build_hub import KEYS, chartpress_tag

pytestmark = pytest.mark.usefixtures("base_image")
MakeHubs = Callable[..., stack.HubRepository]
CACHE = "buildcache-linux-amd64"
EARLY = "RUN echo built-once && sleep 1"


@pytest.fixture(scope="module")
def second_engine(
    engine: stack.Engine, base_image: str, registry: stack.Registry
) -> Iterator[stack.Engine]:
    """Another engine, which has the base image and is reached through a docker context alone.

    It pulls the base image: of layers that were pulled, docker knows that the registry has them.
    """
    shared = f"{registry.address}/second/k8s-hub:base"
    engine.docker("tag", base_image, shared)
    engine.docker("push", "--quiet", shared)
    engine.remove_images(shared)
    with stack.Dockerd() as second:
        second.docker("pull", "--quiet", shared)
        second.docker("tag", shared, base_image)
        second.remove_images(shared)
        yield second


@pytest.fixture
def contexts(second_engine: stack.Engine) -> Iterator[None]:
    """The contexts `second`, `gone` and `silent`, and the builder `far`, of whom two do not answer."""
    run = Processes()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and says nothing
        port = silent.getsockname()[1]
        hosts = {"second": second_engine.host, "gone": "tcp://127.0.0.1:9"}
        for name, host in {**hosts, "silent": f"tcp://127.0.0.1:{port}"}.items():
            run(["docker", "context", "create", name, "--docker", f"host={host}"])
        run(["docker", "buildx", "create", "--name", "far", "--driver", "remote", hosts["gone"]])
        yield


def with_early_step(repo: stack.HubRepository, image: str = "hub") -> str:
    """Give an image a step that takes long and never changes; return its requirements' path."""
    dockerfile = f"helm-charts/images/{image}/Dockerfile"
    text = (repo.path / dockerfile).read_text().replace("COPY", f"{EARLY}\nCOPY", 1)
    repo.commit({dockerfile: text})
    return repo.requirements(image)


@pytest.mark.usefixtures("contexts")
def test_on_the_engine_of_a_context_and_from_a_cold_cache(
    make_hub_repo: MakeHubs,
    engine: stack.Engine,
    second_engine: stack.Engine,
    registry: stack.Registry,
) -> None:
    repo = make_hub_repo()
    requirements = with_early_step(repo)
    on_second = ("build-hub", "--image", "hub", "--builder-name", "second")

    points = {one["name"]: one for one in hubimages(repo, "doctor", "--json").json}
    assert points["docker context second"]["ok"] is True
    assert "linux/amd64" in points["docker context second"]["detail"]
    for name in ("docker context gone", "docker context silent", "buildx builder far"):
        assert points[name]["ok"] is None, points[name]
        assert points[name]["fix"]
    assert "linux/amd64, on a linux/amd64 engine" in points["builder"]["detail"]

    built = hubimages(repo, *on_second, "--cache", "--push", "--json").ok()

    tag = built.json["tag"]
    assert set(built.json) == KEYS
    assert tag == chartpress_tag(repo, "hub")
    assert built.json["digest"] == digest(registry, repo.image(), tag)
    assert in_registry(registry, repo) == [tag, CACHE]
    assert digest(registry, repo.image(), CACHE) == built.json["digest"]
    assert images_of(repo, second_engine) == [f"{repo.image()}:{tag}"]
    assert images_of(repo, engine) == []
    assert tag in (repo.path / VALUES).read_text()
    assert_nothing_left(repo, second_engine)

    second_engine.remove_images(f"{repo.prefix}*")
    second_engine.docker("builder", "prune", "--all", "--force")
    repo.commit({requirements: "# another line\n"})

    again = hubimages(repo, *on_second, "--cache", "--json").ok()

    assert again.json["built"] is True
    early = re.search(rf"(#\d+) \[.*\] {EARLY}", again.stderr)
    assert early
    assert f"{early[1]} CACHED" in again.stderr
    assert in_registry(registry, repo) == [tag, CACHE]  # read, not written
    assert digest(registry, repo.image(), CACHE) == built.json["digest"]

    second_engine.remove_images(f"{repo.prefix}*")


@pytest.mark.usefixtures("contexts")
def test_builders_that_are_not_there_or_do_not_answer(make_hub_repo: MakeHubs) -> None:
    repo = make_hub_repo()
    before = belongings(repo)
    named = ("build-hub", "--image", "hub", "--push", "--builder-name")

    hubimages(repo, *named, "nonesuch").failed("called nonesuch", "→ .*far.*gone, second, silent")
    hubimages(repo, *named, "gone").failed("engine of context gone does not answer", "→")

    assert belongings(repo) == before


def test_a_cache_that_is_refused_or_does_not_answer_changes_nothing(
    make_hub_repo: MakeHubs, registry: stack.Registry, faulty: stack.FaultyRegistry
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    faulty.fail(403, f"(GET|HEAD|PUT) .*/manifests/{CACHE}")

    ran = hubimages(repo, "build-hub", "--image", "hub", "--push", "--cache", "--json").ok()

    assert f"layer cache {repo.image()}:{CACHE} is not read" in ran.stderr
    assert f"layer cache {repo.image()}:{CACHE} was not written" in ran.stderr
    assert ran.json["pushed"] is True
    assert in_registry(registry, repo) == [ran.json["tag"]]
    assert ran.json["values_changed"] is True


# --- several at once -----------------------------------------------------------------------------


def with_third_image(repo: stack.HubRepository) -> None:
    """Add an image `third`, and break two of the three: one in its build, one in its proof."""
    chartpress, folder = "helm-charts/chartpress.yaml", "helm-charts/images"
    entry = f"      third:\n        imageName: {repo.image('third')}\n"
    entry += '        extraBuildCommandOptions: ["--network=host"]\n'
    dockerfile = (repo.path / f"{folder}/hub/Dockerfile").read_text()
    repo.commit(
        {
            chartpress: (repo.path / chartpress).read_text() + entry,
            f"{folder}/third/Dockerfile": f"{dockerfile}USER root\n",
            f"{folder}/third/requirements.txt": "# third\n",
            f"{folder}/hub-experimental/Dockerfile": f"{dockerfile}RUN exit 7\n",
        }
    )


def test_two_of_three_fail_and_the_third_is_pushed_and_recorded(
    make_hub_repo: MakeHubs, engine: stack.Engine, registry: stack.Registry
) -> None:
    repo = make_hub_repo()
    with_third_image(repo)

    ran = hubimages(repo, "build-hub", "--all", "--push", "--json").failed(
        r"hub-experimental:\S+ failed: The build failed .*code: 7",
        r"third:\S+ failed: .*did not pass its proof.*runs as root",
        rf"✓ {re.escape(repo.image())}:\S+ built and pushed",
    )

    found = {one["image"]: one for one in ran.json}
    assert [key for key, one in found.items() if "error" in one] == ["hub-experimental", "third"]
    assert found["hub"]["digest"] == digest(registry, repo.image(), found["hub"]["tag"])
    assert found["hub"]["tag"] == chartpress_tag(repo, "hub")
    assert found["hub"]["values_changed"] is True
    assert repo.git("show", "--name-only", "--format=") == VALUES
    assert in_registry(registry, repo, "third") == []
    assert_nothing_left(repo, engine)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_the_middle_of_all(
    make_hub_repo: MakeHubs, engine: stack.Engine, number: signal.Signals
) -> None:
    repo = make_hub_repo()
    with Gate() as gate:
        for image in ("hub", "hub-experimental"):
            with_line(repo, f"RUN {gate.command}", image)
        before = belongings(repo)
        with Running(repo, "build-hub", "--all") as running:
            running.until(lambda: gate.arrivals > 1, "both builds")
            running.signal(number)
            running.end().failed("Interrupted", code=130)
        assert relatives(repo) == {}
    assert belongings(repo) == before
    assert_nothing_left(repo, engine)

"""The real stack as fixtures; each part starts once a session, where a test wants it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from types import FrameType

import pytest

import stack
from integration import deployments
from unavailable import or_skip

HERE = Path(__file__).parent
_numbers = count(1)
MakeHubs = Callable[..., stack.HubRepository]


def pytest_configure(config: pytest.Config) -> None:
    """Let a terminated session tear its fixtures down, engine included."""

    def leave(number: int, frame: FrameType | None) -> None:
        pytest.exit(f"ended by signal {number}", 128 + number)

    signal.signal(signal.SIGTERM, leave)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that `-m "not stack"` leaves it out, and what shares an engine."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.stack)
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)


def _entered(part: AbstractContextManager[object]) -> Iterator[object]:
    with or_skip():
        value = part.__enter__()
    try:
        yield value
    finally:
        part.__exit__(None, None, None)


@pytest.fixture(scope="session")
def engine() -> Iterator[stack.Engine]:
    """A Docker engine: the machine's, or one of our own."""
    yield from _entered(stack.engine())  # type: ignore[misc]


@pytest.fixture(scope="session")
def base_image(engine: stack.Engine) -> str:
    """The name of the hub's base image, which the engine has."""
    with or_skip():
        return stack.base_image(engine)


@pytest.fixture(scope="session")
def registry() -> Iterator[stack.Registry]:
    """A registry without password, one for the session: use image names of your own."""
    yield from _entered(stack.registry())  # type: ignore[misc]


@pytest.fixture(scope="session")
def locked_registry() -> Iterator[stack.Registry]:
    """A registry with a password; docker_config(path, locked_registry.logins) logs in."""
    yield from _entered(stack.registry(password=True))  # type: ignore[misc]


@pytest.fixture(scope="session")
def _faulty(registry: stack.Registry) -> Iterator[stack.FaultyRegistry]:
    with stack.FaultyRegistry(registry.address) as faulty:
        yield faulty


@pytest.fixture
def faulty(_faulty: stack.FaultyRegistry) -> Iterator[stack.FaultyRegistry]:
    """A way to the registry that can be told to fail, sound again after each test.

    One for the session, since docker sends every layer anew to an address that it does not know.
    """
    _faulty.requests.clear()
    yield _faulty
    _faulty.heal()


@pytest.fixture(scope="session")
def git_server() -> Iterator[stack.GitServer]:
    """A git server over HTTP."""
    with stack.GitServer() as server:
        yield server


@pytest.fixture(scope="session")
def helm_tools() -> stack.HelmTools:
    """Helm 3, Helm 4 and kubectl; of the session, which alone sees the user's cache."""
    with or_skip():
        return stack.helm_tools()


@pytest.fixture
def cluster() -> Iterator[stack.Cluster]:
    """A cluster with the namespaces default and staging."""
    yield from _entered(stack.Cluster(namespaces=("default", "staging")))  # type: ignore[misc]


@pytest.fixture(params=[3, 4], ids=["helm3", "helm4"])
def helm(
    request: pytest.FixtureRequest,
    helm_tools: stack.HelmTools,
    cluster: stack.Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> int:
    """Have `helm`, once of each major version, and `kubectl` on the PATH, led to the cluster."""
    monkeypatch.setenv("PATH", helm_tools.path(request.param, tmp_path / "programs"))
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "kubeconfig")))
    return int(request.param)


@pytest.fixture(autouse=True)
def on_this_engine(
    request: pytest.FixtureRequest, isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lead docker to the session's engine, in tests that use one."""
    if "engine" in request.fixturenames:
        engine: stack.Engine = request.getfixturevalue("engine")
        monkeypatch.setenv("DOCKER_HOST", engine.host)


@pytest.fixture
def make_hub_repo(
    request: pytest.FixtureRequest, tmp_path: Path, registry: stack.Registry
) -> Iterator[MakeHubs]:
    """Make hub repositories: make_hub_repo(shape="shared", registry=…, base=…).

    Each has image names of its own in the registry, `127.0.0.1:PORT/exampleN/hub`, since that is
    one for all tests: the base image's layers are pushed but once. The engine forgets the images.
    """
    made: list[stack.HubRepository] = []

    def make(**options: str) -> stack.HubRepository:
        number = next(_numbers)
        given = {"registry": registry.address, "organisation": f"example{number}", **options}
        made.append(stack.hub_repository(tmp_path / f"repository{number}", **given))  # type: ignore[arg-type]
        return made[-1]

    yield make
    if "engine" in request.fixturenames:
        engine: stack.Engine = request.getfixturevalue("engine")
        for repository in made:
            engine.remove_images(f"{repository.prefix}*")


@pytest.fixture(params=["folders", "shared"])
def hub_repo(request: pytest.FixtureRequest, make_hub_repo: MakeHubs) -> stack.HubRepository:
    """A hub repository, in either of the two shapes."""
    return make_hub_repo(shape=request.param)


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.ChartRepository]:
    """A chart repository, from which each chart is fetched once."""
    yield from _entered(stack.ChartRepository("4.3.3", "4.3.2"))  # type: ignore[misc]


@pytest.fixture(scope="session")
def chart_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("charts")


@pytest.fixture
def major() -> int:
    """Which Helm is taken; a test or module that parametrizes it takes another."""
    return 4


@pytest.fixture
def place(
    major: int,
    helm_tools: stack.HelmTools,
    charts: stack.ChartRepository,
    chart_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[deployments.Place]:
    """Hubs to deploy; see integration.deployments."""
    monkeypatch.setenv("PATH", helm_tools.path(major, tmp_path / "programs"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(chart_cache))
    with deployments.place(tmp_path, charts) as made:
        made.cluster.kubeconfig(tmp_path / "kubeconfig", context="example", cluster="example")
        yield made
        made.assert_nothing_left()

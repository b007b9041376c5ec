"""Several hubs: in which order, how many at once, and what a failure or Ctrl-C leaves undone.

What deploys one hub is a stand-in here; tests/integration/test_deploy.py has the real one.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

import hubs
import stack
from hubimages.deploying import health, rollout
from hubimages.deploying.one import Deployer, Outcome
from hubimages.deploying.plan import Step
from hubimages.deploying.rollout import Canary, Rollout
from hubimages.deploying.standing import Standing
from hubimages.errors import Failure
from hubimages.helm import Release
from hubimages.interruption import Interruption
from hubimages.placement import Cluster, Placement
from hubimages.process import Processes
from hubimages.rendering.manifests import Manifests
from hubs import Hubs

NAMES = ("example/staging", "example/prod", "research/dask", "research/twin")
LIMIT = 20.0
Deploy = Callable[[Step, Interruption], None]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Hubs:
    return hubs.make(tmp_path_factory.mktemp("rollout") / "hubs")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "_MOMENT", 0.01)
    monkeypatch.setattr(health, "_PAUSE", 0.01)


def steps(repo: Hubs, domain: str = "") -> list[Step]:
    """Return a step for each hub; nothing of it was rendered."""
    where = {"file": "", "cluster": Cluster(wanted="", pattern=""), "namespace": "x"}

    class Rendered:
        base_url = "/"

        def __init__(self, name: str) -> None:
            self.hub = repo.fleet.named(name)
            self.placement = Placement(hub=self.hub, release="x", domain=domain, **where)  # type: ignore[arg-type]

    release = Release(name="x", namespace="x", context="x")
    return [
        Step(
            rendered=cast(Any, Rendered(name)),
            release=release,
            standing=Standing(),
            new=Manifests(""),
            changes=(),
        )
        for name in NAMES
    ]


class Deploying:
    """Stands in for what deploys one hub; do is done for each."""

    def __init__(self, do: Deploy, interruption: Interruption) -> None:
        self.do, self.interruption = do, interruption

    def deploy(self, step: Step) -> Outcome:
        try:
            self.do(step, self.interruption)
        except Failure as failure:
            return Outcome(step=step, state="failed", image="old", failure=failure)
        return Outcome(step=step, state="deployed", image="new")


def made(do: Deploy, *, at_once: int = 1, stopping: Callable[[], None] = lambda: None) -> Rollout:
    return Rollout(
        deployer=lambda interruption: cast(Deployer, Deploying(do, interruption)),
        at_once=at_once,
        stopping=stopping,
    )


def states(outcomes: list[Outcome]) -> list[str]:
    return [outcome.state for outcome in outcomes]


def fails(*names: str) -> Deploy:
    def do(step: Step, _: Interruption) -> None:
        if step.hub.name in names:
            raise Failure("no")

    return do


# --- in which order --------------------------------------------------------------------------------


def test_nothing_follows_what_has_failed(repo: Hubs) -> None:
    outcomes = made(fails("example/staging")).carry_out(steps(repo)[:2])
    assert states(outcomes) == ["failed", "not begun"]
    outcomes = made(fails("example/prod")).carry_out(steps(repo)[:2])
    assert states(outcomes) == ["deployed", "failed"]
    assert outcomes[1].failure


def test_clusters_side_by_side_and_what_is_under_way_is_finished(repo: Hubs) -> None:
    """The second cluster's first hub is begun, the first's fails, and then the second's is through."""
    failed, begun = threading.Event(), threading.Event()

    def do(step: Step, _: Interruption) -> None:
        if step.hub.name == "example/staging":
            assert begun.wait(LIMIT)
            failed.set()
            raise Failure("no")
        begun.set()
        assert failed.wait(LIMIT)
        threading.Event().wait(0.05)  # until the first has been heard of

    outcomes = made(do).carry_out(steps(repo))
    assert states(outcomes) == ["failed", "not begun", "deployed", "not begun"]


@pytest.mark.parametrize("at_once", [1, 2])
def test_so_many_of_one_cluster_at_once(repo: Hubs, at_once: int) -> None:
    now, most, lock = [0], [0], threading.Lock()
    met = threading.Barrier(at_once)

    def do(_: Step, __: Interruption) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        met.wait(LIMIT)
        with lock:
            now[0] -= 1

    outcomes = made(do, at_once=at_once).carry_out(steps(repo)[:2])
    assert (states(outcomes), most) == (["deployed"] * 2, [at_once])


def test_a_defect_of_ours_is_one(repo: Hubs) -> None:
    def do(_: Step, __: Interruption) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        made(do).carry_out(steps(repo))


# --- a canary --------------------------------------------------------------------------------------


def canary(seconds: int = 0) -> Canary:
    return Canary(hub="example/prod", seconds=seconds, tick=lambda *_: None)


def test_the_canary_goes_first_and_alone(repo: Hubs) -> None:
    order: list[str] = []
    outcomes = made(lambda step, _: order.append(step.hub.name)).carry_out(steps(repo), canary())
    assert order[0] == "example/prod"
    assert sorted(order) == sorted(NAMES)
    assert [outcome.step.hub.name for outcome in outcomes] == list(NAMES)


def test_a_canary_that_fails_or_falls_ill_stops_the_others(repo: Hubs) -> None:
    outcomes = made(fails("example/prod")).carry_out(steps(repo), canary())
    assert states(outcomes) == ["not begun", "failed", "not begun", "not begun"]
    with stack.HubHealth() as hub:
        hub.when(lambda: len(hub.requests) < 2)
        outcomes = made(fails()).carry_out(
            steps(repo, hub.url.removeprefix("http://")), canary(600)
        )
    assert states(outcomes) == ["not begun", "failed", "not begun", "not begun"]
    assert "answers 503" in str(outcomes[1].failure)
    assert outcomes[1].image == "new"


# --- Ctrl-C ----------------------------------------------------------------------------------------


def ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def _interrupted() -> Iterator[None]:
    with pytest.raises(KeyboardInterrupt):
        yield


def test_each_is_told_and_waited_for(repo: Hubs, tmp_path: Any) -> None:
    """Both clusters' programs take back what they began, and nothing else is begun."""
    script = "trap 'sleep 0.2; touch {}; exit 1' TERM; echo begun; while :; do sleep 0.02; done"
    begun = threading.Barrier(2, action=ctrl_c)

    def do(step: Step, interruption: Interruption) -> None:
        def said(line: str) -> None:
            if line == "begun":
                begun.wait(LIMIT)

        run = Processes(interruption=interruption, line=said)
        back = tmp_path / step.hub.hub
        run.stream(["sh", "-c", script.format(back)], grace=60)

    done = made(do)
    with _interrupted():
        done.carry_out(steps(repo))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dask", "staging"]
    assert done.begun == {"example/staging", "research/dask"}
    assert done.done == {}


def test_the_second_time_nobody_is_waited_for(repo: Hubs) -> None:
    script = "trap '' TERM; echo begun; while :; do sleep 300; done"

    def do(_: Step, interruption: Interruption) -> None:
        Processes(interruption=interruption, line=lambda _: ctrl_c()).stream(
            ["sh", "-c", script], grace=600
        )

    with _interrupted():
        made(do, stopping=ctrl_c).carry_out(steps(repo)[:1])

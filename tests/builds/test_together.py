"""Several builds at once: what each does is its own, and an interruption leaves nothing behind."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import hubs
from hubimages import scratch
from hubimages.builds import together as module
from hubimages.builds.plan import Plan
from hubimages.builds.run import Made
from hubimages.builds.together import together
from hubimages.builds.tools import Tools
from hubimages.console import Console
from hubimages.engine import Engine
from hubimages.errors import Failure
from hubs import FakeRegistry, Hubs

KEYS = ("hub", "hub-experimental")
MADE = Made(digest=None, built=True, pushed=False)


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def carry_out(
    repo: Hubs,
    build: Callable[[Plan, Tools], Made],
    *,
    at_once: int = 2,
    console: Console | None = None,
) -> dict[str, Made | Failure]:
    plans = [hubs.plan(repo, FakeRegistry(), key) for key in KEYS]
    tools = Tools(
        git=repo.git,
        engine=Engine(repo.git.run),
        registry=FakeRegistry(),  # type: ignore[arg-type]
        console=console or Console(stream=io.StringIO(), environ={}),
    )
    return together(plans, build, tools, at_once)


def test_they_are_built_at_once(repo: Hubs) -> None:
    both = threading.Barrier(2, timeout=30)

    def build(plan: Plan, tools: Tools) -> Made:
        both.wait()  # which neither passes alone
        return MADE

    assert carry_out(repo, build) == dict.fromkeys(KEYS, MADE)


def test_and_not_more_than_so_many(repo: Hubs) -> None:
    alone = threading.Lock()

    def build(plan: Plan, tools: Tools) -> Made:
        assert alone.acquire(blocking=False)
        time.sleep(0.05)
        alone.release()
        return MADE

    assert carry_out(repo, build, at_once=1) == dict.fromkeys(KEYS, MADE)


def test_one_that_fails_leaves_the_others_alone(repo: Hubs) -> None:
    def build(plan: Plan, tools: Tools) -> Made:
        if plan.image.key == "hub":
            raise Failure("It broke.", fix="mend it")
        return MADE

    console = Console(stream=io.StringIO(), environ={})
    found = carry_out(repo, build, console=console)
    assert isinstance(found["hub"], Failure)
    assert found["hub-experimental"] == MADE
    assert "hub              │ error: It broke." in console.stream.getvalue()  # type: ignore[attr-defined]


def test_a_bug_is_raised_when_all_have_ended(repo: Hubs) -> None:
    ended: list[str] = []

    def build(plan: Plan, tools: Tools) -> Made:
        if plan.image.key == "hub":
            raise ZeroDivisionError
        time.sleep(0.1)
        ended.append(plan.image.key)
        return MADE

    with pytest.raises(ZeroDivisionError):
        carry_out(repo, build)
    assert ended == ["hub-experimental"]


def test_an_interruption_ends_all_and_leaves_no_worktree(
    repo: Hubs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "begun"
    begun.mkdir()
    script = "import sys, time; open(sys.argv[1], 'w'); time.sleep(60)"
    started: list[str] = []

    def build(plan: Plan, tools: Tools) -> Made:
        started.append(plan.image.key)
        with scratch.worktree(tools.git, plan.head, ("helm-charts",)):
            words = [sys.executable, "-c", script, str(begun / plan.image.key)]
            tools.git.run.stream(words)
        return MADE

    real = module.threads.wait

    def wait(workers: list[threading.Thread], seconds: float) -> bool:
        if seconds == module._DRAWN:
            if len(list(begun.iterdir())) == 1:
                raise KeyboardInterrupt
            seconds = 0.01
        return real(workers, seconds)  # type: ignore[arg-type]

    monkeypatch.setattr(module.threads, "wait", wait)
    with pytest.raises(KeyboardInterrupt):
        carry_out(repo, build, at_once=1)
    assert started == ["hub"]  # the other is not begun any more
    assert repo.ask("worktree", "list").count("\n") == 1
    assert scratch.sweep(repo.git) == 0

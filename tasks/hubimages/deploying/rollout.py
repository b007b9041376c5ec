"""Deploying several hubs: a canary first, then the clusters side by side, until one fails."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

from hubimages import threads
from hubimages.deploying import health
from hubimages.deploying.one import Deployer, Outcome, address
from hubimages.deploying.plan import Step
from hubimages.errors import Failure
from hubimages.interruption import Interruption
from hubimages.threads import Worker

_MOMENT = 0.5  # seconds between two looks whether the threads have ended


@dataclass(frozen=True, kw_only=True)
class Canary:
    """The hub that goes first, and how many seconds it has to stay healthy before the others follow."""

    hub: str
    seconds: int
    tick: Callable[[int, int], None]  # gets the seconds that are over, and all of them


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Deploys steps in threads, each with a deployer of its own.

    begun has the names of hubs whose turn has come, and done what came of them so far; stopping is
    called when Ctrl-C came.
    """

    deployer: Callable[[Interruption], Deployer]
    at_once: int  # hubs of one cluster
    stopping: Callable[[], None]
    begun: set[str] = field(default_factory=set)
    done: dict[str, Outcome] = field(default_factory=dict)

    def carry_out(self, steps: Sequence[Step], canary: Canary | None = None) -> list[Outcome]:
        """Deploy the hubs, and return what came of each in the same order.

        After a failure no further hub is begun; those under way are finished. Ctrl-C has Helm take
        back what it is about, and is raised again then; where it comes again, Helm is killed.
        """
        first = [step for step in steps if canary and step.hub.name == canary.hub]
        if canary and first:
            self._each(first)
            outcome = self.done[canary.hub]
            if outcome.failure is None:
                self.done[canary.hub] = _watched(outcome, canary)
        if all(outcome.failure is None for outcome in self.done.values()):
            self._each([step for step in steps if step not in first])
        return [self.done.get(step.hub.name) or not_begun(step) for step in steps]

    def _each(self, steps: Sequence[Step]) -> None:
        """Deploy steps, a few of each cluster at a time."""
        clusters: dict[str, deque[Step]] = {}
        for step in steps:
            clusters.setdefault(step.hub.cluster, deque()).append(step)
        failed = Event()
        workers = [
            _Worker(waiting, self, failed)
            for waiting in clusters.values()
            for _ in range(min(self.at_once, len(waiting)))
        ]
        try:
            for worker in workers:
                worker.start()
            _wait(workers)
        except KeyboardInterrupt:
            failed.set()
            self._stop(threads.started(workers))
            raise
        threads.raise_broken(workers)

    def _stop(self, workers: Sequence[Worker]) -> None:
        """Have Helm take back what it is about, and wait for that; where Ctrl-C comes again, do not."""
        try:
            for worker in workers:
                worker.interruption.ask()
            self.stopping()
            _wait(workers)
        except KeyboardInterrupt:
            for worker in workers:
                worker.interruption.kill()
            _wait(workers)


class _Worker(Worker):
    """Deploys one hub after the other until none is left or one has failed."""

    def __init__(self, waiting: deque[Step], rollout: Rollout, failed: Event) -> None:
        super().__init__()
        self._waiting, self._rollout, self._failed = waiting, rollout, failed

    def work(self) -> None:
        try:
            self._deploy()
        except BaseException:  # an interruption, or a defect of ours: no further hub is begun
            self._failed.set()
            raise

    def _deploy(self) -> None:
        deployer = self._rollout.deployer(self.interruption)
        while not self._failed.is_set():
            try:
                step = self._waiting.popleft()
            except IndexError:
                return
            self._rollout.begun.add(step.hub.name)
            outcome = deployer.deploy(step)
            self._rollout.done[step.hub.name] = outcome
            if outcome.failure:
                self._failed.set()


def _wait(workers: Sequence[Worker]) -> None:
    """Wait for all to end; in short pieces, since a signal waits for the end of one."""
    while not threads.wait(workers, _MOMENT):
        pass


def _watched(outcome: Outcome, canary: Canary) -> Outcome:
    """Watch a canary for as long as it has to stay healthy."""
    url = address(outcome.step)
    try:
        if url:
            health.watch(url, canary.seconds, lambda over: canary.tick(over, canary.seconds))
        else:
            time.sleep(canary.seconds)
    except Failure as failure:
        return Outcome(step=outcome.step, state="failed", image=outcome.image, failure=failure)
    return outcome


def not_begun(step: Step) -> Outcome:
    """Return the outcome of a hub whose turn did not come."""
    return Outcome(step=step, state="not begun", image=step.standing.image)

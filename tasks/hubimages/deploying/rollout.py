"""Deploying several hubs: a canary first, then the clusters side by side, until one fails."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread

from hubimages.deploying import health
from hubimages.deploying.one import Deployer, Outcome, address
from hubimages.deploying.plan import Step
from hubimages.errors import Failure
from hubimages.process import Processes


@dataclass(frozen=True, kw_only=True)
class Canary:
    """The hub that goes first, and how many seconds it has to stay healthy before the others follow."""

    hub: str
    seconds: int
    tick: Callable[[int, int], None]  # gets the seconds that are over, and all of them


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Deploys steps; run is what starts programs in the threads, each of which deploys hub after hub.

    done is what came of the hubs so far, by name; stopping is called when Ctrl-C came.
    """

    deployer: Deployer
    run: Processes
    at_once: int  # hubs of one cluster
    stopping: Callable[[], None]
    done: dict[str, Outcome] = field(default_factory=dict)
    broken: list[BaseException] = field(default_factory=list)

    def carry_out(self, steps: Sequence[Step], canary: Canary | None = None) -> list[Outcome]:
        """Deploy the hubs, and return what came of each in the same order.

        After a failure no further hub is begun; those under way are finished. Ctrl-C has Helm take
        back what it is about, and is raised again then.
        """
        first = [step for step in steps if canary and step.hub.name == canary.hub]
        if canary and first:
            self._each(first)
            outcome = self.done[canary.hub]
            if outcome.failure is None:
                self.done[canary.hub] = self._watched(outcome, canary)
        if all(outcome.failure is None for outcome in self.done.values()):
            self._each([step for step in steps if step not in first])
        return [self.done.get(step.hub.name) or not_begun(step) for step in steps]

    def _each(self, steps: Sequence[Step]) -> None:
        """Deploy steps in threads, a few for each cluster."""
        clusters: dict[str, deque[Step]] = {}
        for step in steps:
            clusters.setdefault(step.hub.cluster, deque()).append(step)
        failed = Event()
        threads = [
            Thread(target=self._work, args=(waiting, failed))
            for waiting in clusters.values()
            for _ in range(min(self.at_once, len(waiting)))
        ]
        for thread in threads:
            thread.start()
        try:
            _join(threads)
        except KeyboardInterrupt:
            failed.set()
            self._stop(threads)
            raise
        if self.broken:
            raise self.broken[0]

    def _stop(self, threads: Sequence[Thread]) -> None:
        """Have Helm take back what it is about, and wait for that; where Ctrl-C comes again, do not."""
        self.stopping()
        self.run.stop()
        try:
            _join(threads)
        except KeyboardInterrupt:
            self.run.stop(signal.SIGKILL)
            _join(threads)

    def _work(self, waiting: deque[Step], failed: Event) -> None:
        while not failed.is_set():
            try:
                step = waiting.popleft()
            except IndexError:
                return
            try:
                outcome = self.deployer.deploy(step)
            except BaseException as error:  # a defect of ours: raised again where it is seen
                self.broken.append(error)
                failed.set()
                return
            self.done[step.hub.name] = outcome
            if outcome.failure:
                failed.set()

    def _watched(self, outcome: Outcome, canary: Canary) -> Outcome:
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


def _join(threads: Sequence[Thread]) -> None:
    for thread in threads:
        thread.join()


def not_begun(step: Step) -> Outcome:
    """Return the outcome of a hub whose turn did not come."""
    return Outcome(step=step, state="not begun", image=step.standing.image)

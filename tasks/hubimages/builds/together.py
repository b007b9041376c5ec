"""Building several images at once, each in a thread, a scratch worktree and a lane of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from hubimages import scratch, threads
from hubimages.builds.plan import Plan
from hubimages.builds.run import Made
from hubimages.builds.tools import Tools
from hubimages.errors import Failure
from hubimages.interruption import GRACE
from hubimages.lanes import Lanes
from hubimages.process import Processes
from hubimages.redaction import redact
from hubimages.threads import Worker

Build = Callable[[Plan, Tools], Made]
Outcome = Made | BaseException
_DRAWN = 0.5  # seconds between two looks of the view
_UNWOUND = GRACE + 25.0  # seconds for what was interrupted to clean up after itself


class _Worker(Worker):
    """Builds one image after the other until none is left; another thread may interrupt it."""

    def __init__(
        self,
        waiting: deque[Plan],
        done: dict[str, Outcome],
        build: Build,
        lanes: Lanes,
        tools: Tools,
    ) -> None:
        super().__init__()
        self._waiting, self._done, self._build = waiting, done, build
        self._lanes, self._tools = lanes, tools

    def work(self) -> None:
        while plan := self._next():
            self._done[plan.image.key] = self._outcome(plan)

    def _next(self) -> Plan | None:
        with suppress(IndexError):
            return self._waiting.popleft()
        return None

    def _outcome(self, plan: Plan) -> Outcome:
        start = time.monotonic()
        with self._lanes.lane(plan.image.key) as console:
            run = Processes(
                echo=lambda line: console.detail(f"$ {line}"),
                line=console.progress,
                interruption=self.interruption,
            )
            tools = replace(
                self._tools,
                git=replace(self._tools.git, run=run),
                engine=replace(self._tools.engine, run=run),
                console=console,
            )
            try:
                outcome: Outcome = self._build(plan, tools)
            except Failure as failure:
                console.error(redact(str(failure)))
                outcome = failure
            except BaseException as error:  # the thread that waits for us deals with it
                return error
            how = "✗ failed" if isinstance(outcome, Failure) else "✓ done"
            console.say(f"{how} after {time.monotonic() - start:.1f} s")
            return outcome


def together(
    plans: Sequence[Plan], build: Build, tools: Tools, at_once: int
) -> dict[str, Made | Failure]:
    """Build what the plans say, so many at once, and return what came of each, by the image's key.

    A failure in one leaves the others alone.

    Interrupted, everything is ended and cleaned up before KeyboardInterrupt goes on; an error that
    nobody expected is raised when all have ended.
    """
    lanes = Lanes(tools.console, [plan.image.key for plan in plans])
    waiting, done = deque(plans), dict[str, Outcome]()
    workers = [_Worker(waiting, done, build, lanes, tools) for _ in range(min(at_once, len(plans)))]
    try:
        for worker in workers:
            worker.start()
        while not threads.wait(workers, _DRAWN):
            lanes.draw()
    except BaseException:
        waiting.clear()
        for worker in workers:
            worker.interruption.ask()
        threads.wait(threads.started(workers), _UNWOUND)
        scratch.sweep(tools.git)
        raise
    finally:
        lanes.close()
    threads.raise_broken(workers)
    found: dict[str, Made | Failure] = {}
    for key, outcome in done.items():
        if isinstance(outcome, BaseException) and not isinstance(outcome, Failure):
            raise outcome
        found[key] = outcome
    return found

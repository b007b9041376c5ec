"""Another thread's program ended at this one's word, as Ctrl-C ends one of this thread's own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hubimages.errors import CommandTimedOut
from hubimages.interruption import Interruption
from hubimages.process import Processes
from tests.test_process import Watched, watched

__all__ = ["watched"]
LIMIT = 20.0


class Working(threading.Thread):
    """A thread that works with an interruption; ended tells how."""

    def __init__(self, work: Callable[[Processes], object]) -> None:
        super().__init__(daemon=True)
        self.interruption = Interruption()
        self.begun = threading.Event()
        self.ended = ""
        self._work = work
        self.start()

    def run(self) -> None:
        processes = Processes(interruption=self.interruption, line=lambda _: self.begun.set())
        try:
            self._work(processes)
            self.ended = "done"
        except KeyboardInterrupt:
            self.ended = "interrupted"

    def end(self) -> str:
        self.join(LIMIT)
        return self.ended


def test_a_stream_is_ended_and_hears_of_it_in_time(tmp_path: Path) -> None:
    back = tmp_path / "back"
    script = f"trap 'echo cancelled; touch {back}; exit 1' TERM; echo begun; while :; do sleep 0.05; done"
    working = Working(lambda run: run.stream(["sh", "-c", script], grace=60))
    assert working.begun.wait(LIMIT)
    working.interruption.ask()
    assert working.end() == "interrupted"
    assert back.exists()
    assert not working.interruption.is_due


def test_a_stream_that_will_not_is_killed_after_its_grace(watched: Watched) -> None:
    script = f"exec 9>{watched.path}; trap '' TERM; echo begun; sleep 300 & wait; wait"
    working = Working(lambda run: run.stream(["sh", "-c", script], grace=0.1))
    assert working.begun.wait(LIMIT)
    working.interruption.ask()
    assert working.end() == "interrupted"
    watched.assert_ended()


def test_a_stream_is_killed_at_once_at_the_second_word(watched: Watched) -> None:
    script = f"exec 9>{watched.path}; trap '' TERM; echo begun; while :; do sleep 300; done"
    working = Working(lambda run: run.stream(["sh", "-c", script], grace=600))
    assert working.begun.wait(LIMIT)
    working.interruption.ask()
    working.interruption.kill()
    assert working.end() == "interrupted"
    watched.assert_ended()


def test_a_question_is_ended_with_all_that_it_started(watched: Watched) -> None:
    """As kubectl and helm start what gets a token from the provider."""
    ready = watched.path.parent / "ready"
    os.mkfifo(ready)
    script = f"exec 9>{watched.path}; sleep 300 & echo > {ready}; wait"
    working = Working(lambda run: run(["sh", "-c", script]))
    with ready.open():
        working.interruption.ask()
    assert working.end() == "interrupted"
    watched.assert_ended()


def test_a_question_that_takes_too_long_is_ended_with_all_that_it_started(watched: Watched) -> None:
    script = f"exec 9>{watched.path}; sleep 300 & wait"
    with pytest.raises(CommandTimedOut):
        Processes(interruption=Interruption())(["sh", "-c", script], timeout=0.3)
    watched.assert_ended()


def test_it_hits_the_next_program_and_only_that() -> None:
    interruption = Interruption()
    run = Processes(interruption=interruption)
    interruption.ask()
    assert interruption.is_due
    with pytest.raises(KeyboardInterrupt):
        run(["true"])
    assert run(["echo", "cleaned up"]).stdout == "cleaned up\n"


def test_nobody_is_killed_who_has_ended() -> None:
    """The number of a process that has ended can be another's when the grace is over."""
    sent: list[signal.Signals] = []
    interruption = Interruption()
    with pytest.raises(KeyboardInterrupt), interruption.of(sent.append, 0.05):
        interruption.ask()
    for timer in threading.enumerate():
        if isinstance(timer, threading.Timer):
            timer.join(LIMIT)
    assert sent == [signal.SIGTERM]

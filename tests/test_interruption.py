"""One thread ends what another runs, as Ctrl-C does: once, and leaving room to clean up."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

import pytest

from hubimages import interruption
from hubimages.interruption import Interruption
from hubimages.process import Processes

WAITS = [sys.executable, "-u", "-c", "import time; open('begun', 'w'); time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); open('begun', 'w'); time.sleep(60)",
]


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


class Working:
    """A thread that runs a program, and then another to clean up after it."""

    def __init__(self, argv: Sequence[str], folder: Path, *, stream: bool = False) -> None:
        self.interruption = Interruption()
        self.came: list[BaseException] = []
        self.cleaned: list[str] = []
        run = Processes(interruption=self.interruption)
        start: Callable[..., object] = run.stream if stream else run

        def body() -> None:
            try:
                start(argv, cwd=folder)
            except BaseException as error:
                self.came.append(error)
            finally:
                self.cleaned.append(run([sys.executable, "-c", "print('clean')"]).stdout)

        self.thread = Thread(target=body, daemon=True)
        self.thread.start()

    def end(self) -> None:
        self.thread.join(30)
        assert [type(error) for error in self.came] == [KeyboardInterrupt]
        assert self.cleaned == ["clean\n"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_program_that_is_waited_for_is_ended(tmp_path: Path, stream: bool) -> None:
    working = Working(WAITS, tmp_path, stream=stream)
    until((tmp_path / "begun").exists)
    working.interruption.ask()
    working.end()


@pytest.mark.parametrize("stream", [False, True])
def test_one_that_does_not_listen_is_killed(
    tmp_path: Path, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interruption, "GRACE", 0.1)
    working = Working(DEAF, tmp_path, stream=stream)
    until((tmp_path / "begun").exists)
    working.interruption.ask()
    working.end()


def test_between_two_programs_the_next_one_is_hit(tmp_path: Path) -> None:
    asked = Interruption()
    run = Processes(interruption=asked)
    run([sys.executable, "-c", ""])
    asked.ask()
    with pytest.raises(KeyboardInterrupt):
        run(WAITS, cwd=tmp_path)
    assert run([sys.executable, "-c", "print(1)"]).stdout == "1\n"

"""Ending programs that were started: asked first, killed after a grace, and heard to the end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer

from hubimages.interruption import GRACE

_MOMENT = 0.05  # seconds between two looks whether a process has ended


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child: ask it to, give it the usual grace, then kill it."""
    _ended(child, child.send_signal, GRACE)


@contextmanager
def ended_after(child: subprocess.Popen[bytes], seconds: float | None) -> Iterator[Event]:
    """End a child and all that it started after so many seconds; the event says that it was."""
    too_late = Event()

    def kill() -> None:
        too_late.set()
        signal_family(child, signal.SIGKILL)

    timer = Timer(seconds, kill) if seconds is not None else None
    if timer:
        timer.daemon = True
        timer.start()
    try:
        yield too_late
    finally:
        if timer:
            timer.cancel()


def end_family(child: subprocess.Popen[bytes], grace: float = GRACE) -> None:
    """End the child and all that it started; it leads a process group of its own."""
    _ended(child, sending(child), grace)


def sending(child: subprocess.Popen[bytes]) -> Callable[[signal.Signals], None]:
    """Return what sends a signal to a child and all that it started."""
    return lambda number: signal_family(child, number)


def signal_family(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a child and all that it started."""
    with suppress(ProcessLookupError, PermissionError):  # nobody is left, or nobody of ours
        os.killpg(child.pid, number)


def _ended(
    child: subprocess.Popen[bytes], send: Callable[[signal.Signals], None], grace: float
) -> None:
    """Ask to end, wait, then kill; also where Ctrl-C is pressed again meanwhile."""
    try:
        send(signal.SIGTERM)
        _wait_and_drain(child, time.monotonic() + grace)
    finally:
        send(signal.SIGKILL)
        child.wait()


def _wait_and_drain(child: subprocess.Popen[bytes], until: float) -> None:
    """Wait for a child to end, taking what it still says: a closed or full pipe would end or stop it."""
    pipes = [pipe for pipe in (child.stdout, child.stderr) if pipe and not pipe.closed]
    while child.poll() is None and time.monotonic() < until:
        ready, _, _ = select.select(pipes, [], [], _MOMENT)
        pipes = [pipe for pipe in pipes if pipe not in ready or os.read(pipe.fileno(), 65536)]
        if not pipes:
            time.sleep(_MOMENT)

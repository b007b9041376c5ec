"""The containers of a check: their names, their bounds, and that none of them stays."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubimages import locks
from hubimages.engine import Engine

PREFIX = "hubimages-check-"
MEMORY = 2 * 1024**3  # bytes
_LABEL = "hubimages.lock"
_PAUSE = 0.2
# what runs is not trusted: no capabilities, bounds on all that it could use up
BOUNDS = (
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--memory", str(MEMORY), "--pids-limit", "1024"),
    *("--log-driver", "json-file", "--log-opt", "max-size=4m"),
    *("--user", "1000", "--group-add", "100"),  # as the jupyterhub chart has uid and fsGid
)


@contextmanager
def running_containers(engine: Engine) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a name for containers (or the beginning of names) and their label.

    They are gone afterwards, whatever happens; where we are killed, the next run removes them,
    which sees from the lock that nobody is at work any more.
    """
    name = f"{PREFIX}{secrets.token_hex(6)}"
    lock = locks.lock(name)
    try:
        with lock:
            try:
                yield name, ("--label", f"{_LABEL}={socket.gethostname()}:{lock.lock_file}")
            finally:
                engine.remove(name, f"{name}-server", f"{name}-hub")
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)


def sweep(engine: Engine) -> None:
    """Remove what killed runs on this machine left behind."""
    here = f"{socket.gethostname()}:"
    left = [
        name
        for name, lock in engine.containers(PREFIX, _LABEL).items()
        if lock.startswith(here) and _abandoned(Path(lock.removeprefix(here)))
    ]
    if left:
        engine.remove(*sorted(left, reverse=True))  # a server before the hub whose network it uses


def _abandoned(lock: Path) -> bool:
    try:
        lock.stat()
    except FileNotFoundError:
        return True
    except OSError:  # in a folder of another person's, whose run it is
        return False
    free = locks.free(lock)
    if free:
        lock.unlink(missing_ok=True)
    return free


def until_ended(engine: Engine, name: str, others: tuple[str, ...], seconds: float) -> None:
    """Return once a container has ended, or one of the others that should outlive it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        states = [engine.state(one) for one in (name, *others)]
        if not all(state and state.running for state in states):
            return
        time.sleep(_PAUSE)

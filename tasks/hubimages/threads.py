"""Threads that another thread can interrupt, and wait for without losing sight of them."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Sequence
from threading import Event, Thread

from hubimages.interruption import Interruption


class Worker(Thread):
    """Works in a thread; interruption ends the program that it runs, as Ctrl-C does in the main one.

    broken is the error that nobody expected and that ended it; an interruption is none.
    """

    def __init__(self) -> None:
        # a daemon, so that one that waits for a network does not keep an interrupted command alive
        super().__init__(daemon=True)
        self.interruption = Interruption()
        self.broken: BaseException | None = None
        # not join(), which takes a thread for dead once Ctrl-C has broken it off (Python 3.11)
        self.ended = Event()

    @abstractmethod
    def work(self) -> None:
        """Do all there is to do."""

    def run(self) -> None:
        """Work to the end, whatever that is."""
        try:
            self.work()
        except KeyboardInterrupt:
            pass  # the thread that asked for it goes on with its own
        except BaseException as error:  # raised again where the worker is waited for
            self.broken = error
        finally:
            self.ended.set()


def raise_broken(workers: Sequence[Worker]) -> None:
    """Raise what nobody expected and ended one of them."""
    for worker in workers:
        if worker.broken:
            raise worker.broken


def started(workers: Sequence[Worker]) -> list[Worker]:
    """Return those that were started, since an interruption can come between two starts."""
    return [worker for worker in workers if worker.ident]


def wait(workers: Sequence[Worker], seconds: float) -> bool:
    """Wait so long for all of them to end; return whether they have."""
    end = time.monotonic() + seconds
    return all(worker.ended.wait(max(0.0, end - time.monotonic())) for worker in workers)

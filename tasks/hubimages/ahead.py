"""Asking for something now and waiting for it later."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def ahead(act: Callable[[], T]) -> Callable[[], T]:
    """Begin act in a thread; the function that is returned waits for it and gives its outcome."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(act())
        except BaseException as error:  # raised again where the outcome is asked for
            failure.append(error)

    thread = Thread(target=body, daemon=True)
    thread.start()

    def wait() -> T:
        thread.join()
        if failure:
            raise failure[0]
        return outcome[0]

    return wait

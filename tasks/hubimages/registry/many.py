"""Many questions at once, answered in the order in which the answers come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
AT_ONCE = 16  # over all registries; of one host the transport takes fewer


def answers(
    ask: Callable[[Q], A], questions: Iterable[Q], *, at_once: int = AT_ONCE
) -> Iterator[tuple[Q, A]]:
    """Yield each question with its answer; what ask raises is raised here.

    The threads are daemons, so that nobody waits for a registry after Ctrl-C; they take no new
    question once the caller has stopped listening.
    """
    waiting = deque(questions)
    total = len(waiting)
    come: SimpleQueue[tuple[Q, A] | BaseException] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                question = waiting.popleft()
            except IndexError:
                return
            try:
                come.put((question, ask(question)))
            except BaseException as error:  # raised again where the answers are read
                come.put(error)
                return

    for _ in range(min(at_once, total)):
        Thread(target=work, daemon=True).start()
    try:
        for _ in range(total):
            answer = come.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer
    finally:
        waiting.clear()

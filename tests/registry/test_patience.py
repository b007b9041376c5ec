"""Waiting for a registry that takes no more requests, and asking many at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from hubimages.reference import Reference
from hubimages.registry import Registry, Unknown
from hubimages.registry.many import answers
from hubimages.registry.patience import PatientTransport, seconds_in
from tests.registry.fake import Fake
from tests.registry.gallery import Gallery


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patient(clock: Clock) -> Iterator[PatientTransport]:
    made = PatientTransport(connect=5, read=5, patience=60, clock=clock, pause=clock.pause)
    yield made
    made.close()


def asked(transport: PatientTransport, gallery: Gallery) -> int:
    return transport.send("GET", f"{gallery.fake.url}/v2/org/a/tags/list", {}).status


def test_it_waits_as_long_as_it_is_told_and_goes_on(
    fake: Fake, patient: PatientTransport, clock: Clock
) -> None:
    gallery = Gallery(fake, {"org/a": {"1.0": ""}}, busy=3, retry_after="7")
    assert asked(patient, gallery) == 200
    assert clock.waits == [7, 7, 7]
    assert asked(patient, gallery) == 200
    assert len(clock.waits) == 3


def test_without_a_word_it_waits_twice_as_long_each_time(
    fake: Fake, patient: PatientTransport, clock: Clock
) -> None:
    gallery = Gallery(fake, {"org/a": {"1.0": ""}}, busy=5, retry_after="")
    assert asked(patient, gallery) == 200
    assert clock.waits == [1, 1, 2, 4, 8]


def test_there_is_a_bound_after_which_nobody_waits(
    fake: Fake, patient: PatientTransport, clock: Clock
) -> None:
    gallery = Gallery(fake, {"org/a": {"1.0": ""}}, busy=-1, retry_after="25")
    assert asked(patient, gallery) == 429
    assert clock.waits == [25, 25]
    before = len(fake.asked)
    assert asked(patient, gallery) == 429
    assert (len(fake.asked), clock.waits) == (before + 1, [25, 25])
    gallery.busy = 0
    assert asked(patient, gallery) == 200
    gallery.busy = 1
    assert asked(patient, gallery) == 200  # an answer gives new patience
    assert clock.waits == [25, 25, 25]


def test_a_wait_that_is_too_long_is_not_begun(
    fake: Fake, patient: PatientTransport, clock: Clock
) -> None:
    gallery = Gallery(fake, busy=-1, retry_after="3600")
    assert asked(patient, gallery) == 429
    assert (clock.waits, len(fake.asked)) == ([], 1)


def test_the_end_ends_all_waiting(fake: Fake) -> None:
    gallery = Gallery(fake, busy=-1, retry_after="50")
    transport = PatientTransport(connect=5, read=5, patience=60)
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(asked(transport, gallery)))
    thread.start()
    while not fake.asked:
        threading.Event().wait(0.01)
    transport.close()
    thread.join(20)
    assert statuses == [429]


def test_a_registry_without_patience_does_not_wait(fake: Fake) -> None:
    Gallery(fake, busy=-1, retry_after="30")
    with Registry() as registry:
        answer = registry.tags(Reference.parse(f"{fake.host}/org/a"))
    assert isinstance(answer, Unknown)
    assert "takes no more requests" in answer.why
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("7", 7.0), (" 0 ", 0.0), ("", 0.0), ("soon", 0.0), ("-5", 0.0), ("2000000030", 30.0)],
)
def test_seconds(text: str, wanted: float) -> None:
    assert seconds_in(text, now=2_000_000_000) == wanted


def test_a_date_is_seconds_too() -> None:
    assert seconds_in(formatdate(1_000_000_090, usegmt=True), now=1_000_000_000) == 90


# --- many at once -----------------------------------------------------------------------------------


def test_every_question_is_answered_once() -> None:
    assert dict(answers(lambda n: n * n, range(100), at_once=7)) == {n: n * n for n in range(100)}
    assert list(answers(lambda n: n, [])) == []


def test_as_many_as_wanted_are_asked_at_once() -> None:
    together = threading.Barrier(5)  # nobody goes on before five are there
    assert len(list(answers(lambda _: together.wait(20), range(20), at_once=5))) == 20


def test_a_failure_is_raised_where_the_answers_are_read() -> None:
    def ask(number: int) -> int:
        if number == 3:
            raise KeyError(number)
        return number

    with pytest.raises(KeyError):
        list(answers(ask, range(10), at_once=2))


def test_no_new_question_is_asked_when_nobody_listens() -> None:
    began: list[int] = []
    go = threading.Semaphore(0)

    def ask(number: int) -> int:
        began.append(number)
        assert go.acquire(timeout=20)
        return number

    others = set(threading.enumerate())
    listening = answers(ask, range(100), at_once=2)
    go.release()
    next(listening)
    workers = set(threading.enumerate()) - others
    listening.close()
    go.release(200)
    for thread in workers:
        thread.join(20)
    assert 2 <= len(began) <= 3  # one is answered, and each thread may have begun another

"""What an experimental image would change in production."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from packaging.version import InvalidVersion, Version

from hubimages.sources.location import Location
from hubimages.sources.pin import Pin

Kind = Literal["new", "newer", "other"]


@dataclass(frozen=True)
class Change:
    """A pin that production has not, has in a lower version, or has from another source."""

    pin: Pin
    kind: Kind
    production: Pin | None  # production's pin of the package


@dataclass(frozen=True)
class Behind:
    """A release lower than production's: promoting it would be a downgrade."""

    pin: Pin
    production: Pin


def compare(experiment: Sequence[Pin], production: Sequence[Pin]) -> Iterator[Change | Behind]:
    """Yield what differs, in the experiment's order; a package that is listed twice counts once."""
    seen: list[Pin] = []
    for pin in experiment:
        if any(pin.same_package(other) for other in seen):
            continue
        seen.append(pin)
        theirs = next((other for other in production if pin.same_package(other)), None)
        difference = _difference(pin, theirs)
        if difference:
            yield difference


def changes(experiment: Sequence[Pin], production: Sequence[Pin]) -> tuple[Change, ...]:
    """Return what there is to promote."""
    found = compare(experiment, production)
    return tuple(one for one in found if isinstance(one, Change))


def same(ours: Sequence[Pin], theirs: Sequence[Pin]) -> bool:
    """Whether two lists of pins install the same, whatever their order and spelling."""
    return _within(ours, theirs) and _within(theirs, ours)


def _within(ours: Sequence[Pin], theirs: Sequence[Pin]) -> bool:
    return all(any(_alike(pin, other) for other in theirs) for pin in ours)


def _alike(pin: Pin, other: Pin) -> bool:
    return _placed(pin).says_the_same(_placed(other))


def _placed(pin: Pin) -> Pin:
    """Return a pin with its repository written in the one way of all spellings of an address."""
    return replace(pin, url=Location(pin.url).repository) if pin.url else pin


def _difference(pin: Pin, theirs: Pin | None) -> Change | Behind | None:
    if theirs is None:
        return Change(pin, "new", None)
    if _alike(pin, theirs):
        return None
    ours, other = _release(pin), _release(theirs)
    if ours is None or other is None:
        return Change(pin, "other", theirs)
    if ours != other:
        return Change(pin, "newer", theirs) if ours > other else Behind(pin, theirs)
    # 1.0 and 1.0.0 are one release; other extras or another marker install something else
    extras = (pin.extras, pin.marker, pin.editable) != (
        theirs.extras,
        theirs.marker,
        theirs.editable,
    )
    return Change(pin, "other", theirs) if extras else None


def _release(pin: Pin) -> Version | None:
    try:
        return Version(pin.version) if pin.version and not pin.url else None
    except InvalidVersion:
        return None

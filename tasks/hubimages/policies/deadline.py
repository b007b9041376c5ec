"""A change is promoted or dropped before its deadline; what waits longer is forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.images import Image
from hubimages.lifecycle.standing import Dated, Experiment
from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw
from hubimages.redaction import redact
from hubimages.sources.pin import Pin


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each pin whose deadline passed, and once for an image what has no date."""
    for image in facts.hub_images[1:]:
        standing = facts.standing(image)
        told = False
        for path, pin in facts.changed(image):
            change = _dated(standing, pin) if standing else None
            if standing and change and change.overdue:
                yield _late(standing, change, path, pin.line)
            elif change and change.since is None and not told:
                told = True
                yield _cannot_tell(facts, image, path, pin.line)


def _dated(standing: Experiment, pin: Pin) -> Dated | None:
    """Return a pin's dates; None for one that is not committed yet."""
    package = redact(pin.package)  # not by the text, which may be a re-pin that is not committed
    return next((one for one in standing.changes if one.package == package), None)


def _late(standing: Experiment, change: Dated, path: str, line: int) -> Flaw:
    days = -(change.days_left or 0)
    return Flaw(
        severity="error",
        path=path,
        line=line,
        message=f"`{standing.image}` has had {change.package} since {change.since:%Y-%m-%d}: "
        f"that is {days} day{'' if days == 1 else 's'} over its deadline.",
        fix=", or ".join(standing.ways_out),
    )


def _cannot_tell(facts: Facts, image: Image, path: str, line: int) -> Flaw:
    shallow = facts.git.shallow
    why = "this clone is shallow" if shallow else "what is committed cannot be read"
    return Flaw(
        severity="warning",
        path=path,
        line=line,
        message=f"Whether a deadline of `{image.key}` passed cannot be told: {why}.",
        fix="git fetch --unshallow"
        if shallow
        else "correct and commit it; invoke status says more",
    )

"""No package is pinned twice in what one image installs: which pin wins depends on the order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw
from hubimages.sources.pin import Pin


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each second pin of a package, once per place."""
    seen: set[tuple[str, int]] = set()
    for image in facts.images.all:
        for (path, first), (other, pin) in combinations(facts.pins(image) or (), 2):
            if not first.same_package(pin) or _for_others(first, pin) or (other, pin.line) in seen:
                continue
            seen.add((other, pin.line))
            earlier = f"on line {first.line}" if path == other else f"in {path}:{first.line}"
            yield Flaw(
                severity="error",
                path=other,
                line=pin.line,
                message=f"`{image.key}` pins {pin.package} twice: here and {earlier}.",
                fix="leave one of the two lines",
            )


def _for_others(first: Pin, second: Pin) -> bool:
    """Whether markers tell the two apart, as for two versions of Python."""
    return first.marker is not None and second.marker is not None and first.marker != second.marker

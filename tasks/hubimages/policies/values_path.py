"""No two images write their tag to one place: plain chartpress lets the last one win."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.images import Image
from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw
from hubimages.yamlpath import dotted


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield every image whose valuesPath an earlier one of the same chart has."""
    owners: dict[tuple[str, str], Image] = {}
    for image in facts.images.all:
        for path in map(dotted, image.values_paths):
            owner = owners.setdefault((image.chart, path), image)
            if owner is not image:
                yield _shared(facts, image, owner, path)


def _shared(facts: Facts, image: Image, owner: Image, path: str) -> Flaw:
    loser = owner if facts.images.is_production(image) else image
    return Flaw(
        severity="error",
        path=facts.images.path,
        line=facts.entry_line(loser, "valuesPath"),
        message=f"`{owner.key}` and `{image.key}` both have the valuesPath {path}: chartpress writes "
        "the last one's tag there, for every hub.",
        fix=f"take the `valuesPath` of `{loser.key}` out; invoke experiment.try points single hubs at it",
    )

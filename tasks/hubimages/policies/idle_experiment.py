"""An experimental image tries something, on some hub; one that does neither is only in the way."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.lifecycle.changes import changes
from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each experimental image with no changes, with no hub, or with neither."""
    production, *experiments = facts.hub_images
    theirs = [pin for _, pin in facts.pins(production) or ()]
    running = {image.key for _, image in facts.hub_uses if image}
    for image in experiments:
        why, fix = [], ""
        # a hub that cannot be read may run it
        if image.key not in running and not facts.problems and not facts.gaps:
            why.append("no hub runs it")
            fix = f"invoke experiment.try --image {image.key}"
        ours = facts.pins(image)  # None: what differs is not in pins, so it cannot be told
        known = ours is not None and not facts.broken(production)
        if known and not changes([pin for _, pin in ours or ()], theirs):
            why.append("its pins hold nothing to promote")
            fix = f"invoke experiment.add --image {image.key}"
        if why:
            yield Flaw(
                severity="warning",
                path=facts.images.path,
                line=facts.entry_line(image),
                message=f"The experimental image `{image.key}` is idle: {' and '.join(why)}.",
                fix=f"{fix}, or else experiment.drop --image {image.key}",
            )

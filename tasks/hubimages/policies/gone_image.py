"""A hub's own override names an image of chartpress.yaml: one that is gone is never built again."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each override with an image that chartpress.yaml does not have."""
    for use, image in facts.hub_uses:
        if image is None and use.own and use.name is not None:
            yield Flaw(
                severity="error",
                path=use.path,
                line=use.line,
                message=f"The hub image is overridden with {use} ({use.who}), and {facts.images.path} "
                "has no such image (any more), so that nothing builds it.",
                fix=f"invoke experiment.stop --hub {use.hubs[0].name} lets a hub follow the chart again",
            )

"""User images come from registries without pull limits: a busy class makes a cluster pull at once."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw
from hubimages.reference import DOCKER_HUB

# https://docs.docker.com/docker-hub/usage/
_LIMITED = {DOCKER_HUB, "registry-1.docker.io"}


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each user image on Docker Hub, where names without a registry lead."""
    for use in facts.uses:
        ref = use.reference
        if use.kind == "user" and ref and ref.registry in _LIMITED:
            yield Flaw(
                severity="warning",
                path=use.path,
                line=use.line,
                message=f"The user image {use} is on Docker Hub, which limits pulls ({use.who}).",
                fix="copy it to a registry without pull limits, such as quay.io, and name it there",
            )

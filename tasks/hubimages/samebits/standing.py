"""What the tried image stands on and is for, which no file says: registries and the engine do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import assert_never

from hubimages.engine import Engine
from hubimages.errors import Failure
from hubimages.reference import Reference
from hubimages.registry import Image as Pushed
from hubimages.registry import NotThere, Registry, Unknown


def platform_difference(platforms: Sequence[str], platform: str) -> str | None:
    """Return what is not right with the platforms of the tried image, or None."""
    if any(f"{one}/".startswith(f"{platform}/") for one in platforms):
        return None
    has = ", ".join(platforms) or "no platform that it names"
    return f"The tried image is for {has}, and {platform} is wanted."


def base_difference(
    base: Reference | None,
    tried: Sequence[str],
    registry: Registry,
    engine: Engine,
    platform: str,
) -> str | None:
    """Return why the base image is not the one that the tried image stands on, or None if it is.

    tried are the diff_ids of the tried image. The registry is asked what the base is now and,
    where that does not say, the engine.
    """
    if base is None:
        return "Which base image the Dockerfile names cannot be told."
    answer = registry.inspect(base, platform)
    match answer:
        case Pushed(manifest=found):
            if found is None:
                return f"The base image {base} is not there for {platform} any more."
            layers, why = found.diff_ids, "The registry does not say its layers."
        case NotThere():
            layers, why = _local(base, engine, platform), f"{base.registry} does not have it."
        case Unknown():
            layers, why = _local(base, engine, platform), answer.why
        case _:
            assert_never(answer)
    if not layers or not tried:
        why = why if tried else "The layers of the tried image are not known."
        return f"Whether {base} still is the tried image's base cannot be told. {why}"
    if tuple(tried[: len(layers)]) == layers:
        return None
    return f"The base image {base} is another one now than the tried image stands on."


def _local(base: Reference, engine: Engine, platform: str) -> tuple[str, ...]:
    """Return the layers of the base image that the engine has; nothing where it has none."""
    with suppress(Failure):
        found = engine.image(str(base))
        if found and f"{found.platform}/".startswith(f"{platform}/"):
            return found.diff_ids
    return ()

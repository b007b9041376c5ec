"""A layer cache in the registry, beside the image that it is of.

https://docs.docker.com/build/cache/backends/ — docs/decisions/layer-cache.md says what is kept where.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from hubimages import tags
from hubimages.builds.builder import Builder
from hubimages.builds.plan import Plan
from hubimages.console import Console
from hubimages.engine import Engine
from hubimages.errors import Failure
from hubimages.images import Image
from hubimages.reference import Reference
from hubimages.registry import NotThere, Registry, There, Unknown

# Where a build fails over its cache; BuildKit since 0.12 heeds ignore-error, older ones do not.
_BLAMED = re.compile(r"exporting cache|[Cc]ache export")


@dataclass(frozen=True)
class Cache:
    """What a build does with a cache: options of the build command, and a name to push it under.

    pushed_as is empty where the build itself writes the cache, or nothing may be written.
    """

    options: tuple[str, ...] = ()
    pushed_as: str = ""


def reference(image: Image, platform: str) -> Reference:
    """Return where an image's cache is: under a tag that is no version of the image."""
    return image.reference.with_tag(tags.of_cache(platform))


def find(
    plan: Plan, builder: Builder, engine: Engine, registry: Registry, warn: Callable[[str], None]
) -> Cache:
    """Return how to use the cache, having asked the registry what there is of it.

    It is asked first, since a build waits without end for a registry that says nothing.
    """
    if not plan.request.cache:
        return Cache()
    if builder.program == "docker-build":
        warn("the layer cache is not used: only docker-buildx reads and writes one.")
        return Cache()
    own = reference(plan.image, plan.request.platform)
    options: list[str] = []
    for image in {image.name: image for image in (plan.image, plan.images.production)}.values():
        place = reference(image, plan.request.platform)
        match answer := registry.look(place):
            case There():
                options.append(f"--cache-from=type=registry,ref={place}")
            case NotThere():
                pass
            case Unknown(why=why):
                warn(f"the layer cache {place} is not read: {why}")
            case _:
                assert_never(answer)
    if builder.driver == "docker" and not engine.stores_in_containerd():
        options.append("--cache-to=type=inline")
        return Cache(tuple(options), str(own) if plan.request.push else "")
    if plan.request.push:
        how = "mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"
        options.append(f"--cache-to=type=registry,ref={own},{how}")
    return Cache(tuple(options))


def is_blamed(cache: Cache, said: str) -> bool:
    """Whether a build that failed, as it said itself, failed over its cache."""
    return bool(cache.options) and _BLAMED.search(said) is not None


def push(cache: Cache, full_name: str, engine: Engine, console: Console) -> None:
    """Push an image that holds its own cache under the cache's name; what fails is a warning."""
    if not cache.pushed_as:
        return
    with console.step("push the layer cache"):
        try:
            engine.push_as(full_name, cache.pushed_as)
        except Failure as failure:
            console.warn(f"the layer cache {cache.pushed_as} was not written. {failure.what}")

"""What a registry offers beside the tags that hubs have: each image is asked for once, many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeAlias

from hubimages.reference import BadReference, Reference
from hubimages.registry.many import answers
from hubimages.userimages import newer
from hubimages.userimages.offers import Inspected, Listed, NoOrder, Offer, Some, candidates, offer
from hubimages.userimages.places import Place


class Asked(Protocol):
    """What is needed of a registry."""

    def tags(self, ref: Reference) -> Listed:
        """List the tags of an image's repository."""

    def inspect(self, ref: Reference, platform: str = ...) -> Inspected:
        """Say what an image is."""


Name: TypeAlias = tuple[str, str | None]
"""An image as values files have it: name and tag."""
Progress: TypeAlias = Callable[[str, int, int], None]


def offers(
    registry: Asked,
    places: Iterable[Place],
    *,
    latest: bool,
    platform: str,
    progress: Progress = lambda _what, _done, _total: None,
) -> dict[Name, Offer]:
    """Return for each image of these places what is newer; each registry answer is asked for once.

    latest asks for no more than the newest one of each. progress is told what is being asked for,
    and how many of how many have answered.
    """
    found: dict[Name, Offer] = {}
    refs: dict[Name, Reference] = {}
    for name in dict.fromkeys((place.name or "", place.tag) for place in places):
        ref = _reference(name)
        if isinstance(ref, Reference):
            refs[name] = ref
        else:
            found[name] = ref
    wanted = _wanted(registry, refs, latest=latest, progress=progress)
    details = _details(registry, refs, wanted, platform, progress)
    for name, those in wanted.items():
        if isinstance(those, Some):
            tags = (refs[name].tag or "", *those.tags)
            said = {tag: details[refs[name].with_tag(tag)] for tag in tags}
            found[name] = offer(refs[name], those, said)
        else:
            found[name] = those
    return found


def _reference(name: Name) -> Reference | NoOrder:
    image, tag = name
    if tag is None:
        return NoOrder("it has no tag that could be moved on")
    if newer.read(tag) is None:
        return NoOrder(f"`{tag}` moves by itself, or is a name that says no order")
    try:
        return Reference.parse(f"{image}:{tag}")
    except BadReference as bad:
        return NoOrder(bad.what)


def _repository(ref: Reference) -> Reference:
    return Reference(ref.registry, ref.repository)


def _wanted(
    registry: Asked, refs: Mapping[Name, Reference], *, latest: bool, progress: Progress
) -> dict[Name, Some | Offer]:
    """Return what each image's repository has for it; what has come is read while others come."""
    named: dict[Reference, list[Name]] = {}
    for name, ref in refs.items():
        named.setdefault(_repository(ref), []).append(name)
    found: dict[Name, Some | Offer] = {}
    for done, (one, listed) in enumerate(answers(registry.tags, named), start=1):
        for name in named[one]:
            found[name] = candidates(refs[name], listed, latest=latest)
        progress("tags of images", done, len(named))
    return {name: found[name] for name in refs}


def _details(
    registry: Asked,
    refs: Mapping[Name, Reference],
    wanted: Mapping[Name, Some | Offer],
    platform: str,
    progress: Progress,
) -> dict[Reference, Inspected]:
    """Return what the registry says of the present image and its candidates, wherever there are any."""
    asked = list(
        dict.fromkeys(
            refs[name].with_tag(tag)
            for name, those in wanted.items()
            if isinstance(those, Some)
            for tag in (refs[name].tag or "", *those.tags)
        )
    )
    found: dict[Reference, Inspected] = {}
    for ref, answer in answers(lambda one: registry.inspect(one, platform), asked):
        found[ref] = answer
        progress("age and size", len(found), len(asked))
    return found

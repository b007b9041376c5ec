"""What the registry shows of a tag, and which other names stand for the same image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hubimages.builds import labels
from hubimages.explaining import which
from hubimages.explaining.explanation import Promoted
from hubimages.images import Image
from hubimages.listing import Listed
from hubimages.reference import BadReference, Reference, is_digest
from hubimages.registry import Image as Pushed
from hubimages.registry import Manifest, NotThere, Registry, There, Unknown


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: an image of chartpress.yaml, and a tag or digest; production is its role."""

    image: Image
    tag: str
    production: bool

    @property
    def reference(self) -> Reference:
        """The image under the tag or digest."""
        return which.reference(self.image, self.tag)


@dataclass(frozen=True)
class Seen:
    """What the registry showed; labels are those of a build-hub, not those of a base image."""

    answer: Pushed | NotThere | Unknown
    manifest: Manifest | None
    labels: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str | None:
        """That of the index, or of the manifest where there is no index."""
        return self.answer.digest if isinstance(self.answer, Pushed) else None

    @property
    def created(self) -> str | None:
        """When it was built, as the label says it, or else the builder."""
        return self.labels.get(labels.CREATED) or (self.manifest.created if self.manifest else None)

    @property
    def source(self) -> str | None:
        """The address of the repository that it was built in."""
        return labels.public_address(self.labels.get(labels.SOURCE, ""))


def see(ref: Reference, registry: Registry, platform: str) -> Seen:
    """Ask the registry what an image is; where it is for other platforms only, the first of them."""
    answer = registry.inspect(ref, platform)
    if isinstance(answer, NotThere):
        return Seen(answer, None, {}, (f"{ref} is not in its registry",))
    if isinstance(answer, Unknown):
        return Seen(answer, None, {}, (f"what the registry has is not known. {answer.why}",))
    notes: tuple[str, ...] = ()
    if answer.manifest is None and answer.platforms:
        other = registry.inspect(ref, answer.platforms[0])
        if isinstance(other, Pushed) and other.digest == answer.digest:
            notes = (f"it is not for {platform}; what is told is of {answer.platforms[0]}",)
            answer = other
    if answer.manifest is None:
        return Seen(answer, None, {}, (*notes, f"the registry does not show it for {platform}"))
    found = answer.manifest.labels
    if labels.PINS in found:
        return Seen(answer, answer.manifest, found, notes)
    # those that it does have may be its base image's
    note = "it has no labels of a build-hub, so what its commit says is what should be in it"
    return Seen(answer, answer.manifest, {}, (*notes, note))


def promoted(asked: Question, seen: Seen, registry: Registry) -> Promoted | None:
    """Return under which other name the image was built, if it says so."""
    try:
        origin = Reference.parse(seen.labels.get(labels.BUILT_AS, ""))
    except BadReference:
        return None
    same_name = origin.name == asked.image.reference.name
    if origin.tag is None or (same_name and (is_digest(asked.tag) or origin.tag == asked.tag)):
        return None
    # a label could name any host; only the one that was asked already is asked
    near = origin.registry == asked.image.reference.registry
    answer = registry.look(origin.with_tag(origin.tag)) if near else None
    same = answer.digest == seen.digest if isinstance(answer, There) else None
    return Promoted(name=origin.name, tag=origin.tag, same_digest=same)


def names(
    asked: Question, seen: Seen, listed: Sequence[Listed], registry: Registry
) -> tuple[set[str], list[str]]:
    """Return how a hub's values could name this very image, and what stays in doubt."""
    name = asked.image.name
    found = {f"{name}@{seen.digest}"} if seen.digest else set()
    if not is_digest(asked.tag):
        return {*found, f"{name}:{asked.tag}"}, []
    running = [one.hub_image for one in listed if one.hub_image and one.hub_image.name == name]
    doubts = []
    for tag in dict.fromkeys(image.tag for image in running if image.tag):
        with suppress(BadReference):
            answer = registry.look(asked.image.reference.with_tag(tag))
            if answer == There(asked.tag):
                found.add(f"{name}:{tag}")
            elif isinstance(answer, Unknown):
                doubts.append(f"whether {tag}, which hubs run, is this one is not known")
    return {*found, f"{name}@{asked.tag}"}, doubts

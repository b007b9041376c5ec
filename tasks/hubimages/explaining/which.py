"""Which image a tag is one of, where nobody said; in a shared folder all images have one tag."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from hubimages import images, tags
from hubimages.ahead import ahead
from hubimages.config import Settings
from hubimages.errors import Failure
from hubimages.explaining import commits
from hubimages.explaining.explanation import Use
from hubimages.git import Git
from hubimages.images import Image
from hubimages.listing import Listed
from hubimages.reference import Reference, is_digest
from hubimages.registry import Registry, There, Unknown
from hubimages.tree import CommitTree


class NobodyHasTag(Failure):
    """No hub runs the tag, no registry shows it, and no commit here gives it."""

    def __init__(self, tag: str, keys: Iterable[str], silent: Sequence[Unknown]) -> None:
        asked = " ".join(answer.why for answer in silent[:1]) or "Their registry has no such tag."
        super().__init__(
            f"Nothing is known of a tag `{tag}` of {' or '.join(keys)}. {asked} "
            "No commit in this clone gives it, and no hub runs it.",
            fix=next((answer.fix for answer in silent if answer.fix), "")
            or "git fetch --all --tags; or --image NAME for another image of chartpress.yaml",
        )


def reference(image: Image, tag: str) -> Reference:
    """Return an image under a tag, or by a digest that is given in its place; raises BadReference."""
    if is_digest(tag):
        return replace(image.reference, digest=tag)
    return image.reference.with_tag(tag)


def uses(listed: Iterable[Listed], names: Collection[str]) -> Iterator[Use]:
    """Yield the hubs whose own image is one of names: NAME:TAG or NAME@DIGEST."""
    for one in listed:
        found = one.hub_image
        if found and (f"{found.name}:{found.tag}" if found.tag else found.name) in names:
            own = found.source.rpartition(":")[0] in one.hub.values_files
            yield Use(hub=one.hub.name, source=found.source, follows=not own)


def having(
    git: Git,
    among: Sequence[Image],
    tag: str,
    listed: Sequence[Listed],
    registry: Registry,
    settings: Settings,
) -> list[Image]:
    """Return the images that have a tag: hubs run it, else the registry has it, else git gives it.

    Raises NobodyHasTag, BadReference.
    """
    refs = [reference(image, tag) for image in among]
    joint = "@" if is_digest(tag) else ":"
    run = [image for image in among if [*uses(listed, {f"{image.name}{joint}{tag}"})]]
    if run:
        return run
    waiting = [ahead(lambda ref=ref: registry.look(ref)) for ref in refs]  # type: ignore[misc]
    answers = [answer() for answer in waiting]
    there = [
        image for image, answer in zip(among, answers, strict=True) if isinstance(answer, There)
    ]
    found = there or [image for image in among if _gives(git, image, tag, settings)]
    if not found:
        silent = [answer for answer in answers if isinstance(answer, Unknown)]
        raise NobodyHasTag(tag, [image.key for image in among], silent)
    return found


def _gives(git: Git, image: Image, tag: str, settings: Settings) -> bool:
    """Whether a build of the commit that the tag is named after would be named after it too."""
    commit = commits.named_by(git, tag)
    with suppress(Failure):  # the image may have been another one then, or broken
        if commit:
            then = images.load(CommitTree(git, commit), settings).named(image.key)
            return tags.identify(git, then.paths, then.base_version, commit).revision == commit
    return False

"""A fleet in parts of about the same work, for jobs that run side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hubimages.errors import Failure
from hubimages.listing import HubImage, Listed, UserImage

MOST = 256  # jobs that a matrix of GitHub Actions may have


class BadParts(Failure):
    """What was given is no number of parts."""

    def __init__(self, given: str) -> None:
        super().__init__(
            f"A fleet cannot be had in {given!r} parts.",
            fix=f"give a number from 1 to {MOST}, which is what GitHub Actions takes",
        )


@dataclass(kw_only=True)
class Part:
    """Hubs for one job, and the images that it has to ask for."""

    hubs: list[str] = field(default_factory=list)  # cluster/hub
    images: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Bundle:
    """Hubs that stay together."""

    hubs: tuple[Listed, ...]

    @property
    def images(self) -> set[str]:
        return {_called(image) for one in self.hubs for image in _images(one)}

    @property
    def has_users(self) -> bool:
        return any(one.user_images for one in self.hubs)


def number(given: str) -> int:
    """Return how many parts were asked for; raises BadParts."""
    if not (given.isascii() and given.isdecimal() and 1 <= int(given) <= MOST):
        raise BadParts(given)
    return int(given)


def parts(listed: Sequence[Listed], most: int) -> list[Part]:
    """Divide hubs into at most so many parts, balanced by the distinct images that each asks for.

    The same hubs give the same parts. Each hub is in one of them, together with those that share
    a line of its values files. Each part has a hub with user images, unless no hub has any.
    """
    made = [Part() for _ in range(most)]
    bundles = map(_Bundle, _together(listed))
    for bundle in sorted(bundles, key=lambda one: (not one.has_users, -len(one.images))):
        begun = [part for part in made if part.hubs]
        # what names no user image brings too little work for a part of its own
        part = _best(made if bundle.has_users else begun or made[:1], bundle.images)
        part.hubs += [one.hub.name for one in bundle.hubs]
        part.images |= bundle.images
    return [part for part in made if part.hubs]


def _best(made: Sequence[Part], images: set[str]) -> Part:
    """Return the part with the least work once it has these images too, and then the fewest new."""

    def cost(part: Part) -> tuple[int, int]:
        added = len(images - part.images)
        return len(part.images) + added, added

    return min(made, key=cost)


def _together(listed: Sequence[Listed]) -> Iterator[tuple[Listed, ...]]:
    """Yield the hubs that share lines of their own files: an edit of one reaches all of them.

    In two jobs it would be made twice, in two pull requests that are in each other's way.
    """
    leaders: dict[str, str] = {}

    def leader(of: str) -> str:
        while (above := leaders.setdefault(of, of)) != of:
            of = above
        return of

    for one in listed:
        for line in _own_lines(one):
            leaders[leader(one.hub.name)] = leader(line)
    found: dict[str, list[Listed]] = {}
    for one in listed:
        found.setdefault(leader(one.hub.name), []).append(one)
    yield from map(tuple, found.values())


def _own_lines(one: Listed) -> Iterator[str]:
    for image in _images(one):
        if image.source.rpartition(":")[0] in one.hub.values_files:
            yield image.source


def _images(one: Listed) -> Iterator[HubImage | UserImage]:
    if one.hub_image:
        yield one.hub_image
    yield from one.user_images


def _called(image: HubImage | UserImage) -> str:
    return f"{image.name}:{image.tag}"

"""What the policies look at, each part read once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from hubimages import fleet, images, pins, tags
from hubimages.config import Settings
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.lifecycle import offline
from hubimages.lifecycle.changes import changes
from hubimages.lifecycle.look import Looks
from hubimages.lifecycle.standing import Experiment
from hubimages.listing import HubImage, Listed, Lister, UserImage
from hubimages.reference import BadReference, Reference
from hubimages.sources.pin import Pin
from hubimages.tree import WorkTree
from hubimages.yamledit import EditRefused, Path, line_of


@dataclass(frozen=True, kw_only=True)
class Use:
    """An image at one line of one values file, and the hubs that it reaches."""

    kind: Literal["hub", "user"]
    name: str | None
    tag: str | None
    path: str
    line: int
    hubs: tuple[Hub, ...]

    def __str__(self) -> str:
        name = self.name or "(no name)"
        return name if self.tag is None else f"{name}:{self.tag}"

    @property
    def own(self) -> bool:
        """Whether it stands in values of the hubs, rather than in those of their chart."""
        return self.path in self.hubs[0].values_files

    @property
    def who(self) -> str:
        """The hubs, in a few words."""
        first, *others = (hub.name for hub in self.hubs)
        if len(others) < 2:
            return " and ".join((first, *others))
        return f"{first} and {len(others)} other hubs"

    @property
    def commit(self) -> str | None:
        """The commit that its tag names, abbreviated, whether or not it is in this clone."""
        named = tags.parse(self.tag or "")
        return named.commit if named else None

    @property
    def reference(self) -> Reference | None:
        """The image, or None where this cannot be the name of one."""
        with suppress(BadReference):
            return Reference.parse(str(self))
        return None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One repository as its files are at a time; registry is None where none is to be asked."""

    settings: Settings
    git: Git
    tree: WorkTree
    images: Images
    listed: tuple[Listed, ...]
    problems: tuple[BadFile, ...]
    now: datetime
    registry: Looks | None = None

    @cached_property
    def hub_images(self) -> tuple[Image, ...]:
        """The production image and every experimental one; production alone where bases are unknown."""
        with suppress(BadFile):
            return (self.images.production, *self.images.experiments)
        return (self.images.production,)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every line that names a hub image or user image, once."""
        found: dict[tuple[Literal["hub", "user"], str | None, str | None, str], list[Hub]] = {}
        for one in self.listed:
            kinds: list[tuple[Literal["hub", "user"], HubImage | UserImage]] = []
            kinds += [("hub", one.hub_image)] if one.hub_image else []
            kinds += [("user", image) for image in one.user_images]
            for kind, image in kinds:
                hubs = found.setdefault((kind, image.name, image.tag, image.source), [])
                if one.hub not in hubs:
                    hubs.append(one.hub)
        return tuple(_use(*what, hubs) for what, hubs in found.items())

    @property
    def hub_uses(self) -> Iterator[tuple[Use, Image | None]]:
        """Every line that names a hub image, and the image of chartpress.yaml that it means."""
        for use in self.uses:
            if use.kind == "hub":
                yield use, self._ours.get(_normal(use.name or ""))

    @cached_property
    def _ours(self) -> dict[str, Image]:
        return {_normal(image.name): image for image in self.images.all}

    def base(self, image: Image) -> Reference | None:
        """Return an image's base, or None where it cannot be told."""
        with suppress(Failure):
            return image.base
        return None

    def pins(self, image: Image) -> tuple[tuple[str, Pin], ...] | None:
        """Return the pins of an image, each with its file; None where it has no place for any."""
        try:
            _ = image.requirements
        except Failure:
            return None
        return tuple(pins.listed(image))

    def changed(self, image: Image) -> tuple[tuple[str, Pin], ...]:
        """Return the pins of an experimental image that there are to promote, each with its file."""
        ours = self.pins(image) or ()
        theirs = [pin for _, pin in self.pins(self.images.production) or ()]
        found = [change.pin for change in changes([pin for _, pin in ours], theirs)]
        return tuple((path, pin) for path, pin in ours if any(pin is one for one in found))

    def standing(self, image: Image) -> Experiment | None:
        """Return where an experiment stands, by the commits; None where they do not tell."""
        return self._standing.get(image.key)

    @cached_property
    def _standing(self) -> dict[str, Experiment]:
        # history is long, and of no interest where nothing is on trial
        if not any(map(self.changed, self.hub_images[1:])):
            return {}
        return offline.standing(self.git, self.tree, self.listed, self.settings, now=self.now)

    def entry_line(self, image: Image, *keys: str) -> int:
        """Return the line of chartpress.yaml at which an image, or a setting of it, stands."""
        text = self.tree.read(self.images.path) or ""
        at: Path = ("charts", image.chart_index, "images", image.key, *keys)
        with suppress(EditRefused):
            return line_of(text, at) or 1
        return 1


def gather(
    git: Git, settings: Settings, registry: Looks | None = None, *, now: datetime | None = None
) -> Facts:
    """Read a repository as it is at a time; a broken file becomes a problem, and hides nothing else.

    Raises BadFile and UnknownImage where chartpress.yaml itself says too little.
    """
    tree = WorkTree(git.root)
    found = images.load(tree, settings)
    _ = found.production
    clusters = fleet.load(tree, settings)
    lister = Lister(tree)
    listed = tuple(lister.describe(hub) for hub in clusters.hubs)
    return Facts(
        settings=settings,
        git=git,
        tree=tree,
        images=found,
        listed=listed,
        problems=(*clusters.problems, *lister.problems.values()),
        now=now or datetime.now(UTC),
        registry=registry,
    )


def _use(
    kind: Literal["hub", "user"], name: str | None, tag: str | None, source: str, hubs: list[Hub]
) -> Use:
    path, _, line = source.rpartition(":")
    return Use(kind=kind, name=name, tag=tag, path=path, line=int(line), hubs=tuple(hubs))


def _normal(name: str) -> str:
    """Return an image's name as docker shortens it, so that two spellings of one meet."""
    with suppress(BadReference):
        return Reference.parse(name).name
    return name

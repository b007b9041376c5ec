"""What the policies look at, each part read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal, TypeAlias

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
from hubimages.listing import Gap, HubImage, Listed, Lister, UserImage, Written
from hubimages.reference import BadReference, Reference
from hubimages.sources.pin import Pin
from hubimages.tree import WorkTree
from hubimages.yamlpath import Path
from hubimages.yamlread import Loader12, line_of

_Reached: TypeAlias = tuple[list[Hub], list[Written]]


@dataclass(frozen=True, kw_only=True)
class Use:
    """An image at one line of one values file, and the hubs that it reaches."""

    kind: Literal["hub", "user"]
    name: str | None
    tag: str | None
    path: str
    line: int
    hubs: tuple[Hub, ...]
    garbled: str | None = None  # see listing.Written
    always: bool = False

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
        return together(self.hubs)

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


def together(hubs: Iterable[Hub]) -> str:
    """Return the names of hubs, in a few words."""
    first, *others = (hub.name for hub in hubs)
    if len(others) < 2:
        return " and ".join((first, *others))
    return f"{first} and {len(others)} other hubs"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One repository as its files are at a time; registry is None where none is to be asked."""

    settings: Settings
    git: Git
    tree: WorkTree
    images: Images
    listed: tuple[Listed, ...]
    problems: tuple[BadFile, ...]
    gaps: tuple[Gap, ...]
    now: datetime
    registry: Looks | None = None
    asked: frozenset[Hub] | None = None  # whose images the registry is asked for; None: all hubs'

    @cached_property
    def hub_images(self) -> tuple[Image, ...]:
        """The production image and every experimental one; production alone where bases are unknown."""
        with suppress(BadFile):
            return (self.images.production, *self.images.experiments)
        return (self.images.production,)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every line that names a hub image or user image, once."""
        found: dict[tuple[Literal["hub", "user"], str | None, str | None, str], _Reached] = {}
        for one in self.listed:
            kinds: list[tuple[Literal["hub", "user"], HubImage | UserImage]] = []
            kinds += [("hub", one.hub_image)] if one.hub_image else []
            kinds += [("user", image) for image in one.user_images]
            for kind, image in kinds:
                at = (kind, image.name, image.tag, _source(one.hub, image))
                hubs, written = found.setdefault(at, ([], []))
                if one.hub not in hubs:
                    hubs.append(one.hub)
                written.append(image.written)
        return tuple(_use(*what, *reached) for what, reached in found.items())

    @property
    def asked_uses(self) -> Iterator[Use]:
        """Every line whose image the registry is asked for; one that hubs share is the first one's.

        So whatever way the hubs are divided among jobs, each line is asked for in one of them.
        """
        return (use for use in self.uses if self.asked is None or use.hubs[0] in self.asked)

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
        """Return the pins of an image, each with its file; None where it has no place for any.

        None also where they cannot be read; see broken().
        """
        with suppress(Failure):
            return tuple(pins.listed(image))
        return None

    def broken(self, image: Image) -> BadFile | None:
        """Return the file for which an image's pins cannot be read; None where they can."""
        try:
            pins.of(image)
        except BadFile as problem:
            return problem
        return None

    def changed(self, image: Image) -> tuple[tuple[str, Pin], ...]:
        """Return the pins of an experimental image that there are to promote, each with its file."""
        if self.broken(self.images.production):  # all would look new
            return ()
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
        return line_of(text, *at, loader=Loader12)


def gather(
    git: Git,
    settings: Settings,
    registry: Looks | None = None,
    *,
    hubs: str = "",
    now: datetime | None = None,
) -> Facts:
    """Read a repository as it is at a time; a broken file becomes a problem, and hides nothing else.

    hubs are the names of those that the registry is asked about, empty for all. Raises BadFile and
    UnknownImage where chartpress.yaml itself says too little; UnknownHub.
    """
    tree = WorkTree(git.root)
    found = images.load(tree, settings)
    _ = found.production
    clusters = fleet.load(tree, settings)
    asked = frozenset(clusters.several(hubs)) if hubs else None
    lister = Lister(tree)
    listed = tuple(lister.describe(hub) for hub in clusters.hubs)
    return Facts(
        settings=settings,
        git=git,
        tree=tree,
        images=found,
        listed=listed,
        problems=(*clusters.problems, *lister.problems.values()),
        gaps=tuple(lister.gaps),
        now=now or datetime.now(UTC),
        registry=registry,
        asked=asked,
    )


def _use(
    kind: Literal["hub", "user"],
    name: str | None,
    tag: str | None,
    source: str,
    hubs: list[Hub],
    written: list[Written],
) -> Use:
    path, _, line = source.rpartition(":")
    return Use(
        kind=kind,
        name=name,
        tag=tag,
        path=path,
        line=int(line),
        hubs=tuple(hubs),
        garbled=next((one.garbled for one in written if one.garbled), None),
        always=any(one.always for one in written),
    )


def _source(hub: Hub, image: HubImage | UserImage) -> str:
    """Return where to look: the hub's own line, where a name or a null makes it the hub's image."""
    places = (image.source, *image.written.places)
    own = (at for at in places if at.rpartition(":")[0] in hub.values_files)
    return next(own, image.source)


def _normal(name: str) -> str:
    """Return an image's name as docker shortens it, so that two spellings of one meet."""
    with suppress(BadReference):
        return Reference.parse(name).name
    return name

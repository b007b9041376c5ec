"""Where a hub's values say its user images: the default one, and that of each profile choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from hubimages import listing
from hubimages.fleet import Hub
from hubimages.listing import Deployed, Lister
from hubimages.values import Layer, Merged
from hubimages.yamlpath import Path

DEFAULT = "the default image"
Spot: TypeAlias = tuple[str, int, int]
"""A value in a file: the file's path, line and column (from 0); one spot can serve many places."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One user image of one hub.

    path leads to it in the hub's values files; names are how --choice may call it, the default
    image has none. name_file and tag_file are where name and tag are read from, None for a default
    image that nothing names; spot is where the tag stands, or else the name.
    """

    hub: Hub
    path: Path
    label: str
    names: tuple[str, ...] = ()
    name: str | None = None
    tag: str | None = None
    name_file: str | None = None
    tag_file: str | None = None
    spot: Spot | None = None

    @property
    def ref(self) -> str:
        """The image as it is named now; empty where nothing names one."""
        return f"{self.name}:{self.tag}" if self.tag else self.name or ""

    @property
    def source(self) -> str:
        """The file and line of the tag, or else of the name."""
        return f"{self.spot[0]}:{self.spot[1] + 1}" if self.spot else ""


@dataclass(frozen=True, kw_only=True)
class Places:
    """A hub's user images, and what decides which of them people get.

    choices are those of its profiles that name an image; hiding are the profiles in which nobody
    gets the default image, of all the hub's profiles. configurator: whether people with rights to
    it can put another image in place of the default one while the hub runs.
    """

    default: Place
    choices: tuple[Place, ...] = ()
    hiding: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    configurator: bool = False

    @property
    def named(self) -> tuple[Place, ...]:
        """All places that name an image."""
        return tuple(place for place in (self.default, *self.choices) if place.name)


def of(lister: Lister, hub: Hub) -> Places | None:
    """Return where a hub's user images stand; None without a jupyterhub chart. Raises BadFile."""
    found = lister.deployed(hub)
    if found is None:
        return None
    single = (*found.keys, "singleuser")
    profiles = list(_profiles(hub, found))
    switch = found.values.down("custom", "jupyterhubConfigurator", "enabled")
    image = found.values.down("singleuser", "image")
    return Places(
        default=_place(hub, (*single, "image"), DEFAULT, (), image),
        choices=tuple(place for one in profiles for place in one.places),
        hiding=tuple(one.label for one in profiles if one.hides),
        profiles=tuple(one.label for one in profiles),
        configurator=switch is not None and switch.text == "true",
    )


@dataclass(frozen=True)
class _Profile:
    label: str
    places: tuple[Place, ...]
    hides: bool


def _profiles(hub: Hub, found: Deployed) -> Iterator[_Profile]:
    start = (*found.keys, "singleuser", "profileList")
    for key, profile in _items(found.values.down("singleuser", "profileList")):
        at, names = (*start, key), _called(profile) or (f"profile {key}",)
        own = _overriding(hub, profile, at, names[0], names)
        choices, all_of_one = [], False
        for option, said in _items(profile.at("profile_options")):
            below = (*at, "profile_options", option, "choices")
            given = [
                _choice(hub, chosen, (*below, choice), str(choice), names)
                for choice, chosen in _items(said.at("choices"))
            ]
            choices += given
            all_of_one |= bool(given) and all(place.name for place in given)
        named = tuple(place for place in (own, *choices) if place.name)
        yield _Profile(names[0], named, bool(own.name) or all_of_one)


def _choice(hub: Hub, chosen: Merged, at: Path, key: str, profile: tuple[str, ...]) -> Place:
    names = tuple(dict.fromkeys((*_called(chosen), key)))
    within = tuple(f"{one}/{name}" for one in profile for name in names)
    return _overriding(hub, chosen, at, f"{profile[0]}/{names[0]}", (*names, *within))


def _overriding(hub: Hub, said: Merged, at: Path, label: str, names: tuple[str, ...]) -> Place:
    path = (*at, "kubespawner_override", "image")
    return _place(hub, path, label, names, said.down("kubespawner_override", "image"))


def _called(said: Merged) -> tuple[str, ...]:
    found = (said.at(key) for key in ("display_name", "slug"))
    return tuple(one.text for one in found if one and one.text)


def _items(found: Merged | None) -> Iterator[tuple[str | int, Merged]]:
    listed = found is not None and not found.mapping
    for key, below in found.items() if found else ():
        yield int(key) if listed else key, below


def _place(hub: Hub, path: Path, label: str, names: tuple[str, ...], found: Merged | None) -> Place:
    image = listing.image(found)
    if found is None or image is None or not image.name:
        return Place(hub=hub, path=path, label=label, names=names)
    name = tag = _layer(found)
    if found.text is None:
        name = tag = next(
            _layer(one) for key in listing.NAMES if (one := found.at(key)) and one.text
        )
        if image.tag and (said := found.at("tag")):
            tag = _layer(said)
    mark = tag.node.start_mark
    return Place(
        hub=hub,
        path=path,
        label=label,
        names=names,
        name=image.name,
        tag=image.tag,
        name_file=name.path,
        tag_file=tag.path,
        spot=(tag.path, mark.line, mark.column),
    )


def _layer(found: Merged) -> Layer:
    """Return what counts of a value that is no mapping."""
    return found.levels[-1][-1]

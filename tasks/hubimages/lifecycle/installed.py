"""What each image of a tree installs, and which image of an earlier commit it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from posixpath import dirname, join, normpath

from hubimages import images
from hubimages.config import Settings
from hubimages.errors import BadFile, Failure
from hubimages.git import Git
from hubimages.history import Commit, History
from hubimages.images import Image, NoRequirements
from hubimages.pins import listed
from hubimages.sources.pin import Pin
from hubimages.tree import Tree


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An image's pins, in the order of its requirements files; None where they cannot be read.

    problem is the broken or missing file; an image that installs no requirements has none.
    """

    key: str
    name: str
    pins: tuple[Pin, ...] | None
    problem: BadFile | None = None


Described = Mapping[str, Installed]


def describe(tree: Tree, settings: Settings) -> Described | None:
    """Return every image of a tree; empty without chartpress.yaml, None where that is broken."""
    if tree.read(chartpress(settings)) is None:
        return {}
    try:
        found = images.load(tree, settings)
    except Failure:
        return None
    return {image.key: _installed(image) for image in found.all}


def chartpress(settings: Settings) -> str:
    """Return the path of chartpress.yaml."""
    return normpath(join(settings.charts_dir, "chartpress.yaml"))


def _installed(image: Image) -> Installed:
    try:
        found = tuple(pin for _, pin in listed(image))
    except NoRequirements:
        return Installed(key=image.key, name=image.name, pins=None)
    except BadFile as problem:  # at an older commit, a mistake that a later one mended
        return Installed(key=image.key, name=image.name, pins=None, problem=problem)
    return Installed(key=image.key, name=image.name, pins=found)


def earlier(image: Installed, then: Described, later: Described) -> Installed | None:
    """Return what an image was at an earlier commit, though it had another name there.

    By its key; else, among those that the later commit no longer has, by its image name or by
    requirements that say the same to the letter.
    """
    if image.key in then:
        return then[image.key]
    gone = [other for other in then.values() if other.key not in later]
    named = [other for other in gone if other.name == image.name]
    texts = [pin.text for pin in image.pins or ()]
    alike = [o for o in gone if texts and [pin.text for pin in o.pins or ()] == texts]
    found = named or alike
    return found[0] if len(found) == 1 else None


def back(git: Git, history: History, settings: Settings) -> Iterator[tuple[Commit, Described]]:
    """Yield what each commit describes, newest first; broken commits are passed over.

    Where the folder of the charts was moved as a whole, it is followed. Where chartpress.yaml
    was not there yet, the last thing yielded is empty.
    """
    oldest: Commit | None = None
    start: tuple[Commit, Described] | None = None
    for commit, found in history.back(lambda tree: describe(tree, settings)):
        if found is not None and not found:
            start = commit, found
            break
        oldest = commit
        if found:
            yield commit, found
    moved = git.renamed_from(oldest.id, chartpress(settings)) if oldest else None
    if oldest and moved:
        before = replace(settings, charts_dir=dirname(moved) or ".")
        yield from back(git, History.of(git, [before.charts_dir], f"{oldest.id}^1"), before)
    elif start:
        yield start

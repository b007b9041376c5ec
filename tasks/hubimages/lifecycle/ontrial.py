"""Hubs that run an experimental image, and since when each runs its tag."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from posixpath import join, normpath
from typing import Protocol

from hubimages import tags
from hubimages.config import Settings
from hubimages.errors import Failure
from hubimages.fleet import Hub
from hubimages.git import Git
from hubimages.history import History
from hubimages.images import Image
from hubimages.listing import Listed, Lister
from hubimages.tree import Tree
from hubimages.yamlread import load_mapping


class Describes(Protocol):
    """What says what hubs run, in the files of one tree: a Lister, or what one said before."""

    @property
    def tree(self) -> Tree:
        """The files that it reads."""

    def describe(self, hub: Hub) -> Listed:
        """See listing.Lister."""


@dataclass(frozen=True)
class Running:
    """A hub on an image; since is the committer date of the commit that gave it this tag.

    since is None where that commit is not in this clone, or not made yet.
    """

    hub: Hub
    name: str
    tag: str
    since: datetime | None


def running(
    git: Git, lister: Describes, hubs: Sequence[Hub], images: Sequence[Image], settings: Settings
) -> list[Running]:
    """Return the hubs whose effective hub image is one of images, in the fleet's order."""
    names = {image.name for image in images}
    found = []
    for hub in _suspects(lister.tree, hubs, names, {image.chart for image in images}):
        image = lister.describe(hub).hub_image
        if image and image.name in names and image.tag:
            since = _since(git, lister.tree, hub, (image.name, image.tag), settings)
            found.append(Running(hub, image.name, image.tag, since))
    return found


def _suspects(tree: Tree, hubs: Sequence[Hub], names: set[str], charts: set[str]) -> list[Hub]:
    """Return the hubs that have one of names in a file at all, since parsing takes ten times longer."""
    texts: dict[str, bool] = {}

    def says(path: str) -> bool:
        if path not in texts:
            text = tree.read(path) or ""
            texts[path] = any(name in text for name in names)
        return texts[path]

    # a chart can include another one, whose values then count too
    if any(says(join(chart, "values.yaml")) for chart in charts | {hub.chart for hub in hubs}):
        return list(hubs)
    return [hub for hub in hubs if any(says(path) for path in hub.readable_files)]


def _since(
    git: Git, now: Tree, hub: Hub, image: tuple[str, str], settings: Settings
) -> datetime | None:
    """Walk back for as long as the hub's own files gave it this image and tag."""
    # no file can have said a tag before the commit that it is named after
    after = None if git.shallow else tags.commit(git, image[1])
    history = History.of(git, [join(settings.clusters_dir, hub.cluster)], after=after)
    since = None
    for commit, then in history.back(lambda tree: _image(tree, now, hub, settings)):
        if then is None:
            continue
        if then != image:
            return since
        since = commit.when
    return None if git.shallow else since


def _image(
    tree: Tree, now: Tree, hub: Hub, settings: Settings
) -> tuple[str | None, str | None] | None:
    """Return what a hub's files of that time make it run, on today's chart; None: cannot be told."""
    folder = normpath(join(settings.clusters_dir, hub.cluster))
    with suppress(Failure):
        then = hub_then(tree, folder, hub)
        lister = Lister(_Over(tree, folder, now))
        found = lister.describe(then).hub_image if then else None
        if not lister.problems:
            return (found.name, found.tag) if found else (None, None)
    return None


def hub_then(tree: Tree, folder: str, hub: Hub) -> Hub | None:
    """Return a hub with the values files that it had then, or None if it was not there."""
    path = join(folder, "cluster.yaml")
    for entry in load_mapping(tree.read(path) or "", path).get("hubs") or ():
        if isinstance(entry, dict) and entry.get("name") == hub.hub:
            files = entry.get("helm_chart_values_files") or ()
            return dataclasses.replace(
                hub, values_files=tuple(normpath(join(folder, str(file))) for file in files)
            )
    return None


@dataclass(frozen=True)
class _Over:
    """A folder as it was then, over everything else as it is now."""

    then: Tree
    folder: str
    now: Tree

    def read(self, path: str) -> str | None:
        return self._tree(path).read(path)

    def exists(self, path: str) -> bool:
        return self._tree(path).exists(path)

    def _tree(self, path: str) -> Tree:
        return self.then if path.startswith(f"{self.folder}/") else self.now

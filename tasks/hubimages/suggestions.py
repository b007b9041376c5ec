"""What a flag's value could be, read in no time: from files and git, and from no registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from hubimages import fleet, images, pins, tags, yamlread
from hubimages.config import Settings
from hubimages.errors import BadFile, Failure
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.tree import WorkTree

_TEXTS: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # for which 1.10 is no number


@dataclass(frozen=True)
class Suggestions:
    """Values that are there now, best first; raises whatever the files bring about."""

    git: Git
    settings: Settings

    @cached_property
    def tree(self) -> WorkTree:
        """The person's files."""
        return WorkTree(self.git.root)

    @cached_property
    def found(self) -> Images:
        """The images of chartpress.yaml."""
        return images.load(self.tree, self.settings)

    def images(self) -> list[str]:
        """Return the names of all images in chartpress.yaml."""
        return [image.key for image in self.found.all]

    def experiments(self) -> list[str]:
        """Return the names of the experimental images."""
        return [image.key for image in self.found.experiments]

    def repositories(self) -> list[str]:
        """Return the images' names as hubs have them, without tags."""
        return [image.name for image in self.found.all]

    def clusters(self) -> list[str]:
        """Return the clusters' names."""
        return sorted(self.tree.folders(self.settings.clusters_dir))

    def hubs(self) -> list[str]:
        """Return every hub, as cluster/hub."""
        return [hub.name for hub in fleet.load(self.tree, self.settings).hubs]

    def packages(self, key: str) -> list[str]:
        """Return what an image pins; the configured experiment where no key is given."""
        image = self.found.named(key or self.settings.experiment)
        return [pin.package for pin in pins.of(image)]

    def tags(self, key: str) -> list[str]:
        """Return the tag of an image's newest commit, and those that values files name.

        Without a key, of all images.
        """
        wanted = [self.found.named(key)] if key else self.found.all
        return list(dict.fromkeys(tag for image in wanted for tag in self._tags(image)))

    def _tags(self, image: Image) -> Iterator[str]:
        if not self.git.shallow:
            with suppress(Failure):
                yield tags.identify(self.git, image.paths, image.base_version).text
        # the few files that have its name: all of them would take a second in a large fleet
        folders = (self.settings.charts_dir, self.settings.clusters_dir)
        words = ("grep", "--files-with-matches", "-z", "--fixed-strings", "-e", image.name)
        for path in (self.git.try_ask(*words, "--", *folders) or "").split("\0"):
            if path.endswith((".yaml", ".yml")):
                with suppress(BadFile):
                    text = self.tree.read(path) or ""
                    yield from _named(yamlread.load(text, path, _TEXTS), image.name)


def _named(found: Any, name: str) -> Iterator[str]:
    """Yield the tags with which values name an image: name and tag of a mapping, or one text."""
    if isinstance(found, dict):
        if name in (found.get("name"), found.get("repository")) and found.get("tag"):
            yield str(found["tag"])
        yield from _in_each(found.values(), name)
    elif isinstance(found, list):
        yield from _in_each(found, name)
    elif isinstance(found, str) and found.startswith(f"{name}:"):
        yield found.removeprefix(f"{name}:")


def _in_each(values: Iterable[Any], name: str) -> Iterator[str]:
    for value in values:
        yield from _named(value, name)

"""Where experiments stand by the repository alone: no hub is listed twice, no registry is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from hubimages.config import Settings
from hubimages.errors import BadFile
from hubimages.fleet import Hub
from hubimages.git import Git
from hubimages.history import History
from hubimages.images import UnknownImage
from hubimages.lifecycle.look import look, paths
from hubimages.lifecycle.standing import Experiment
from hubimages.listing import Listed
from hubimages.reference import Reference
from hubimages.registry import Answer, Unknown
from hubimages.tree import Tree


def standing(
    git: Git, tree: Tree, listed: Iterable[Listed], settings: Settings, *, now: datetime
) -> dict[str, Experiment]:
    """Return every experiment by its image's key; none where the newest commit does not tell.

    A stage `pinned` may be `built`; the others depend on no registry.
    """
    if git.head is None:
        return {}
    known = _Known(tree, {one.hub: one for one in listed})
    with suppress(BadFile, UnknownImage):  # what is committed may be broken, or not there yet
        history = History.of(git, paths(tree, settings))
        found = look(git, history, tuple(known.listed), known, _Unasked(), settings, now=now)
        return {one.image: one for one in found.experiments}
    return {}


@dataclass(frozen=True)
class _Known:
    """Says again what was listed."""

    tree: Tree
    listed: Mapping[Hub, Listed]

    def describe(self, hub: Hub) -> Listed:
        return self.listed[hub]


class _Unasked:
    """Stands in for a registry."""

    def look(self, ref: Reference) -> Answer:
        return Unknown(f"No registry was asked for {ref}.")

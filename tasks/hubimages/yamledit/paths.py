"""Several paths of one document, as a tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from hubimages.yamledit.errors import EditRefused
from hubimages.yamlpath import Path, dotted

Branch: TypeAlias = "dict[str | int, Branch | str | None]"
"""Paths that share their beginnings, as a tree; a leaf is the new text, or None to remove."""


def branches(leaves: Iterable[tuple[Path, str | None]]) -> Branch:
    """Return the paths as one tree; raise EditRefused where one path goes through another."""
    root: Branch = {}
    for path, leaf in leaves:
        if not path:
            raise EditRefused("the whole document cannot be the target of an edit.")
        here = root
        for part in path[:-1]:
            below = here.setdefault(part, {})
            if not isinstance(below, dict):
                raise EditRefused(f"{dotted(path)} would be inside of another edit's value.")
            here = below
        if isinstance(here.get(path[-1]), dict):
            raise EditRefused(f"{dotted(path)} would replace what another edit sets inside of it.")
        here[path[-1]] = leaf
    return root

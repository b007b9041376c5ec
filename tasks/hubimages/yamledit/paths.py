"""Where in a document something stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from hubimages.yamledit.errors import EditRefused

Path: TypeAlias = tuple[str | int, ...]
"""Keys of mappings (text) and indices of sequences (numbers), from the document's root."""

Branch: TypeAlias = "dict[str | int, Branch | str | None]"
"""Paths that share their beginnings, as a tree; a leaf is the new text, or None to remove."""


def path_from(dotted: str) -> Path:
    """Return the path that chartpress's `valuesPath` means: `a.0.b` is ("a", 0, "b")."""
    return tuple(int(part) if part.isdecimal() else part for part in dotted.split("."))


def dotted(path: Path) -> str:
    """Return a path as a person writes it."""
    return ".".join(map(str, path)) or "the top level"


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

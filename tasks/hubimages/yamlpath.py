"""Where in a YAML document something stands."""

from __future__ import annotations

from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys of mappings (text) and indices of sequences (numbers), from the document's root."""


def path_from(dotted: str) -> Path:
    """Return the path that chartpress's `valuesPath` means: `a.0.b` is ("a", 0, "b")."""
    return tuple(int(part) if part.isdecimal() else part for part in dotted.split("."))


def dotted(path: Path) -> str:
    """Return a path as a person writes it."""
    return ".".join(map(str, path)) or "the top level"

"""What a text has at a path, and on which line."""

from __future__ import annotations

from hubimages.yamledit.tree import BOM, Alias, Mapping, Node, Sequence, load, read
from hubimages.yamlpath import Path


def get(text: str, path: Path) -> object:
    """Return what the document has at path; raise KeyError where it has nothing there.

    A key without a value is there, and is None.
    """
    here = load(text)
    for part in path:
        here = item(here, part)
    return here


def find(text: str, path: Path, missing: object = None) -> object:
    """Return what the document has at path, or missing where it has nothing there."""
    try:
        return get(text, path)
    except KeyError:
        return missing


def item(document: object, part: str | int) -> object:
    """Return what a mapping has at a key or a list at an index; raise KeyError without it."""
    if isinstance(document, dict):
        return document[part]
    if isinstance(document, list) and isinstance(part, int) and 0 <= part < len(document):
        return document[part]
    raise KeyError(part)


def line_of(text: str, path: Path) -> int | None:
    """Return the 1-based line where the value at path stands, or None where there is none.

    A value that comes through an alias or a merge key stands where it is written.
    """
    node = node_at(read(text.removeprefix(BOM)).root, path)
    return node.line if node else None


def node_at(root: Node | None, path: Path) -> Node | None:
    """Return the node at path below root, behind every alias and merge key on the way."""
    node = behind(root)
    for part in path:
        node = behind(_child(node, part))
    return node


def _child(node: Node | None, part: str | int) -> Node | None:
    if isinstance(node, Sequence) and isinstance(part, int):
        return node.items[part] if 0 <= part < len(node.items) else None
    if not isinstance(node, Mapping):
        return None
    if found := node.get(part):
        return found
    merged = behind(node.get("<<"))
    sources = merged.items if isinstance(merged, Sequence) else [merged]
    return next((found for source in sources if (found := _child(behind(source), part))), None)


def behind(node: Node | None) -> Node | None:
    """Return what an alias names, and any other node as it is."""
    return node.target if isinstance(node, Alias) else node

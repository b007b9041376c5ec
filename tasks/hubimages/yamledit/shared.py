"""A value that several places have through an anchor, changed where it is written, for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.yamledit.errors import EditRefused
from hubimages.yamledit.reading import behind, node_at
from hubimages.yamledit.scalars import content, in_style
from hubimages.yamledit.splice import Splice, apply
from hubimages.yamledit.tree import BOM, Alias, Mapping, Node, Scalar, Sequence, load, read
from hubimages.yamledit.verify import check, put
from hubimages.yamlpath import Path, dotted


def uses(text: str, path: Path) -> tuple[Path, ...]:
    """Return every path that has the value at path by an edit of it: several through an anchor.

    Where an alias stands at path itself, that place alone; () where nothing stands there.
    """
    root = read(text.removeprefix(BOM)).root
    above = node_at(root, path[:-1])
    own = above.get(path[-1]) if isinstance(above, Mapping) and path else None
    if isinstance(own, Alias):
        return (path,)
    target = node_at(root, path)
    return tuple(_places(root, target, (), frozenset())) if target else ()


def set_shared(text: str, path: Path, value: str) -> str:
    """Return text with the scalar at path set where it is written, and so wherever it is used.

    Raises EditRefused where that would change anything else.
    """
    body = text.removeprefix(BOM)
    target = node_at(read(body).root, path)
    if not isinstance(target, Scalar) or target.start == target.end:
        raise EditRefused(
            f"`{dotted(path)}` is no single value.", line=target.line if target else None
        )
    start, end = content(body, target)
    new = apply(body, [Splice(start, end, in_style(value, target, flow=True))])
    expected = load(text)
    for place in uses(text, path):
        expected = put(expected, place, value)
    new = text[: len(text) - len(body)] + new
    check(new, expected)
    return new


def _places(node: Node | None, target: Node, at: Path, inside: frozenset[int]) -> Iterator[Path]:
    """Yield where the document has target; inside are the nodes above, which an alias may name."""
    here = behind(node)
    if here is target:
        yield at
    if here is None or id(here) in inside:
        return
    deeper = inside | {id(here)}
    if isinstance(here, Sequence):
        for index, item in enumerate(here.items):
            yield from _places(item, target, (*at, index), deeper)
    if isinstance(here, Mapping):
        for key, value in _entries(here, frozenset()).items():
            yield from _places(value, target, (*at, key), deeper)


def _entries(mapping: Mapping, inside: frozenset[int]) -> dict[str, Node]:
    """Return the values of a mapping, those that a merge key brings included, by their keys."""
    if id(mapping) in inside:
        return {}
    own = {key.value: value for key, value in mapping.entries if isinstance(key, Scalar)}
    merged = behind(own.pop("<<", None))
    sources = merged.items if isinstance(merged, Sequence) else [merged]
    for source in map(behind, sources):
        if isinstance(source, Mapping):
            own = {**_entries(source, inside | {id(mapping)}), **own}
    return own

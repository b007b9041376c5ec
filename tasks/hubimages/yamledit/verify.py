"""The document that an edit should make, and whether it did."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from hubimages.yamledit.errors import EditRefused
from hubimages.yamledit.paths import Branch
from hubimages.yamledit.tree import load
from hubimages.yamlpath import Path

GONE: Final = object()


def check(text: str, expected: object) -> None:
    """Raise EditRefused unless text means the expected document and nothing else."""
    try:
        good = same(load(text), expected)
    except EditRefused as error:
        raise EditRefused(f"after the edit, {error.why}") from None
    if not good:
        raise EditRefused("the edit would change more than what was asked for.")


def same(a: object, b: object) -> bool:
    """Whether two documents are the same in values, types and the order of their keys.

    NaN is the same as NaN, 1 is not True.
    """
    return _same(a, b, set())


def _same(a: object, b: object, seen: set[tuple[int, int]]) -> bool:
    """seen ends the loops that aliases can make, and saves comparing a shared node twice."""
    if type(a) is not type(b):
        return False
    if not isinstance(a, dict | list | tuple):
        return repr(a) == repr(b) if isinstance(a, float) else a == b
    if (id(a), id(b)) in seen:
        return True
    seen.add((id(a), id(b)))
    if isinstance(a, dict) and isinstance(b, dict):
        return _all_same(a, b, seen) and _all_same(a.values(), b.values(), seen)
    return isinstance(b, list | tuple) and _all_same(a, b, seen)


def _all_same(a: Collection[object], b: Collection[object], seen: set[tuple[int, int]]) -> bool:
    return len(a) == len(b) and all(_same(x, y, seen) for x, y in zip(a, b, strict=True))


def put(document: object, path: Path, value: object, *, first: bool = False) -> object:
    """Return a copy of the document with value at path; new keys come last, or first."""
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(document, list) and isinstance(part, int):
        changed = put(document[part], rest, value, first=first)
        return [*document[:part], changed, *document[part + 1 :]]
    old = document if isinstance(document, dict) else {}
    new = {part: put(old.get(part), rest, value, first=first)}
    return {**new, **old, **new} if first and part not in old else {**old, **new}


def without(document: object, gone: Branch, left: Mapping[Path, object], at: Path = ()) -> object:
    """Return a copy of the document without these keys and the mappings that this empties.

    left has those emptied mappings that stay, with what stays of them. GONE stands for an
    emptied one that does not.
    """
    if not gone:
        return document
    if isinstance(document, list):
        return [
            without(x, below, left, (*at, i)) if isinstance(below := gone.get(i), dict) else x
            for i, x in enumerate(document)
        ]
    if not isinstance(document, dict):
        return document
    kept = {}
    for key, value in document.items():
        below = gone.get(key, {})
        new = without(value, below, left, (*at, key)) if isinstance(below, dict) else GONE
        if new is not GONE:
            kept[key] = new
    return kept if kept or not document else left.get(at, GONE)

"""New keys written as YAML, in lines or on one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hubimages.yamledit.errors import EditRefused
from hubimages.yamledit.paths import Branch
from hubimages.yamledit.scalars import plain, quoted
from hubimages.yamledit.tree import Mapping, Node, Sequence


def block(wanted: Branch, column: int, width: int) -> list[str]:
    """Return the lines of a block mapping at column, each level width further in."""
    lines = []
    for key, below in wanted.items():
        head = f"{' ' * column}{_key(key, flow=False)}:"
        if isinstance(below, dict):
            lines += [head, *block(below, column + width, width)]
        else:
            lines.append(f"{head} {quoted(below or '')}")
    return lines


def flow(wanted: Branch) -> str:
    """Return the inside of a flow mapping."""
    return ", ".join(
        f"{_key(key, flow=True)}: "
        + (f"{{{flow(below)}}}" if isinstance(below, dict) else quoted(below or ""))
        for key, below in wanted.items()
    )


def _key(key: str | int, *, flow: bool) -> str:
    if isinstance(key, int):
        raise EditRefused(f"there is no list that has a number {key}, and none is made.")
    return plain(key, flow=flow)


def step(root: Node | None) -> int:
    """Return by how many columns this text mostly indents a mapping in a mapping."""
    steps = Counter(_steps(root))
    return steps.most_common(1)[0][0] if steps else 2


def _steps(node: Node | None) -> Iterator[int]:
    if isinstance(node, Mapping) and not node.flow:
        for key, value in node.entries:
            if isinstance(value, Mapping) and not value.flow and value.entries:
                yield value.entries[0][0].column - key.column
            yield from _steps(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _steps(item)

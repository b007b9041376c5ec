"""YAML texts as people write them, made by hypothesis; and a second opinion on their meaning."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from hypothesis import strategies as st

KEYS = ["jupyterhub", "hub", "image", "name", "tag", "a", "b b", "c-1", "x.y", "'q'", '"d"']
PLAIN = [
    "1",
    "1.5",
    "true",
    "text",
    "a b",
    "~",
    "2024-01-02",
    "0x1f",
    ".nan",
    "a:b",
    "é",
    "-1",
    "x#y",
]
QUOTED = ["'it''s'", '"d\\t\\"q"', "''", '"# no"', "'a: b'"]
FLOW = ["{}", "{ }", "[]", "{a: 1}", "{ hub: { } }", "[1, {tag: x}]", "{hub: {}}"]
FLOW += ["{\"a\":1, tag: 'x'}", "{image: {}, hub: {a: 1,}}", "{a: [1, 2], # why\n   b: 2}"]
COMMENTS = ["", "", "", " # why", "   #"]
BETWEEN = [[], [], [], [""], ["# a comment"], ["", "    # deep", ""]]


def meaning(text: str) -> Any:
    return yaml.load(text.removeprefix("\ufeff"), Loader=yaml.CSafeLoader)


def changed(document: Any, path: tuple[Any, ...], act: Callable[[Any, Any], None]) -> Any:
    """Return a deep copy in which act(parent, key) was called at path."""
    document = copy.deepcopy(document)
    here = document
    for part in path[:-1]:
        here = here[part]
    act(here, path[-1])
    return document


def scalar_paths(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs: Any = []
    if isinstance(document, dict):
        pairs = document.items()
    elif isinstance(document, list):
        pairs = enumerate(document)
    elif at:
        yield at
    for key, value in pairs:
        yield from scalar_paths(value, (*at, key))


@dataclass
class _Writer:
    draw: Any
    anchors: list[str] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    count: int = 0

    def pick(self, choices: list[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def mapping(self, column: int, depth: int) -> list[str]:
        pad, lines = " " * column, []
        keys = self.draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
        if self.maps and self.pick([True, False, False, False]):
            lines.append(f"{pad}<<: *{self.pick(self.maps)}")
        for key in keys:
            lines += [f"{pad}{line}" if line else "" for line in self.pick(BETWEEN)]
            lines += self.value(f"{pad}{key}:", column, depth)
        return lines

    def value(self, head: str, column: int, depth: int) -> list[str]:
        kinds = ["plain", "plain", "quoted", "null", "flow", "literal", "alias", "anchored"]
        kind = self.pick(kinds + ["mapping", "mapping", "mapping", "list", "items"] * (depth < 4))
        tail = self.pick(COMMENTS)
        if kind == "literal":
            return self.literal(head, column)
        if kind in ("mapping", "list", "items"):
            return self.nested(head + tail, kind, column, depth)
        if kind == "alias" and self.anchors:
            return [f"{head} *{self.pick(self.anchors)} {tail}"]
        if kind == "anchored":
            self.count += 1
            self.anchors.append(f"v{self.count}")
            return [f"{head} &v{self.count} {self.pick(PLAIN)}{tail}"]
        words = {"plain": PLAIN, "quoted": QUOTED, "flow": FLOW}.get(kind, [""])
        word = self.pick(words).replace("\n", "\n" + " " * column)
        return f"{head}{' ' if word else ''}{word}{tail}".split("\n")

    def literal(self, head: str, column: int) -> list[str]:
        pad = " " * (column + self.pick([1, 2, 4]))
        blank = [""] * self.pick([0, 0, 1, 2])
        style = self.pick(["|", "|-", "|+", ">", ">-", ">+"])
        return [f"{head} {style}", f"{pad}one # not a comment", "", f"{pad}two: 2", *blank]

    def nested(self, head: str, kind: str, column: int, depth: int) -> list[str]:
        if kind == "mapping":
            width = self.pick([2, 2, 4, 3])
            name = f"m{self.count}" if self.pick([True, False, False]) else ""
            self.count += bool(name)
            lines = self.mapping(column + width, depth + 1)
            if name and "#" not in head:
                self.maps.append(name)
                self.anchors.append(name)
                head += f" &{name}"
            return [head, *lines]
        dash = " " * (column + self.pick([0, 2])) + "-"
        if kind == "list":
            return [head, f"{dash} {self.pick(PLAIN)}", dash, f"{dash} {self.pick(QUOTED)}"]
        item = self.mapping(len(dash) + 1, depth + 1)
        while not item[0].strip() or item[0].lstrip().startswith("#"):
            item.pop(0)
        return [head, f"{dash} {item[0].lstrip()}", *item[1:]]


@st.composite
def texts(draw: Any) -> str:
    """Draw a text that is one document, in any of the ways that editors leave files."""
    writer = _Writer(draw)
    lines = writer.pick([[], [], ["---"], ["# top", ""]])
    if writer.pick([True] * 9 + [False]):
        lines = lines + writer.mapping(0, 0)
    lines = lines + writer.pick([[], [], ["# end"], ["", ""]])
    if lines and writer.pick([True, False, False, False]) and "..." not in lines:
        lines = [*lines, "..."]
    newline = writer.pick(["\n", "\n", "\r\n"])
    text = newline.join(lines) + writer.pick([newline, newline, ""])
    return writer.pick(["", "", "", "\ufeff"]) + text

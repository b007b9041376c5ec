"""A YAML text as a tree of positions, and as the document that it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from hubimages.yamledit.errors import EditRefused
from hubimages.yamlpath import Path, dotted

Loader: TypeAlias = "type[yaml.SafeLoader] | type[yaml.CSafeLoader]"
LOADER: Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

BOM = "\ufeff"

# What a broken value makes PyYAML's constructors raise: 2024-13-45, `!!int ""`, `!!bool x` ...
_UNREADABLE = (
    yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """Where a node stands: text[start:end], beginning with its anchor and tag if it has them.

    line counts from 1, column from 0. A block collection ends where its last leaf ends, though
    for the parser it goes on to the next token.
    """

    start: int
    end: int
    line: int
    column: int
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar(_Placed):
    """A leaf. style is the character that opens it; empty for a plain one."""

    value: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias(_Placed):
    """A `*name`; target is None inside of the very node that it names."""

    name: str
    target: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(_Placed):
    """Keys and values in the order of the text; inside is the position after a flow's `{`."""

    entries: list[tuple[Node, Node]]
    flow: bool
    inside: int

    def get(self, key: str | int) -> Node | None:
        """Return the value that key has here: of two the last, as YAML loaders do."""
        for name, value in reversed(self.entries):
            if isinstance(name, Scalar) and name.value == key:
                return value
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(_Placed):
    """A list, in brackets where flow is true."""

    items: list[Node]
    flow: bool


Node: TypeAlias = Scalar | Alias | Mapping | Sequence


@dataclass(frozen=True, slots=True)
class Holder:
    """What holds a node: nothing (the root), an item of a list, or a key of a mapping."""

    path: Path = ()
    key: Node | None = None
    flow: bool = False

    @property
    def name(self) -> str:
        """The node as messages name it."""
        return dotted(self.path)


@dataclass(frozen=True, slots=True)
class Tree:
    """The positions of a text; root is None where the text has no document at all."""

    root: Node | None
    aliased: frozenset[str]


def load(text: str) -> object:
    """Return the document that text means, or raise EditRefused with the line that is wrong."""
    try:
        document: object = yaml.load(text.removeprefix(BOM), Loader=LOADER)  # noqa: S506 - both are safe
    except _UNREADABLE as error:
        raise _refusal(error) from None
    return document


def read(text: str, loader: Loader = LOADER) -> Tree:
    """Return the positions in text, which has no BOM; raise EditRefused where it is not YAML."""
    try:
        return _Reader(yaml.parse(text, Loader=loader)).tree()
    except _UNREADABLE as error:
        raise _refusal(error) from None


def _refusal(error: Exception) -> EditRefused:
    mark = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or str(error).splitlines()[0]
    return EditRefused(
        f"this is not YAML that can be read: {why}.",
        line=mark.line + 1 if mark else None,
        fix="correct the file, then run the command again",
    )


@dataclass(slots=True)
class _Reader:
    """Makes nodes of the parser's events."""

    events: Iterator[Any]  # an event always has its marks, which the type stubs do not know
    anchors: dict[str, Node] = field(default_factory=dict)
    aliased: set[str] = field(default_factory=set)

    def tree(self) -> Tree:
        root = None
        for event in self.events:
            kind = type(event)
            if kind is yaml.DocumentStartEvent:
                if root:
                    why = "a second document starts here; only files of one document are edited."
                    raise EditRefused(why, line=event.start_mark.line + 1)
                root = self.node(next(self.events))
        return Tree(root, frozenset(self.aliased))

    def node(self, event: Any) -> Node:
        node = self.unnamed(event)
        if node.anchor:
            self.anchors[node.anchor] = node
        return node

    def unnamed(self, event: Any) -> Node:
        kind, mark, end = type(event), event.start_mark, event.end_mark.index
        start, line, column = mark.index, mark.line + 1, mark.column
        if kind is yaml.ScalarEvent:
            return Scalar(
                start=start, end=end, line=line, column=column, anchor=event.anchor,
                value=event.value, style=event.style or "",
            )  # fmt: skip
        if kind is yaml.AliasEvent:
            self.aliased.add(event.anchor)
            return Alias(
                start=start, end=end, line=line, column=column,
                name=event.anchor, target=self.anchors.get(event.anchor),
            )  # fmt: skip
        if kind is yaml.MappingStartEvent:
            nodes, closed = self.until(yaml.MappingEndEvent)
            flow = bool(event.flow_style)
            return Mapping(
                start=start, end=closed if flow or not nodes else nodes[-1].end,
                line=line, column=column, anchor=event.anchor,
                entries=list(zip(nodes[::2], nodes[1::2], strict=True)), flow=flow, inside=end,
            )  # fmt: skip
        nodes, closed = self.until(yaml.SequenceEndEvent)
        return Sequence(
            start=start, end=closed if event.flow_style or not nodes else nodes[-1].end,
            line=line, column=column, anchor=event.anchor,
            items=nodes, flow=bool(event.flow_style),
        )  # fmt: skip

    def until(self, last: type[yaml.Event]) -> tuple[list[Node], int]:
        """Return the nodes up to the event of that kind, and where it ends."""
        nodes: list[Node] = []
        while True:
            event = next(self.events)
            end: int = event.end_mark.index
            if type(event) is last:
                return nodes, end
            nodes.append(self.node(event))

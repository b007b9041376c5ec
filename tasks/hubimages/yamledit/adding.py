"""Values set, keys and blocks added, with everything else left byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from hubimages.yamledit import render
from hubimages.yamledit.errors import EditRefused
from hubimages.yamledit.guard import refuse_merged, refuse_shared
from hubimages.yamledit.paths import Branch, branches
from hubimages.yamledit.scalars import content, in_style, quoted
from hubimages.yamledit.splice import Splice, apply, insert_lines, line_start, next_line
from hubimages.yamledit.tree import (
    BOM,
    Alias,
    Holder,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Tree,
    load,
    read,
)
from hubimages.yamledit.verify import check, put
from hubimages.yamlpath import Path, dotted

EMPTY_MARK = "# empty before this override"
"""Stands first in a mapping that was null, so that removing ours can give the null back."""


def set_scalars(text: str, changes: MappingOf[Path, str]) -> str:
    """Return text with these values set and nothing else changed.

    A scalar that is there keeps its place, quotes and comments. What is missing is added to the
    deepest mapping that is there, double-quoted; remove_keys takes it out again byte for byte.
    Raises EditRefused where that cannot be done without changing something else.
    """
    before = load(text)
    body = text.removeprefix(BOM)
    tree = read(body)
    wanted = branches(changes.items())
    try:
        return _set(text, body, tree, before, wanted, changes, first=False)
    except EditRefused as refusal:
        try:
            return _set(text, body, tree, before, wanted, changes, first=True)
        except EditRefused:
            raise refusal from None


def _set(
    text: str,
    body: str,
    tree: Tree,
    before: object,
    wanted: Branch,
    changes: MappingOf[Path, str],
    *,
    first: bool,
) -> str:
    splices = _Adding(body, tree, first).to_root(before, wanted)
    after = text[: len(text) - len(body)] + apply(body, splices)
    expected = before
    ordered = list(changes.items())
    for path, value in reversed(ordered) if first else ordered:
        expected = put(expected, path, value, first=first)
    check(after, expected)
    return after


@dataclass(frozen=True)
class _Adding:
    """Plans the splices for one text; inner ones come before outer ones at the same place."""

    text: str
    tree: Tree
    first: bool

    def to_root(self, document: object, wanted: Branch) -> Iterator[Splice]:
        root = self.tree.root
        if document is None and (root is None or root.start == root.end):
            at = root.start if root else len(self.text)
            if at < len(self.text):
                at = line_start(self.text, at)
            yield insert_lines(self.text, at, render.block(wanted, 0, render.step(root)))
        elif root:
            yield from self.into(root, document, wanted, Holder())

    def into(
        self, node: Node, document: object, wanted: Branch, holder: Holder
    ) -> Iterator[Splice]:
        """Set what is wanted inside of node, which means document."""
        refuse_shared(self.tree, node, holder.name)
        if isinstance(node, Sequence) and isinstance(document, list):
            for part, below in wanted.items():
                at = Holder((*holder.path, part), None, node.flow)
                if not isinstance(part, int) or not 0 <= part < len(node.items):
                    raise EditRefused(f"there is no list item {at.name}.", line=node.line)
                yield from self.child(node.items[part], document[part], below, at)
        elif isinstance(node, Mapping) and isinstance(document, dict):
            yield from self.keys(node, document, wanted, holder)
        else:
            raise EditRefused(f"`{holder.name}` is a value, not a mapping.", line=node.line)

    def keys(
        self, node: Mapping, document: dict[object, object], wanted: Branch, holder: Holder
    ) -> Iterator[Splice]:
        missing = {part: below for part, below in wanted.items() if node.get(part) is None}
        for part in missing:
            if part in document:
                refuse_merged(node, dotted((*holder.path, part)))
        for key, value in node.entries:
            part = key.value if isinstance(key, Scalar) else ""
            if part in wanted and value is node.get(part):
                at = Holder((*holder.path, part), key, node.flow)
                yield from self.child(value, document.get(part), wanted[part], at)
        if missing:
            yield self.addition(node, missing, holder)

    def child(
        self, node: Node, document: object, below: Branch | str | None, holder: Holder
    ) -> Iterator[Splice]:
        if isinstance(below, str):
            yield self.scalar(node, below, holder)
        elif below and document is None and not isinstance(node, Alias):
            yield self.filled(node, below, holder)
        elif below:
            yield from self.into(node, document, below, holder)

    def scalar(self, old: Node, value: str, holder: Holder) -> Splice:
        if isinstance(old, Alias):  # what it names stays, and so does every other use of it
            return Splice(old.start, old.end, quoted(value))
        refuse_shared(self.tree, old, holder.name)
        if not isinstance(old, Scalar):
            raise EditRefused(f"`{holder.name}` is no single value.", line=old.line)
        start, end = content(self.text, old)
        if start < end:
            return Splice(start, end, in_style(value, old, flow=holder.flow))
        gap = self.text[holder.key.end : start] if holder.key else ":"
        if holder.key and gap.strip() in ("", ":"):  # in {tag} and {tag: } it ends at the brace
            start = end = holder.key.end + gap.find(":") + 1
        return Splice(start, end, f"{' ' if gap.strip() else ': '}{quoted(value)}")

    def filled(self, null: Node, wanted: Branch, holder: Holder) -> Splice:
        """Make a null into a block mapping that remembers it was one."""
        key = holder.key
        if key is None or holder.flow or self.text[key.end : null.end].strip() != ":":
            raise EditRefused(
                f"`{holder.name}` is null, and could not be null again after this edit.",
                line=null.line,
                fix="make it `{}` or take the key out, then run the command again",
            )
        width = render.step(self.tree.root)
        column = key.column + width
        lines = [" " * column + EMPTY_MARK, *render.block(wanted, column, width)]
        return insert_lines(self.text, next_line(self.text, null.end), lines)

    def addition(self, node: Mapping, missing: Branch, holder: Holder) -> Splice:
        if node.flow:
            new = render.flow(missing)
            if not node.entries:
                # Inside of a flow, the blank tells this mapping from one that came with ours.
                return Splice(
                    node.inside, node.inside, f" {new}" if holder.flow and holder.key else new
                )
            if self.first:
                return Splice(node.inside, node.inside, f"{new}, ")
            return Splice(node.entries[-1][1].end, node.entries[-1][1].end, f", {new}")
        top = node.entries[0][0]
        at = line_start(self.text, top.start)
        if not self.first:
            at = next_line(self.text, node.entries[-1][1].end)
        elif self.text[at : top.start].strip():
            raise EditRefused("there is no line of its own for a new key.", line=node.line)
        width = render.step(self.tree.root)
        return insert_lines(self.text, at, render.block(missing, top.column, width))

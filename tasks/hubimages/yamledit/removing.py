"""Keys removed with their lines, and the mappings that this empties."""

from __future__ import annotations

import re
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field

from hubimages.yamledit.adding import EMPTY_MARK
from hubimages.yamledit.errors import EditRefused
from hubimages.yamledit.guard import refuse_merged, refuse_shared
from hubimages.yamledit.paths import Branch, branches
from hubimages.yamledit.reading import item
from hubimages.yamledit.splice import Splice, apply, cut_to_the_end, line_start, next_line
from hubimages.yamledit.tree import BOM, Holder, Mapping, Node, Scalar, Sequence, Tree, load, read
from hubimages.yamledit.verify import GONE, check, without
from hubimages.yamlpath import Path, dotted

_MARK = re.compile(rf"[ \t]*{re.escape(EMPTY_MARK)}[ \t]*(?:\r\n|\n|\r)")


def remove_keys(text: str, paths: SequenceOf[Path]) -> str:
    """Return text without these keys, their lines and the mappings that this empties.

    A mapping is never left null, which would make Helm delete the chart's defaults: block
    mappings go, the outermost flow mapping stays as `{}`, and one that was null before
    set_scalars filled it is null again. Missing paths are ignored, and so is what is inside of
    another path given. Raises EditRefused where something else would change.
    """
    before = load(text)
    body = text.removeprefix(BOM)
    tree = read(body)
    if tree.root is None:
        return text
    inmost = [path for path in paths if not any(path[:n] in paths for n in range(len(path)))]
    gone = branches((path, None) for path in inmost)
    removing = _Removing(body, tree)
    cuts = removing.inside(tree.root, before, gone, Holder())
    after = text[: len(text) - len(body)] + apply(body, cut_to_the_end(body, cuts or []))
    expected = without(before, gone, removing.left)
    check(after, None if expected is GONE else expected)
    return after


@dataclass(frozen=True)
class _Removing:
    """Plans the cuts for one text; left gets what stays of the mappings that are emptied."""

    text: str
    tree: Tree
    left: dict[Path, object] = field(default_factory=dict)

    def inside(
        self, node: Node, document: object, gone: Branch, holder: Holder
    ) -> list[Splice] | None:
        """Return the cuts inside of node, or None where it is emptied and goes with its key."""
        if not _has_any(document, gone):
            return []
        refuse_shared(self.tree, node, holder.name)
        if isinstance(node, Mapping) and isinstance(document, dict):
            return self.mapping(node, document, gone, holder)
        cuts: list[Splice] = []
        if isinstance(node, Sequence) and isinstance(document, list):
            for i, item in enumerate(node.items):
                path = (*holder.path, i)
                if i in gone:
                    below = gone[i]
                    if not isinstance(below, dict):
                        why = f"{dotted(path)} is in a list, and lists keep their length."
                        raise EditRefused(why, line=item.line)
                    cuts += self.inside(item, document[i], below, Holder(path)) or []
        return cuts

    def mapping(
        self, node: Mapping, document: dict[object, object], gone: Branch, holder: Holder
    ) -> list[Splice] | None:
        for part, below in gone.items():
            if node.get(part) is None and _has(document, part, below):
                refuse_merged(node, dotted((*holder.path, part)))
        cuts: list[Splice] = []
        dead = []
        for i, (key, value) in enumerate(node.entries):
            part = key.value if isinstance(key, Scalar) else ""
            if part in gone:
                below, at = gone[part], Holder((*holder.path, part), key, node.flow)
                meaning = document.get(part)
                inner = self.inside(value, meaning, below, at) if isinstance(below, dict) else None
                if inner is None:
                    dead.append(i)
                cuts += inner or []
        if dead and len(dead) == len(node.entries):
            return self.emptied(node, holder)
        return cuts + (self.flow_keys(node, dead) if node.flow else self.block_keys(node, dead))

    def emptied(self, node: Mapping, holder: Holder) -> list[Splice] | None:
        """Return the cuts that leave what an emptied mapping was before it was filled."""
        every, last = range(len(node.entries)), node.entries[-1][1].end
        if node.flow:
            # A blank inside of a nested one says that it was empty: see adding.py.
            if holder.flow and holder.key and not self.text[node.inside].isspace():
                return None
            self.left[holder.path] = {}
            return [Splice(node.inside, last, "")]
        if not holder.path:
            return self.block_keys(node, every)
        if holder.key is None:
            self.left[holder.path] = {}
            return [Splice(node.start, len(self.text[:last].rstrip()), "{}")]
        mark = _MARK.match(self.text, next_line(self.text, holder.key.end))
        if mark and mark.end() <= node.start:
            self.left[holder.path] = None
            return [Splice(mark.start(), mark.end(), ""), *self.block_keys(node, every)]
        return None

    def block_keys(self, node: Mapping, dead: SequenceOf[int]) -> list[Splice]:
        """Return the cuts of whole lines, and of keys that share their line with a dash."""
        leading = _leading(dead)
        top = node.entries[0][0].start
        if leading == len(node.entries) or not self.text[line_start(self.text, top) : top].strip():
            leading = 0
        cuts = []
        if leading:
            end = next_line(self.text, node.entries[leading - 1][1].end)
            rest = self.text[end:]
            cuts.append(Splice(top, len(self.text) - len(rest.lstrip()), ""))
        for i in dead[leading:]:
            key, value = node.entries[i]
            start = line_start(self.text, key.start)
            cuts.append(Splice(start, next_line(self.text, value.end), ""))
        return cuts

    def flow_keys(self, node: Mapping, dead: SequenceOf[int]) -> list[Splice]:
        """Return the cuts of keys with the comma that goes with each."""
        leading = _leading(dead)
        ends = [value.end for _, value in node.entries]
        cuts = [Splice(ends[i - 1], ends[i], "") for i in dead[leading:]]
        if leading:
            top = node.entries[0][0].start
            cuts.append(Splice(top, node.entries[leading][0].start, ""))
        return cuts


def _has_any(document: object, gone: Branch) -> bool:
    """Whether the document has anything of what shall go."""
    return any(_has(document, part, below) for part, below in gone.items())


def _has(document: object, part: str | int, below: Branch | str | None) -> bool:
    try:
        value = item(document, part)
    except KeyError:
        return False
    return not isinstance(below, dict) or _has_any(value, below)


def _leading(dead: SequenceOf[int]) -> int:
    """Return how many of the first keys go."""
    return sum(1 for i, at in enumerate(dead) if i == at)

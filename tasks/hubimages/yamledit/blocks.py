"""A block of YAML, already written, added below a new key."""

from __future__ import annotations

from hubimages.yamledit.errors import EditRefused
from hubimages.yamledit.guard import refuse_shared
from hubimages.yamledit.scalars import plain
from hubimages.yamledit.splice import apply, insert_lines, next_line
from hubimages.yamledit.tree import BOM, Mapping, Sequence, Tree, load, read
from hubimages.yamledit.verify import check, put
from hubimages.yamlpath import Path, dotted


def insert_block(text: str, parent: Path, key: str, block: str) -> str:
    """Return text with `key:` and a block of YAML below it, last in the block mapping at parent.

    The block is written from the first column, two spaces to a level. Raises EditRefused where
    there is no such mapping, the key is there, or something else would change.
    """
    before, value = load(text), load(block)
    body = text.removeprefix(BOM)
    node, here = _block_mapping(read(body), before, parent)
    if key in here:
        raise EditRefused(f"{dotted((*parent, key))} is there already.", line=node.line)
    pad = " " * node.entries[0][0].column
    lines = [f"{pad}{plain(key, flow=False)}:"]
    lines += [f"{pad}  {line}" if line.strip() else "" for line in _lines(block)]
    splice = insert_lines(body, next_line(body, node.entries[-1][1].end), lines)
    after = text[: len(text) - len(body)] + apply(body, [splice])
    check(after, put(before, (*parent, key), value))
    return after


def _lines(block: str) -> list[str]:
    return block.removesuffix("\n").replace("\r\n", "\n").split("\n")


def _block_mapping(
    tree: Tree, document: object, path: Path
) -> tuple[Mapping, dict[object, object]]:
    """Return the block mapping at path and what it means."""
    node = tree.root
    for i, part in enumerate((*path, None)):
        if node:
            refuse_shared(tree, node, dotted(path[:i]))
        if part is None:
            break
        if isinstance(node, Sequence) and isinstance(document, list) and isinstance(part, int):
            inside = 0 <= part < len(node.items)
            node, document = (node.items[part], document[part]) if inside else (None, None)
        elif isinstance(node, Mapping) and isinstance(document, dict):
            node, document = node.get(part), document.get(part)
        else:
            node = None
    if not isinstance(node, Mapping) or node.flow or not isinstance(document, dict):
        line = node.line if node else None
        raise EditRefused(f"{dotted(path)} is no mapping in block style.", line=line)
    return node, document

"""What must not be edited through: aliases, merge keys, and anchors used elsewhere."""

from __future__ import annotations

from typing import NoReturn

from hubimages.yamledit.errors import EditRefused
from hubimages.yamledit.tree import Alias, Mapping, Node, Sequence, Tree


def refuse_shared(tree: Tree, node: Node, name: str) -> None:
    """Raise EditRefused where what is changed inside of node would change somewhere else too."""
    if isinstance(node, Alias):
        raise EditRefused(
            f"`{name}` is *{node.name}: an edit here would change every place that uses it.",
            line=node.line,
            fix=f"write out here what &{node.name} says, then run the command again",
        )
    if node.anchor in tree.aliased:
        raise EditRefused(
            f"`{name}` is &{node.anchor}: an edit here would change every *{node.anchor} too.",
            line=node.line,
            fix=f"write out what each *{node.anchor} means, then run the command again",
        )


def refuse_merged(node: Mapping, name: str) -> NoReturn:
    """Raise EditRefused for a key that the document has here, though the text has not."""
    merge = node.get("<<")
    if merge is None:
        raise EditRefused(f"`{name}` is written here in a way that is not edited.", line=node.line)
    sources = merge.items if isinstance(merge, Sequence) else [merge]
    names = " and ".join(f"*{source.name}" for source in sources if isinstance(source, Alias))
    raise EditRefused(
        f"`{name}` comes from a merge key (`<<: {names}`): it does not stand here.",
        line=merge.line,
        fix=f"write `{name}` out here, then run the command again",
    )

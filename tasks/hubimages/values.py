"""Helm values of several files laid over each other, each answer with the line that says it.

Mappings merge, lists and scalars replace, null deletes. Read from Helm's own source and tried on
Helm itself, where its documentation is silent:

- Among the values files of one release a later file replaces what is no mapping, so a mapping
  that comes after a null starts anew.
- A chart's own values lie below them, a level for each chart, and only the strongest level decides
  what kind of thing stands somewhere: where that is a mapping, the mappings of all levels merge.
- A merge key (`<<`) counts where it stands: it replaces keys above it.

https://github.com/helm/helm/blob/main/pkg/chartutil/coalesce.go (as of Helm 3.14)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from hubimages import utf8
from hubimages.errors import BadFile
from hubimages.scalars import in_template, printed
from hubimages.yamlread import Loader

_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
_TEXT = "tag:yaml.org,2002:str"
_QUOTED = ("'", '"', "|", ">")


@dataclass(frozen=True)
class Document:
    """One parsed values file: its root mapping (None where it is empty) and its path."""

    path: str
    root: yaml.MappingNode | None

    @property
    def encrypted(self) -> bool:
        """Whether this is a file of sops (https://getsops.io), which says so at its end."""
        return self.root is not None and any(key == "sops" for key, _ in _pairs(self.root))


def parse(text: str, path: str) -> Document:
    """Parse a values file for positions; of several documents the first, as Helm does.

    Raises BadFile, with path and line, for what Helm would refuse.
    """
    try:
        root = _first(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise BadFile(path, f"is not YAML: {error.problem or error.context}.", line=line) from None
    except (yaml.YAMLError, ValueError) as error:
        utf8.required(text, path)
        raise BadFile(path, f"is not YAML: {error}") from None
    if root is None or root.tag == _NULL:
        return Document(path, None)
    if not isinstance(root, yaml.MappingNode):
        raise BadFile(path, "has to be a mapping.", line=root.start_mark.line + 1)
    return Document(path, root)


def _first(text: str) -> yaml.Node | None:
    loader = Loader(text)
    try:
        root: yaml.Node | None = loader.get_node() if loader.check_node() else None
    finally:
        loader.dispose()
    return root


@dataclass(frozen=True)
class Layer:
    """A node, and the file that it is in."""

    node: yaml.Node
    path: str

    @property
    def source(self) -> str:
        """Where it stands, as path:line."""
        return f"{self.path}:{self.node.start_mark.line + 1}"

    @property
    def mapping(self) -> bool:
        """Whether this is a mapping, which merges with others."""
        return isinstance(self.node, yaml.MappingNode)


Level: TypeAlias = tuple[Layer, ...]
"""What one chart's own values, or all values files together, say of one place.

Either mappings, of which a later one lies over an earlier, or just one thing that is none.
"""


@dataclass(frozen=True)
class Merged:
    """What all levels say of one place; the last level is the strongest.

    Either all levels are mappings, or there is just one level.
    """

    levels: tuple[Level, ...] = ()

    def at(self, key: str) -> Merged | None:
        """Return what stands at a key of a mapping, or an index of a list; None where nothing does."""
        found = [below for level in self.levels if (below := _below(level, key))]
        if not found or found[-1][-1].node.tag == _NULL:
            return None
        if found[-1][-1].mapping:
            return Merged(tuple(level for level in found if level[-1].mapping))
        return Merged((found[-1],))

    def down(self, *keys: str) -> Merged | None:
        """Return what stands at the end of several keys."""
        here: Merged | None = self
        for key in keys:
            here = here.at(key) if here else None
        return here

    def items(self) -> Iterator[tuple[str, Merged]]:
        """Yield the keys of a mapping that are not deleted, or the indices of a list, and what is there."""
        seen: dict[str, None] = {}
        for level in self.levels:
            for layer in level:
                seen |= dict.fromkeys(_keys(layer.node))
        for key in seen:
            if (value := self.at(key)) is not None:
                yield key, value

    def over(self, document: Document | None) -> Merged:
        """Return this mapping laid over a chart's own values, which become the weakest level."""
        if document is None or document.root is None:
            return self
        return Merged(((Layer(document.root, document.path),), *self.levels))

    @property
    def mapping(self) -> bool:
        """Whether this is a mapping; one without any level is an empty one."""
        return all(level[-1].mapping for level in self.levels)

    @property
    def text(self) -> str | None:
        """The scalar here as Helm would print it, or None where this is no scalar."""
        node = self.levels[-1][-1].node if self.levels else None
        return _printed(node) if isinstance(node, yaml.ScalarNode) else None

    @property
    def garbled(self) -> str | None:
        """What a template of Helm prints for an unquoted number, where that is another text."""
        node = self.levels[-1][-1].node if self.levels else None
        if not isinstance(node, yaml.ScalarNode) or _is_text(node):
            return None
        shown = in_template(str(node.value))
        return shown if shown != node.value else None

    def stands(self, key: str) -> str | None:
        """Return where a key of a mapping stands, a null there too; None where nothing does."""
        found = [below for level in self.levels if (below := _below(level, key))]
        return found[-1][-1].source if found else None

    @property
    def source(self) -> str:
        """Where it stands, as path:line: in the strongest level that says something."""
        return self.levels[-1][-1].source


def merged(files: Iterable[Document]) -> Merged:
    """Lay the values files of one release over each other, the strongest last."""
    level = tuple(Layer(file.root, file.path) for file in files if file.root is not None)
    return Merged((level,) if level else ())


def _below(level: Level, key: str) -> Level:
    """Return what stands at a key of one level."""
    found: Level = ()
    for layer in level:
        child = _child(layer.node, key)
        if child is not None:
            here = Layer(child, layer.path)
            merges = found and here.mapping and found[-1].mapping
            found = (*found, here) if merges else (here,)
    return found


def _child(node: yaml.Node, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode):
        return node.value[int(key)] if key.isdecimal() and int(key) < len(node.value) else None
    found = None
    for name, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if name.tag != _TEXT:
            return dict(_pairs(node)).get(key)  # a merge key or a number: the long way
        if name.value == key:
            found = value  # of a key that stands twice the last counts
    return found


def _keys(node: yaml.Node) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        return map(str, range(len(node.value)))
    return (key for key, _ in _pairs(node))


def _pairs(node: yaml.Node, inside: tuple[yaml.Node, ...] = ()) -> Iterator[tuple[str, yaml.Node]]:
    """Yield the keys of a mapping with their values, those of a merge key where that stands."""
    if not isinstance(node, yaml.MappingNode) or node in inside:  # which merges itself
        return
    for key, value in node.value:
        if key.tag == _MERGE:
            # of several merged mappings the first counts
            several = reversed(value.value) if isinstance(value, yaml.SequenceNode) else [value]
            for one in several:
                yield from _pairs(one, (*inside, node))
        elif isinstance(key, yaml.ScalarNode):
            yield (key.value if key.tag == _TEXT else _printed(key)), value


def _printed(node: yaml.ScalarNode) -> str:
    word = str(node.value)
    return word if _is_text(node) else printed(word)


def _is_text(node: yaml.ScalarNode) -> bool:
    """Whether a scalar is quoted, or tagged as text."""
    return node.style in _QUOTED or (node.tag == _TEXT and _would_be_other(str(node.value)))


def _would_be_other(word: str) -> bool:
    """Whether a word would be no text, were it not tagged as one (`!!str 1.10`)."""
    return any(one.match(word) for _, one in Loader.yaml_implicit_resolvers.get(word[:1], ()))

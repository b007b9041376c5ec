"""Reading YAML, fast: a C loader where there is one; every mistake with its path and line."""

from __future__ import annotations

import re
from typing import Any

import yaml

from hubimages import utf8
from hubimages.errors import BadFile

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOLEAN = "tag:yaml.org,2002:bool"

# chartpress reads its file as YAML 1.2, where `no`, `off` and `yes` are texts, and Helm as 1.1
Loader12: Any = type("Loader12", (Loader,), {})
Loader12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != _BOOLEAN]
    for first, known in Loader.yaml_implicit_resolvers.items()
}
Loader12.add_implicit_resolver(
    _BOOLEAN, re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def load(text: str, path: str, loader: Any = Loader) -> Any:
    """Return the one document of a YAML text; path is for the message of BadFile."""
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - all are safe loaders
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = error.problem or error.context or "cannot be read"
        raise BadFile(path, f"is not YAML: {why}.", line=mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError) as error:
        utf8.required(text, path)
        raise BadFile(path, f"is not YAML: {error}") from None


def line_of(text: str, *at: str | int, loader: Any = Loader) -> int:
    """Return the line of a key, or of an item of a list, in a text that can be loaded.

    Where nothing stands there, it is the line of the last thing on the way there.
    """
    node, line = yaml.compose(text, Loader=loader), 1
    for part in at:
        found = _entry(node, part)
        if found is None:
            break
        stands, node = found
        line = stands.start_mark.line + 1
    return line


def _entry(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return a key and its value, or an item twice; of a key that stands twice the last."""
    if isinstance(node, yaml.MappingNode):
        found = [(key, value) for key, value in node.value if key.value == part]
        return found[-1] if found else None
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def load_mapping(text: str, path: str, loader: Any = Loader) -> dict[str, Any]:
    """Return a document that is a mapping; an empty one is an empty mapping."""
    found = load(text, path, loader)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadFile(path, f"has to be a mapping, not a {type(found).__name__}.", line=1)
    return found

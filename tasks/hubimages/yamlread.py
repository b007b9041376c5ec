"""Reading YAML, fast: a C loader where there is one; every mistake with its path and line."""

from __future__ import annotations

from typing import Any

import yaml

from hubimages.errors import BadFile

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str, path: str) -> Any:
    """Return the one document of a YAML text; path is for the message of BadFile."""
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - both are safe loaders
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = error.problem or error.context or "cannot be read"
        raise BadFile(path, f"is not YAML: {why}.", line=mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError) as error:
        raise BadFile(path, f"is not YAML: {error}") from None


def load_mapping(text: str, path: str) -> dict[str, Any]:
    """Return a document that is a mapping; an empty one is an empty mapping."""
    found = load(text, path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadFile(path, f"has to be a mapping, not a {type(found).__name__}.", line=1)
    return found

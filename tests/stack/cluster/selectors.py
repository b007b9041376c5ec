"""Which objects a label selector or a field selector means."""

from __future__ import annotations

import re
from typing import Any

_SET = re.compile(r"^(\S+)\s+(in|notin)\s+\(([^)]*)\)$")


def selected(thing: dict[str, Any], labels: str, fields: str) -> bool:
    """Whether both selectors, as they stand in a query, mean this object."""
    own = thing["metadata"].get("labels") or {}
    return all(_label(own, one) for one in _parts(labels)) and all(
        _field(thing, one) for one in _parts(fields)
    )


def _parts(selector: str) -> list[str]:
    """Split at the commas that are not in parentheses."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", selector) if part.strip()]


def _label(own: dict[str, str], wanted: str) -> bool:
    if found := _SET.match(wanted):
        values = {value.strip() for value in found[3].split(",")}
        return (own.get(found[1]) in values) is (found[2] == "in")
    if "=" not in wanted:
        return (wanted.lstrip("!") in own) is not wanted.startswith("!")
    return _compared(own.get, wanted)


def _field(thing: dict[str, Any], wanted: str) -> bool:
    def value(path: str) -> Any:
        here: Any = thing
        for word in path.split("."):
            here = here.get(word) if isinstance(here, dict) else None
        return here

    return _compared(value, wanted)


def _compared(value: Any, wanted: str) -> bool:
    key, sign, text = re.split(r"(!=|==|=)", wanted, maxsplit=1)
    return (str(value(key.strip()) or "") == text.strip()) is (sign != "!=")

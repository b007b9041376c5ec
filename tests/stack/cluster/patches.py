"""The four ways to change an object in part. What goes in is left as it is.

Lists merge by the keys below where a patch is strategic or applied; that is less than the real
server knows (it has the keys of every list of every kind), and enough for charts.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "volumeMounts": "mountPath",
    "conditions": "type",
    "ownerReferences": "uid",
}
_DIRECTIVES = ("$setElementOrder/", "$retainKeys", "$patch", "$deleteFromPrimitiveList/")


def merge(old: Any, patch: Any) -> Any:
    """Return old with a merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return deepcopy(patch)
    new = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = merge(new.get(key), value)
    return new


def _key(name: str, *lists: list[Any]) -> str | None:
    """Return the key by which the items of a list are told apart, or None."""
    items = [item for one in lists for item in one]
    if not all(isinstance(item, dict) for item in items):
        return None
    if name != "ports":
        return _KEYS.get(name)
    # of a container's ports, and of a service's
    return "containerPort" if any("containerPort" in item for item in items) else "port"


def strategic(old: Any, patch: Any, name: str = "") -> Any:
    """Return old with a strategic merge patch; name is the key under which it stands."""
    if isinstance(patch, list) and isinstance(old, list) and (key := _key(name, old, patch)):
        return _merged_items(old, patch, key)
    if not isinstance(patch, dict):
        return deepcopy(patch)
    new = dict(old) if isinstance(old, dict) and patch.get("$patch") != "replace" else {}
    if (kept := patch.get("$retainKeys")) is not None:
        new = {key: value for key, value in new.items() if key in kept}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            under = key.partition("/")[2]
            new[under] = [item for item in new.get(under, []) if item not in value]
        elif key.startswith(_DIRECTIVES):
            continue
        elif value is None:
            new.pop(key, None)
        else:
            new[key] = strategic(new.get(key), value, key)
    return new


def _merged_items(old: list[Any], patch: list[Any], key: str) -> list[Any]:
    new = {item.get(key): item for item in old}
    for item in patch:
        match item.get("$patch"):
            case "delete":
                new.pop(item.get(key), None)
            case "replace":
                new.clear()  # the item that only says so goes first
            case _:
                new[item.get(key)] = strategic(new.get(item.get(key)), item)
    return list(new.values())


def apply(old: Any, before: Any, wanted: Any) -> Any:
    """Return old as server-side apply leaves it; before is what the same manager applied last."""
    return strategic(without(old, before, wanted), wanted)


def without(old: Any, before: Any, wanted: Any, name: str = "") -> Any:
    """Return old without what was applied before and is wanted no more."""
    if isinstance(old, dict) and isinstance(before, dict) and isinstance(wanted, dict):
        gone = before.keys() - wanted.keys()
        return {
            key: without(value, before.get(key), wanted.get(key), key) if key in before else value
            for key, value in old.items()
            if key not in gone
        }
    lists = [one for one in (old, before, wanted) if isinstance(one, list)]
    if len(lists) == 3 and (key := _key(name, *lists)):
        applied, left = ({item.get(key): item for item in one} for one in lists[1:])
        return [
            without(item, applied.get(item.get(key)), left.get(item.get(key)))
            for item in old
            if item.get(key) in left or item.get(key) not in applied
        ]
    return old


def json_patch(old: Any, steps: list[dict[str, Any]]) -> Any:
    """Return old with a JSON patch (RFC 6902): add, remove, replace and test."""
    new = deepcopy(old)
    for step in steps:
        *way, last = [
            word.replace("~1", "/").replace("~0", "~") for word in step["path"].split("/")[1:]
        ]
        here = new
        for word in way:
            here = here[int(word)] if isinstance(here, list) else here[word]
        at: Any = last
        if isinstance(here, list):
            at = len(here) if last == "-" else int(last)
        match step["op"]:
            case "add" if isinstance(here, list):
                here.insert(at, step["value"])
            case "add" | "replace":
                here[at] = step["value"]
            case "remove":
                del here[at]
            case "test" if here[at] == step["value"]:
                pass
            case _:
                raise ValueError(f"cannot {step['op']} at {step['path']}")
    return new

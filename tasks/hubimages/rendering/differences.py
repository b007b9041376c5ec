"""How two renderings differ, by resource and field, without what a chart makes up each time.

zero-to-jupyterhub generates passwords where nobody set them, so that two renderings of one and
the same input differ. What differs there is left out of every comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hubimages.rendering.manifests import Manifests, Resource, leaves, packed_values

Place = tuple[str, tuple[str, ...]]  # a resource's name and the path of a field in it
_MISSING = object()
# the chart's name and version stand in every resource
_UNTOLD = frozenset({("metadata", "labels", "helm.sh/chart")})


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One resource that differs; fields are paths with dots, none for one that came or went."""

    resource: str
    change: Literal["added", "removed", "changed"]
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it in one line."""
        shown = ", ".join(self.fields[:4]) + (
            f" and {len(self.fields) - 4} more" if len(self.fields) > 4 else ""
        )
        return f"{self.change} {self.resource}" + (f": {shown}" if shown else "")


def generated(one: Manifests, other: Manifests) -> frozenset[Place]:
    """Return the fields in which two renderings of the same input differ."""
    first, second = _by_name(one), _by_name(other)
    found = set()
    for name in first.keys() & second.keys():
        found |= {(name, at) for at in _differing(first[name], second[name])}
    return frozenset(found)


def differences(
    old: Manifests, new: Manifests, made_up: frozenset[Place] = frozenset()
) -> tuple[Difference, ...]:
    """Return which resources differ and where, in the order of the new ones; made_up is left out."""
    before, after = _by_name(old), _by_name(new)
    found = [Difference(resource=name, change="removed") for name in before if name not in after]
    for name, resource in after.items():
        if name not in before:
            found.append(Difference(resource=name, change="added"))
            continue
        fields = [at for at in _differing(before[name], resource) if (name, at) not in made_up]
        if fields:
            shown = tuple(".".join(at) for at in fields)
            found.append(Difference(resource=name, change="changed", fields=shown))
    return tuple(found)


def _by_name(manifests: Manifests) -> dict[str, Resource]:
    return {resource.name: resource for resource in manifests.resources}


def _differing(one: Resource, other: Resource) -> list[tuple[str, ...]]:
    first, second = _fields(one.body), _fields(other.body)
    every = dict.fromkeys([*second, *first])
    return [at for at in every if first.get(at, _MISSING) != second.get(at, _MISSING)]


def _fields(body: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    found = {at: value for at, value in leaves(body) if at not in _UNTOLD}
    if said := packed_values(body):  # field by field, rather than as one text
        del found["data", "values.yaml"]
        found |= {("values.yaml", *at): value for at, value in leaves(said)}
    return found

"""The objects of the cluster, in memory, and what happened to them, for those who watch."""

from __future__ import annotations

import threading
import uuid
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stack.cluster.kinds import named

Thing = dict[str, Any]
Key = tuple[str, str, str]  # kind, namespace, name


@dataclass(frozen=True)
class Event:
    """Something that happened: ADDED, MODIFIED or DELETED, and the object as it was then."""

    number: int
    what: str
    key: Key
    thing: Thing


def now() -> str:
    """Return the time as objects have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """Everything goes through `changed`, a condition that is also the lock."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.number = 1  # the resourceVersion of the newest change
        self.events: list[Event] = []
        self._things: dict[Key, Thing] = {}

    def get(self, key: Key) -> Thing | None:
        """Return a copy of one object, or None."""
        with self.changed:
            return deepcopy(self._things.get(key))

    def listed(self, kind: str, namespace: str = "") -> list[Thing]:
        """Return copies of the objects of a kind, everywhere or in one namespace, by name."""
        with self.changed:
            keys = [key for key in self._things if key[0] == kind and namespace in {"", key[1]}]
            return [deepcopy(self._things[key]) for key in sorted(keys)]

    def put(self, key: Key, thing: Thing) -> Thing:
        """Store an object that is new or changed, and return it as it then is.

        A change of its spec is a new generation; no change at all is no event.
        """
        with self.changed:
            old = self._things.get(key)
            new = {"apiVersion": named(key[0]).api_version, "kind": key[0], **deepcopy(thing)}
            meta = new["metadata"] = {**new.get("metadata", {}), "name": key[2]}
            if key[1]:
                meta["namespace"] = key[1]
            if old is None:
                meta |= {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 1}
            else:
                kept = ("uid", "creationTimestamp", "generation", "resourceVersion")
                meta |= {name: old["metadata"][name] for name in kept}
                if new == old:
                    return deepcopy(old)
                meta["generation"] += new.get("spec") != old.get("spec")
            self._happened("MODIFIED" if old else "ADDED", key, new)
            self._things[key] = new
            return deepcopy(new)

    def delete(self, key: Key) -> Thing | None:
        """Take an object away with all that it owns; a namespace with all that is in it."""
        with self.changed:
            thing = self._things.pop(key, None)
            if thing is None:
                return None
            self._happened("DELETED", key, thing)
            for other, one in list(self._things.items()):
                owners = [owner["uid"] for owner in one["metadata"].get("ownerReferences", [])]
                inside = key[0] == "Namespace" and other[1] == key[2]
                if inside or thing["metadata"]["uid"] in owners:
                    self.delete(other)
            return thing

    def _happened(self, what: str, key: Key, thing: Thing) -> None:
        self.number += 1
        thing["metadata"]["resourceVersion"] = str(self.number)
        self.events.append(Event(self.number, what, key, deepcopy(thing)))
        self.changed.notify_all()

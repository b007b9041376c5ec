"""What the cluster answers to a request about its objects."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import yaml

from stack.cluster import patches
from stack.cluster.defaults import filled
from stack.cluster.kinds import Place
from stack.cluster.protobuf import decoded
from stack.cluster.selectors import selected
from stack.cluster.statuses import Refused, not_found
from stack.cluster.store import Key, Store, Thing


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that leads to objects."""

    method: str
    where: Place
    query: dict[str, str]
    content_type: str
    content: bytes

    @property
    def watches(self) -> bool:
        """Whether it wants to be told of changes."""
        return self.method == "GET" and self.query.get("watch") in {"1", "true"}

    @property
    def verb(self) -> str:
        """What a role would have to allow."""
        one = bool(self.where.name)
        return {
            "GET": "watch" if self.watches else "get" if one else "list",
            "POST": "create",
            "PUT": "update",
            "DELETE": "delete" if one else "deletecollection",
        }.get(self.method, self.method.lower())

    def means(self, thing: Thing) -> bool:
        """Whether the selectors mean this object."""
        labels, fields = (self.query.get(f"{what}Selector", "") for what in ("label", "field"))
        return selected(thing, labels, fields)

    def document(self) -> Any:
        """Return what was sent."""
        if "protobuf" in self.content_type:
            if (found := decoded(self.content)) is None:
                raise Refused(415, "of protobuf, only some kinds are read here")
            return found
        return (
            yaml.safe_load(self.content)
            if "yaml" in self.content_type
            else json.loads(self.content)
        )


class Api:
    """Answers requests from a store; each answer is an HTTP status and a document."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._applied: dict[tuple[Key, str], Thing] = {}  # by object and field manager

    def answer(self, request: Request) -> tuple[int, Thing]:
        """Return the answer; raises Refused."""
        with self._store.changed:
            match request.verb:
                case "get":
                    return 200, self._there(request.where)
                case "list":
                    return 200, self._list(request)
                case "create":
                    return 201, self._create(request)
                case "update":
                    return 200, self._update(request, request.document())
                case "patch":
                    return 200, self._patch(request)
                case "delete":
                    self._there(request.where)
                    return 200, self._delete(request, [request.where.key])
                case "deletecollection":
                    keys = [_key(request, one) for one in self._found(request)]
                    return 200, self._delete(request, keys)
        raise Refused(405, "the server does not allow this method on the requested resource")

    def _there(self, where: Place) -> Thing:
        found = self._store.get(where.key)
        if found is None:
            raise not_found(where)
        return found

    def _found(self, request: Request) -> list[Thing]:
        where = request.where
        return [
            one
            for one in self._store.listed(where.kind.name, where.namespace)
            if request.means(one)
        ]

    def _list(self, request: Request) -> Thing:
        kind = request.where.kind
        return {
            "kind": f"{kind.name}List",
            "apiVersion": kind.api_version,
            "metadata": {"resourceVersion": str(self._store.number)},
            "items": self._found(request),
        }

    def _create(self, request: Request) -> Thing:
        thing, where = request.document(), request.where
        meta = thing.setdefault("metadata", {})
        if not meta.get("name"):
            meta["name"] = meta.get("generateName", "") + secrets.token_hex(3)
        at = Place(kind=where.kind, namespace=where.namespace, name=meta["name"])
        if self._store.get(at.key):
            said = f'{at.kind.resource} "{at.name}" already exists'
            raise Refused(409, said, "AlreadyExists").about(at)
        return self._put(request, at, thing)

    def _update(self, request: Request, thing: Thing) -> Thing:
        old = self._there(request.where)
        number = thing["metadata"].get("resourceVersion")
        if number and number != old["metadata"]["resourceVersion"]:
            raise Refused(409, _OUTDATED.format(request.where.kind.resource, request.where.name))
        if request.where.subresource == "status":
            thing = {**old, "status": thing.get("status", {})}
        elif "status" in old:
            thing = {**thing, "status": old["status"]}
        return self._put(request, request.where, thing)

    def _patch(self, request: Request) -> Thing:
        old, patch = self._store.get(request.where.key), request.document()
        if "apply-patch" in request.content_type:
            return self._apply(request, old, patch)
        old = self._there(request.where)
        match request.content_type.split(";")[0]:
            case "application/json-patch+json":
                new = patches.json_patch(old, patch)
            case "application/merge-patch+json":
                new = patches.merge(old, patch)
            case "application/strategic-merge-patch+json":
                new = patches.strategic(old, patch)
            case other:
                raise Refused(415, f"the body of the request was in an unknown format - {other}")
        return self._update(request, new)

    def _apply(self, request: Request, old: Thing | None, wanted: Thing) -> Thing:
        by = request.where.key, request.query.get("fieldManager", "")
        new = patches.apply(old or {}, self._applied.get(by, {}), wanted)
        done = self._update(request, new) if old else self._put(request, request.where, new)
        if "dryRun" not in request.query:
            self._applied[by] = wanted
        return done

    def _put(self, request: Request, at: Place, thing: Thing) -> Thing:
        if at.namespace and not self._store.get(("Namespace", "", at.namespace)):
            raise Refused(404, f'namespaces "{at.namespace}" not found')
        thing["metadata"] = {**thing["metadata"], "name": at.name}
        new = filled(at.kind.name, {**thing, "kind": at.kind.name})
        if "dryRun" in request.query:
            return new
        return self._store.put(at.key, new)

    def _delete(self, request: Request, keys: list[Key]) -> Thing:
        for key in keys if "dryRun" not in request.query else ():
            self._store.delete(key)
            for by in [one for one in self._applied if one[0] == key]:
                del self._applied[by]
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}


_OUTDATED = (
    'Operation cannot be fulfilled on {} "{}": the object has been modified; please apply your '
    "changes to the latest version and try again"
)


def _key(request: Request, thing: Thing) -> Key:
    meta = thing["metadata"]
    return request.where.kind.name, meta.get("namespace", ""), meta["name"]

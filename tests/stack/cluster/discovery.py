"""What the cluster says of itself: its version, its kinds, and next to nothing of their schemas."""

from __future__ import annotations

from typing import Any

from stack.cluster.kinds import GROUPS, KINDS, VERBS, Kind, of

VERSION = {
    "major": "1",
    "minor": "35",
    "gitVersion": "v1.35.0",
    "gitCommit": "0" * 40,
    "gitTreeState": "clean",
    "goVersion": "go1.25",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_AGGREGATED = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
# Helm 3 wants the schemas as protobuf, where no bytes are an empty document: nothing is checked.
_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


def found(path: str, accept: str) -> tuple[str, Any] | None:
    """Return content type and content of a page of this kind, or None if the path is none."""
    plain = "application/json"
    match path.strip("/").split("/"):
        case ["version"]:
            return plain, VERSION
        case ["healthz" | "livez" | "readyz"]:
            return "text/plain", b"ok"
        case ["openapi", "v2"]:
            return _PROTOBUF, b""
        case ["openapi", "v3"]:
            return plain, {"paths": {}}
        case ["api" | "apis" as root] if _AGGREGATED in accept:
            groups = [group for group in GROUPS if (root == "api") is (group == "")]
            return f"{plain};{_AGGREGATED}", _discovery([_aggregated(group) for group in groups])
        case ["api"]:
            return plain, {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            groups = [_group(group) for group in GROUPS if group]
            return plain, {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        case ["api", "v1"]:
            return plain, _resources("", "v1")
        case ["apis", group, version] if GROUPS.get(group) == version:
            return plain, _resources(group, version)
    return None


def _group(group: str) -> dict[str, Any]:
    version = {"groupVersion": f"{group}/{GROUPS[group]}", "version": GROUPS[group]}
    return {"name": group, "versions": [version], "preferredVersion": version}


def _resources(group: str, version: str) -> dict[str, Any]:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": [
            {
                "name": kind.plural,
                "singularName": kind.name.lower(),
                "namespaced": kind.namespaced,
                "kind": kind.name,
                "verbs": VERBS,
                "shortNames": list(kind.short),
            }
            for kind in of(group)
        ],
    }


def _discovery(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _aggregated(group: str) -> dict[str, Any]:
    def resource(kind: Kind) -> dict[str, Any]:
        return {
            "resource": kind.plural,
            "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.name},
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "singularResource": kind.name.lower(),
            "verbs": VERBS,
            "shortNames": list(kind.short),
        }

    resources = [resource(kind) for kind in KINDS if kind.group == group]
    version = {"version": GROUPS[group], "resources": resources, "freshness": "Current"}
    return {"metadata": {"name": group} if group else {}, "versions": [version]}

"""What the cluster adds to an object that is handed in, and those that are ready at once."""

from __future__ import annotations

import base64
from typing import Any

Thing = dict[str, Any]


def filled(kind: str, thing: Thing) -> Thing:
    """Add to an object, in place, what the cluster decides; return it."""
    spec: Thing = thing.setdefault("spec", {}) if kind in _SPECS else {}
    match kind:
        case "Secret":
            _fill_secret(thing)
        case "Namespace":
            thing.setdefault("status", {"phase": "Active"})
        case "Deployment":
            _fill_deployment(spec)
        case "Service":
            _fill_service(thing, spec)
        case "PersistentVolumeClaim":
            spec.setdefault("volumeName", f"volume-{thing['metadata']['name']}")
            thing.setdefault("status", {"phase": "Bound"})
        case "Job":
            done = {"type": "Complete", "status": "True"}
            thing.setdefault("status", {"succeeded": 1, "conditions": [done]})
        case "StatefulSet" | "DaemonSet":
            _fill_set(thing, spec)
    return thing


_SPECS = {"Deployment", "Service", "PersistentVolumeClaim", "StatefulSet", "DaemonSet"}


def _fill_secret(thing: Thing) -> None:
    thing.setdefault("type", "Opaque")
    for name, text in thing.pop("stringData", {}).items():
        thing.setdefault("data", {})[name] = base64.b64encode(text.encode()).decode()


def _fill_deployment(spec: Thing) -> None:
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {"maxSurge": "25%", "maxUnavailable": "25%"})


def _fill_service(thing: Thing, spec: Thing) -> None:
    spec.setdefault("clusterIP", "10.96.0.10")
    if spec.setdefault("type", "ClusterIP") == "LoadBalancer":
        thing.setdefault("status", {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}})


def _fill_set(thing: Thing, spec: Thing) -> None:
    count = spec.setdefault("replicas", 1) if thing.get("kind") == "StatefulSet" else 1
    spec.setdefault("updateStrategy", {"type": "RollingUpdate"})
    counts = ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas")
    daemons = ("desiredNumberScheduled", "updatedNumberScheduled", "numberReady", "numberAvailable")
    thing["status"] = {"observedGeneration": 1 << 30} | dict.fromkeys(counts + daemons, count)

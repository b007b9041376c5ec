"""What makes deployments happen: replica sets, pods, and how far they are."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from fnmatch import fnmatch
from typing import Any

from stack.cluster.store import Store, Thing, now

_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"


class Rollouts:
    """A thread that brings deployments to where their specs want them."""

    def __init__(self, store: Store) -> None:
        self.seconds = 0.0  # from a changed pod template to pods that are ready
        self.never_ready: set[str] = set()  # images, as patterns
        self._store = store
        self._begun: dict[str, tuple[str, float]] = {}  # of a deployment: which template, when
        self._ended = False
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Stop, and wait for it."""
        with self._store.changed:
            self._ended = True
            self._store.changed.notify_all()
        self._thread.join()

    def again(self) -> None:
        """Look again, after what is told here was changed."""
        with self._store.changed:
            self._store.changed.notify_all()

    def _run(self) -> None:
        with self._store.changed:
            while not self._ended:
                waits = [self._step(one) for one in self._store.listed("Deployment")]
                self._store.changed.wait(min((wait for wait in waits if wait > 0), default=None))

    def _step(self, deployment: Thing) -> float:
        """Do what can be done for one deployment; return the seconds until there is more."""
        meta, spec = deployment["metadata"], deployment["spec"]
        template = spec["template"]
        digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
        if self._begun.get(meta["uid"], ("", 0.0))[0] != digest:
            self._begun[meta["uid"]] = digest, time.monotonic()
        left = self._begun[meta["uid"]][1] + self.seconds - time.monotonic()
        broken = self._broken(template)
        ready = left <= 0 and not broken
        mine = self._replica_set(deployment, digest)
        keeps_old = not ready and spec["strategy"]["type"] == "RollingUpdate"
        old = [one for one in self._owned("ReplicaSet", deployment) if one != mine]
        behind = 0
        for one in old:
            behind += self._scale(one, one["spec"]["replicas"] if keeps_old else 0, True, set())
        self._scale(mine, spec["replicas"], ready, broken)
        deployment["status"] = _status(deployment, ready, behind)
        deployment["metadata"].setdefault("annotations", {})[_REVISION] = mine["metadata"][
            "annotations"
        ][_REVISION]
        self._store.put(("Deployment", meta["namespace"], meta["name"]), deployment)
        return 0 if broken else left

    def _broken(self, template: Thing) -> set[str]:
        images = {one["image"] for one in template["spec"]["containers"]}
        return {one for one in images if any(fnmatch(one, bad) for bad in self.never_ready)}

    def _owned(self, kind: str, owner: Thing) -> list[Thing]:
        uid = owner["metadata"]["uid"]
        return [
            one
            for one in self._store.listed(kind, owner["metadata"]["namespace"])
            if uid in [by["uid"] for by in one["metadata"].get("ownerReferences", [])]
        ]

    def _replica_set(self, deployment: Thing, digest: str) -> Thing:
        """Return the replica set of this template, made or taken up again as the newest."""
        meta, spec = deployment["metadata"], deployment["spec"]
        key = ("ReplicaSet", meta["namespace"], f"{meta['name']}-{digest}")
        others = self._owned("ReplicaSet", deployment)
        found = self._store.get(key)
        newest = max((int(one["metadata"]["annotations"][_REVISION]) for one in others), default=0)
        if found and int(found["metadata"]["annotations"][_REVISION]) == newest:
            return found
        labels = {**spec["template"]["metadata"].get("labels", {}), _HASH: digest}
        template_meta = {**spec["template"]["metadata"], "labels": labels}
        made = found or {
            "metadata": {"labels": labels, "ownerReferences": [_owner(deployment)]},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {**spec["selector"]["matchLabels"], _HASH: digest}},
                "template": {**spec["template"], "metadata": template_meta},
            },
        }
        made["metadata"]["annotations"] = {_REVISION: str(newest + 1)}
        return self._store.put(key, made)

    def _scale(self, one: Thing, count: int, ready: bool, broken: set[str]) -> int:
        """Give a replica set this many pods, in this state; return how many it had."""
        meta, template = one["metadata"], one["spec"]["template"]
        names = [f"{meta['name']}-{number}" for number in range(count)]
        before = self._owned("Pod", one)
        for pod in before:
            if pod["metadata"]["name"] not in names:
                self._store.delete(("Pod", meta["namespace"], pod["metadata"]["name"]))
        for name in names:
            labels = template["metadata"]["labels"]
            pod = {"metadata": {"labels": labels, "ownerReferences": [_owner(one)]}}
            pod |= {
                "spec": template["spec"],
                "status": _pod_status(template["spec"], ready, broken),
            }
            self._store.put(("Pod", meta["namespace"], name), pod)
        key = ("ReplicaSet", meta["namespace"], meta["name"])
        one["spec"]["replicas"] = count
        one = self._store.put(key, one)  # which may be a new generation
        some = count if ready else 0
        counts = {"replicas": count, "readyReplicas": some, "availableReplicas": some}
        one["status"] = {"observedGeneration": one["metadata"]["generation"], **counts}
        self._store.put(key, one)
        return count


def _owner(thing: Thing) -> Thing:
    named = {"name": thing["metadata"]["name"], "uid": thing["metadata"]["uid"]}
    return {"apiVersion": "apps/v1", "kind": thing["kind"], "controller": True, **named}


def _condition(what: str, is_it: bool, reason: str, message: str) -> Thing:
    return {"type": what, "status": str(is_it), "reason": reason, "message": message}


def _status(deployment: Thing, ready: bool, behind: int) -> Thing:
    """Return a deployment's status; behind is how many old pods still serve."""
    name, count = deployment["metadata"]["name"], deployment["spec"]["replicas"]
    serving = (count if ready else 0) + behind
    has, is_at = ("has minimum", "NewReplicaSetAvailable"), "ReplicaSetUpdated"
    conditions = [
        _condition(
            "Available",
            serving >= count,
            "MinimumReplicasAvailable" if serving >= count else "MinimumReplicasUnavailable",
            f"Deployment {'has' if serving >= count else 'does not have'} minimum availability.",
        ),
        _condition(
            "Progressing",
            True,
            has[1] if ready else is_at,
            f'ReplicaSet of "{name}" {"has successfully progressed" if ready else "is progressing"}.',
        ),
    ]
    for new in conditions:
        old = [c for c in deployment.get("status", {}).get("conditions", []) if c | new == c]
        new["lastTransitionTime"] = new["lastUpdateTime"] = (
            old[0]["lastTransitionTime"] if old else now()
        )
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": count + behind,
        "updatedReplicas": count,
        "readyReplicas": serving,
        "availableReplicas": serving,
        "unavailableReplicas": 0 if ready else count,
        "conditions": conditions,
    }


def _pod_status(spec: Thing, ready: bool, broken: set[str]) -> Thing:
    def container(one: Thing) -> Thing:
        state: dict[str, Any] = {"running": {}}
        if one["image"] in broken:
            why = f'Back-off pulling image "{one["image"]}"'
            state = {"waiting": {"reason": "ImagePullBackOff", "message": why}}
        return {
            "name": one["name"],
            "image": one["image"],
            "ready": ready,
            "restartCount": 0,
            "state": state,
        }

    return {
        "phase": "Pending" if broken else "Running",
        "conditions": [{"type": "Ready", "status": str(ready)}],
        "containerStatuses": [container(one) for one in spec["containers"]],
    }

"""The kinds of object that the cluster knows, and the paths at which they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind; group is empty for the core, and plural its name in paths."""

    group: str
    version: str
    name: str
    plural: str
    short: tuple[str, ...] = ()
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """What objects say under apiVersion."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """What messages call it: deployments.apps."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


_TABLE = """
v1 Namespace namespaces ns !
v1 Node nodes no !
v1 Event events ev
v1 Secret secrets
v1 ConfigMap configmaps cm
v1 Service services svc
v1 Endpoints endpoints ep
v1 Pod pods po
v1 PersistentVolumeClaim persistentvolumeclaims pvc
v1 ResourceQuota resourcequotas quota
v1 LimitRange limitranges limits
v1 ServiceAccount serviceaccounts sa
apps/v1 Deployment deployments deploy
apps/v1 ReplicaSet replicasets rs
apps/v1 StatefulSet statefulsets sts
apps/v1 DaemonSet daemonsets ds
apps/v1 ControllerRevision controllerrevisions
batch/v1 Job jobs
batch/v1 CronJob cronjobs cj
networking.k8s.io/v1 Ingress ingresses ing
networking.k8s.io/v1 NetworkPolicy networkpolicies netpol
policy/v1 PodDisruptionBudget poddisruptionbudgets pdb
rbac.authorization.k8s.io/v1 Role roles
rbac.authorization.k8s.io/v1 RoleBinding rolebindings
rbac.authorization.k8s.io/v1 ClusterRole clusterroles !
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings !
scheduling.k8s.io/v1 PriorityClass priorityclasses pc !
storage.k8s.io/v1 StorageClass storageclasses sc !
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers hpa
"""


def _kinds() -> Iterator[Kind]:
    for line in _TABLE.split("\n"):
        if words := line.split():
            group, _, version = words[0].rpartition("/")
            yield Kind(
                group=group,
                version=version,
                name=words[1],
                plural=words[2],
                short=tuple(word for word in words[3:] if word != "!"),
                namespaced="!" not in words,
            )


KINDS = tuple(_kinds())
GROUPS = {kind.group: kind.version for kind in KINDS}


def named(name: str) -> Kind:
    """Return the kind that is called so, Deployment for instance."""
    return next(kind for kind in KINDS if kind.name == name)


def of(group: str) -> list[Kind]:
    """Return the kinds of a group."""
    return [kind for kind in KINDS if kind.group == group]


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a path leads to: all objects of a kind, those of a namespace, or one by name."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What the store finds one object by."""
        return self.kind.name, self.namespace, self.name


def place(path: str) -> Place | None:
    """Return where a path leads, or None if no kind is there."""
    words = path.strip("/").split("/")
    group, at = (words[1], 2) if words[0] == "apis" and len(words) > 1 else ("", 1)
    rest = words[at:]
    if words[0] not in {"api", "apis"} or not rest or GROUPS.get(group) != rest.pop(0):
        return None
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in {"status", "finalize"}:
        namespace, rest = rest[1], rest[2:]
    kind = next((one for one in of(group) if rest and one.plural == rest[0]), None)
    if kind is None or (namespace and not kind.namespaced) or len(rest) > 3:
        return None
    name, subresource = [*rest[1:], "", ""][:2]
    return Place(kind=kind, namespace=namespace, name=name, subresource=subresource)

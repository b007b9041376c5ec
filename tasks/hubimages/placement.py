"""Where a hub is deployed, as its cluster.yaml says it: which cluster, namespace, release and domain.

A cluster is told by what its provider calls it, since anybody can call a context anything:

    context: NAME                                  the context of the kubeconfig, exactly
    aws: {clusterName, region, account}            arn:aws:eks:REGION:ACCOUNT:cluster/NAME, or eksctl's name
    gcp: {project, zone, cluster}                  gke_PROJECT_ZONE_CLUSTER
    azure: {cluster}                               NAME
    name: NAME                                     where there is none of these: context or cluster NAME
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import join, normpath
from typing import Any

from hubimages.config import Settings
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.kubeconfig import Kubeconfig, KubeContext
from hubimages.tree import Tree
from hubimages.yamlread import load_mapping


class OtherCluster(Failure):
    """The context leads to another cluster than the hub's cluster.yaml names."""

    def __init__(
        self, hub: Hub, context: KubeContext, placement: Placement, fitting: list[str]
    ) -> None:
        here = f"`{context.name}`" + (
            f" (cluster {context.cluster})" if context.cluster not in ("", context.name) else ""
        )
        super().__init__(
            f"{hub.name} belongs to {placement.cluster.wanted}, as {placement.file} says, and the context is {here}.",
            fix=f"kubectl config use-context {fitting[0]}, or add --context {fitting[0]}"
            if fitting
            else f"get a context for that cluster, or write `context: {context.name}` into {placement.file} if this is it",
        )


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What a cluster is called; pattern is of a kubeconfig's name for it, wanted is for messages."""

    wanted: str
    pattern: str
    by_context: bool = False  # whether the name of a context counts
    by_cluster: bool = True  # whether the name of its cluster counts

    def is_of(self, context: KubeContext) -> bool:
        """Whether a context leads to this cluster."""
        names = [context.name] * self.by_context + [context.cluster] * self.by_cluster
        return any(re.fullmatch(self.pattern, name) for name in names)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where one hub is deployed; domain is empty where cluster.yaml has none."""

    hub: Hub
    file: str  # path of the cluster.yaml
    cluster: Cluster
    namespace: str
    release: str
    domain: str

    def context(self, config: Kubeconfig, name: str) -> KubeContext:
        """Return the context to deploy with: the named one, the current one, or with `matching` what fits.

        Raises OtherCluster where it leads elsewhere, NoContext where there is none.
        """
        fitting = [context for context in config.contexts if self.cluster.is_of(context)]
        fitting.sort(
            key=lambda context: context.name != config.current
        )  # which may have its reason
        if name == "matching" and fitting:
            return fitting[0]
        found = config.named("" if name == "matching" else name)
        if not self.cluster.is_of(found):
            raise OtherCluster(self.hub, found, self, [context.name for context in fitting])
        return found


def of(tree: Tree, hub: Hub, settings: Settings) -> Placement:
    """Return where a hub is deployed; raises BadFile."""
    file = join(normpath(settings.clusters_dir), hub.cluster, "cluster.yaml")
    raw = load_mapping(tree.read(file) or "", file)
    entries = [e for e in raw.get("hubs") or () if isinstance(e, dict) and e.get("name") == hub.hub]
    domain = entries[0].get("domain") if entries else ""
    if not isinstance(domain, str | None):
        raise BadFile(file, f"`domain` of {hub.hub} has to be a text.")
    names = {"cluster": hub.cluster, "hub": hub.hub}
    return Placement(
        hub=hub,
        file=file,
        cluster=cluster(raw, hub.cluster),
        namespace=settings.namespace.format(**names),
        release=settings.release.format(**names),
        domain=domain or "",
    )


def cluster(raw: dict[str, Any], folder: str) -> Cluster:
    """Return what a cluster.yaml calls its cluster; folder is the name where it says none."""
    context, aws, gcp, azure = (raw.get(key) for key in ("context", "aws", "gcp", "azure"))
    if isinstance(context, str) and context:
        return Cluster(
            wanted=f"the context {context}",
            pattern=re.escape(context),
            by_context=True,
            by_cluster=False,
        )
    if isinstance(aws, dict) and aws.get("clusterName"):
        return _on_aws(aws)
    if isinstance(gcp, dict) and gcp.get("cluster"):
        parts = ["gke", *(str(gcp.get(key) or "") for key in ("project", "zone", "cluster"))]
        name = "_".join(parts)
        return Cluster(wanted=f"the cluster {name}", pattern=re.escape(name))
    if isinstance(azure, dict) and azure.get("cluster"):
        name = str(azure["cluster"])
        return Cluster(wanted=f"the cluster {name}", pattern=re.escape(name))
    name = str(raw.get("name") or folder)
    return Cluster(wanted=f"the cluster {name}", pattern=re.escape(name), by_context=True)


def _on_aws(aws: dict[str, Any]) -> Cluster:
    name, region = str(aws["clusterName"]), str(aws.get("region") or "")
    where = re.escape(region) if region else "[a-z0-9-]+"
    account = re.escape(str(aws["account"])) if aws.get("account") else r"\d+"
    arn = rf"arn:aws[a-z-]*:eks:{where}:{account}:cluster/{re.escape(name)}"
    return Cluster(
        wanted=f"the EKS cluster {name}" + (f" in {region}" if region else ""),
        pattern=rf"{arn}|{re.escape(name)}\.{where}\.eksctl\.io",
    )

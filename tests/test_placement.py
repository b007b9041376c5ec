"""Which cluster a cluster.yaml means, and whether a context leads there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hubimages import fleet, placement
from hubimages.config import Settings
from hubimages.errors import BadFile
from hubimages.kubeconfig import Kubeconfig, KubeContext, NoContext
from hubimages.placement import OtherCluster, Placement
from hubimages.tree import WorkTree
from hubimages.yamlread import load_mapping
from hubs import Hubs, make
from repositories import CORPUS

EKS = {"clusterName": "my.cluster", "region": "us-west-2"}
ARN = "arn:aws:eks:us-west-2:790657130469:cluster/my.cluster"
GKE = {"project": "two-eye", "zone": "us-central1-b", "cluster": "pilot"}


def context(cluster: str, name: str = "any") -> KubeContext:
    return KubeContext(name=name, cluster=cluster)


@pytest.mark.parametrize(
    ("raw", "context", "leads"),
    [
        ({"aws": EKS}, context(ARN), True),
        ({"aws": EKS}, context("my.cluster.us-west-2.eksctl.io"), True),
        ({"aws": EKS}, context(ARN.replace("us-west-2", "us-east-1")), False),
        ({"aws": EKS}, context(ARN.replace("my.cluster", "myXcluster")), False),
        ({"aws": EKS}, context(f"{ARN}-2"), False),
        ({"aws": EKS}, context("myXcluster.us-west-2.eksctl.io"), False),
        ({"aws": EKS}, context("elsewhere", name=ARN), False),
        ({"aws": {"clusterName": "my.cluster"}}, context(ARN), True),
        ({"aws": EKS}, context(ARN.replace("aws:", "aws-us-gov:")), True),
        ({"aws": {**EKS, "account": 790657130469}}, context(ARN), True),
        ({"aws": {**EKS, "account": 111111111111}}, context(ARN), False),
        ({"gcp": GKE}, context("gke_two-eye_us-central1-b_pilot"), True),
        ({"gcp": GKE}, context("gke_two-eye_us-central1_pilot"), False),
        ({"gcp": GKE}, context("pilot"), False),
        ({"azure": {"cluster": "hub-cluster"}}, context("hub-cluster"), True),
        ({"azure": {"cluster": "hub-cluster"}}, context("x", name="hub-cluster"), False),
        ({"context": "a+b", "gcp": GKE}, context("x", name="a+b"), True),
        ({"context": "a+b", "gcp": GKE}, context("a+b", name="aab"), False),
        ({"name": "plain"}, context("plain"), True),
        ({"name": "plain"}, context("x", name="plain"), True),
        ({"name": "plain"}, context("x", name="plain-2"), False),
        ({}, context("folder"), True),
        ({"aws": None, "name": ".*"}, context("anything"), False),
        ({"name": 5}, context("5"), True),
    ],
)
def test_a_context_leads_to_a_cluster(
    raw: dict[str, Any], context: KubeContext, leads: bool
) -> None:
    assert placement.cluster(raw, "folder").is_of(context) is leads


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return make(tmp_path / "hubs")


def placed(repo: Hubs, settings: Settings | None = None) -> Placement:
    hub = repo.fleet.named("example/staging")
    return placement.of(WorkTree(repo.path), hub, settings or Settings())


def kube(*names: str, current: str = "") -> Kubeconfig:
    contexts = tuple(KubeContext(name=name, cluster=name.partition("-")[0]) for name in names)
    return Kubeconfig(contexts=contexts, current=current, where="~/.kube/config")


def test_a_hub_is_a_release_in_a_namespace(repo: Hubs) -> None:
    found = placed(repo)
    assert (found.release, found.namespace, found.domain) == ("staging", "staging", "")
    assert found.file == "config/clusters/example/cluster.yaml"
    named = Settings(release="{cluster}-{hub}", namespace="hubs", clusters_dir="./config/clusters")
    repo.write(
        found.file, repo.read(found.file).replace("- name: s", "- domain: a.org\n    name: s")
    )
    found = placed(repo, named)
    assert (found.release, found.namespace, found.domain) == ("example-staging", "hubs", "a.org")
    repo.write(found.file, repo.read(found.file).replace("a.org", "[a.org]"))
    with pytest.raises(BadFile, match="`domain` of staging has to be a text"):
        placed(repo)


def test_the_current_context_has_to_fit(repo: Hubs) -> None:
    found = placed(repo)
    several = kube("other", "example-reader", "example-admin", current="example-admin")
    assert found.context(several, "").name == "example-admin"
    assert found.context(several, "example-reader").name == "example-reader"
    with pytest.raises(
        OtherCluster, match=r"belongs to the cluster example, .* is `other`"
    ) as wrong:
        found.context(several, "other")
    assert wrong.value.fix.startswith("kubectl config use-context example-admin")
    with pytest.raises(NoContext):
        found.context(several, "gone")
    with pytest.raises(OtherCluster) as lost:
        found.context(kube("other", current="other"), "")
    assert "`context: other`" in lost.value.fix


def test_matching_takes_the_current_context_where_it_fits(repo: Hubs) -> None:
    found = placed(repo)
    several = kube("other", "example-reader", "example-admin", current="example-admin")
    assert found.context(several, "matching").name == "example-admin"
    assert (
        found.context(kube(*("other", "example-a", "example-b"), current="other"), "matching").name
        == "example-a"
    )
    with pytest.raises(OtherCluster):
        found.context(kube("other", current="other"), "matching")


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus")
def test_every_cluster_of_the_corpus_has_a_name_of_its_provider() -> None:
    wanted = set()
    for cluster in fleet.load(WorkTree(CORPUS), Settings()).clusters:
        text = (CORPUS / "config/clusters" / cluster / "cluster.yaml").read_text()
        found = placement.cluster(load_mapping(text, cluster), cluster)
        assert found.wanted.startswith(("the EKS cluster ", "the cluster gke_", "the cluster ")), (
            cluster
        )
        wanted.add(found.wanted)
    assert len(wanted) > 20

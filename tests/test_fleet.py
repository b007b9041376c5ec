from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages import fleet
from hubimages.errors import BadFile
from hubimages.fleet import NotDeployed, UnknownHub
from hubimages.tree import WorkTree
from hubs import Hubs

CLUSTER = "config/clusters/example/cluster.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def test_every_hub_with_its_chart_and_files(repo: Hubs) -> None:
    found = repo.fleet
    assert [hub.name for hub in found.hubs] == [
        "example/staging",
        "example/prod",
        "research/dask",
        "research/twin",
        "research/other-twin",
        "research/plain",
    ]
    staging = found.named("example/staging")
    folder = "config/clusters/example"
    assert staging.chart == "helm-charts/basehub"
    assert staging.values_files == (
        f"{folder}/common.values.yaml",
        f"{folder}/staging.values.yaml",
        f"{folder}/enc-staging.secret.values.yaml",
    )
    assert staging.readable_files == staging.values_files[:2]


def test_image_paths_go_down_through_the_charts(repo: Hubs) -> None:
    tree, production = WorkTree(repo.path), repo.images.production
    paths = {
        hub.name: hub.image_paths(tree, production)
        for hub in repo.fleet.hubs
        if hub.name != "research/plain"
    }
    assert paths.pop("research/dask") == (("basehub", "jupyterhub", "hub", "image"),)
    assert set(paths.values()) == {(("jupyterhub", "hub", "image"),)}


def test_a_hub_without_the_chart_is_refused(repo: Hubs) -> None:
    with pytest.raises(NotDeployed, match="research/plain deploys helm-charts/plainhub") as caught:
        repo.fleet.named("research/plain").image_paths(WorkTree(repo.path), repo.images.production)
    assert "helm-charts/plainhub/Chart.yaml" in caught.value.fix


def test_the_jupyterhub_chart_also_where_a_cluster_overrides_it(repo: Hubs) -> None:
    tree = WorkTree(repo.path)
    found = {hub.name: hub.jupyterhub(tree) for hub in repo.fleet.hubs}
    versions = {name: chart.version for name, chart in found.items() if chart}
    assert versions.pop("research/twin") == "4.2.0"
    assert found["research/plain"] is None
    assert set(versions.values()) == {"4.3.3"}


def test_which_other_hubs_share_a_file(repo: Hubs) -> None:
    found = repo.fleet
    shared, own = (
        "config/clusters/research/twins.values.yaml",
        "config/clusters/research/dask.values.yaml",
    )
    twin, dask = found.named("research/twin"), found.named("research/dask")
    assert [hub.name for hub in found.others_with(shared, twin)] == ["research/other-twin"]
    assert found.others_with(own, dask) == []
    assert found.others_with("nowhere.yaml", dask) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [("staging", "example/staging"), ("elsewhere/twin", "research/twin"), ("x", "example/staging")],
)
def test_an_unknown_hub_names_those_that_are_meant(repo: Hubs, name: str, shown: str) -> None:
    with pytest.raises(UnknownHub, match=f"no hub `{name}` below config/clusters") as caught:
        repo.fleet.named(name)
    assert shown in caught.value.fix


def test_no_clusters_at_all(tmp_path: Path) -> None:
    found = fleet.load(WorkTree(tmp_path), hubs.SETTINGS)
    assert found.hubs == ()
    with pytest.raises(UnknownHub) as caught:
        found.named("a/b")
    assert "example/staging" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hubs: {a: 1}", "`hubs` has to be a list"),
        ("hubs: [staging]", "hub 1 has no `name`"),
        ("hubs: [{name: 1}]", "hub 1 has no `name`"),
        ("hubs: [{name: a}]", "hub a has no `helm_chart`"),
        ("hubs: [{name: a, helm_chart: b, helm_chart_values_files: c}]", "list of paths"),
        ("hubs: [{name: a, helm_chart: b, helm_chart_values_files: [1]}]", "list of paths"),
        ("hubs: [{name: a, helm_chart: b, chart_override: 1}]", "`chart_override` of a"),
        ("[]", "has to be a mapping"),
        ("hubs: [", "is not YAML"),
    ],
)
def test_a_mistake_names_the_file(repo: Hubs, text: str, why: str) -> None:
    repo.write(CLUSTER, text)
    found = repo.fleet
    assert {hub.cluster for hub in found.hubs} == {"research"}  # which is not hidden
    with pytest.raises(BadFile) as caught:
        found.named("example/staging")
    assert str(caught.value).startswith(CLUSTER)
    assert why in str(caught.value)
    assert caught.value.line in (1, 2)  # a parser may notice only at the end


def test_two_hubs_of_one_name(repo: Hubs) -> None:
    repo.write(CLUSTER, "hubs:\n- &a {name: a, helm_chart: basehub}\n- *a\n")
    found = repo.fleet
    assert [hub.hub for hub in found.hubs if hub.cluster == "example"] == ["a"]
    (problem,) = found.problems
    assert "hub 2 is called a" in problem.what


def test_a_cluster_without_hubs_is_fine(repo: Hubs) -> None:
    for text in ("", "name: example\n", "hubs:\n", "hubs: [{name: a, helm_chart: basehub}]\n"):
        repo.write(CLUSTER, text)
        assert len(repo.fleet.hubs) == 4 + text.count("name: a")


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("a/enc-prod.secret.values.yaml", True),
        ("a/prod.secret.yaml", True),
        ("a/secrets.yaml", True),
        ("a/enc-prod.yaml", True),
        ("a/prod.values.yaml", False),
        ("secret/prod.values.yaml", False),
        ("a/encounter.yaml", False),
    ],
)
def test_secret_files_go_by_their_names(path: str, secret: bool) -> None:
    assert fleet.is_secret(path) is secret

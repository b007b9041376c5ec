"""readable: a broken file is told of, and hides nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubs import Hubs
from tests.policies.conftest import CHART, CHARTPRESS, EXPERIMENT, HUB, at, found, only

EXAMPLE = "config/clusters/example/cluster.yaml"
DOCKERFILE = "helm-charts/images/hub/Dockerfile"
CLUSTER = "config/clusters/research/cluster.yaml"
TWINS = "config/clusters/research/twins.values.yaml"


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [(CLUSTER, "hubs: 7\n", 1), (TWINS, "a: 1\nb: [\n", 3), (TWINS, "jupyterhub: {a\n", 2)],
)
def test_a_broken_file(repo: Hubs, path: str, text: str, line: int) -> None:
    repo.write(path, text + "\n")
    repo.write(HUB, "oauthenticator==17.3.0\noauthenticator==17.3.0\n")
    broken, other = found(repo)
    assert at(broken)[:3] == ("readable", "error", path)
    assert abs(broken.line - line) <= 1  # parsers differ on where an open bracket is noticed
    assert path not in broken.message
    assert other.policy == "pinned-twice"


def test_a_broken_chart(repo: Hubs) -> None:
    repo.write(CHART, "dependencies: 7\n")
    assert "readable" in {one.policy for one in found(repo)}


def test_a_dockerfile_that_is_not_there(repo: Hubs) -> None:
    (repo.path / "helm-charts/images/hub-experimental/Dockerfile").unlink()
    finding = only(repo)
    assert at(finding) == ("readable", "error", "helm-charts/images/hub-experimental/Dockerfile", 1)


def test_an_image_without_requirements_is_nothing_broken(repo: Hubs) -> None:
    repo.write(
        "helm-charts/images/hub-experimental/Dockerfile", "FROM quay.io/jupyterhub/k8s-hub:4.3.3\n"
    )
    assert found(repo) == []


def test_only_one_finding_per_broken_line(repo: Hubs) -> None:
    repo.write(TWINS, "a: [\n\n")
    assert only(repo).path == TWINS


# --- what is not there -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", [HUB, EXPERIMENT])
def test_requirements_that_are_not_there(repo: Hubs, path: str) -> None:
    (repo.path / path).unlink()
    finding = only(repo)
    assert at(finding) == ("readable", "error", path, 1)
    assert "installs it" in finding.message


def test_what_images_share_is_told_of_once_with_all_of_them(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs", "shared")
    chartpress = repo.read(CHARTPRESS)
    third = chartpress[chartpress.index("      hub-experimental:") :].replace(
        "hub-exp", "other-exp"
    )
    repo.write(CHARTPRESS, chartpress + third)
    (repo.path / hubs.requirements("shared")).unlink()
    (finding,) = (one for one in found(repo) if one.policy == "readable")
    assert "`hub-experimental` and `other-experimental`" in finding.message
    (repo.path / DOCKERFILE).unlink()
    (finding,) = (one for one in found(repo) if one.policy == "readable")
    assert "`hub`, `hub-experimental` and `other-experimental`" in finding.message


def test_a_base_that_cannot_be_told(repo: Hubs) -> None:
    repo.write(DOCKERFILE, "ARG B\nFROM $B\n")
    finding = next(one for one in found(repo) if one.policy == "readable")
    assert at(finding) == ("readable", "error", DOCKERFILE, 2)
    assert "`FROM $B`" in finding.message


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("prod.values.yaml", "nowhere.values.yaml", 8),
        ("- name: prod\n    helm_chart: basehub", "- name: prod\n    helm_chart: nochart", 7),
    ],
)
def test_what_a_deployment_would_miss(repo: Hubs, old: str, new: str, line: int) -> None:
    repo.write(EXAMPLE, repo.read(EXAMPLE).replace(old, new))
    finding = only(repo)
    assert at(finding) == ("readable", "error", EXAMPLE, line)
    assert new.split()[-1] in finding.message
    assert "example/prod" in finding.message


def test_a_file_of_several_hubs_is_told_of_once(repo: Hubs) -> None:
    (repo.path / "config/clusters/example/common.values.yaml").unlink()
    finding = only(repo)
    assert at(finding) == ("readable", "error", EXAMPLE, 5)
    assert "example/staging and example/prod" in finding.message


def test_secret_files_need_not_be_there(repo: Hubs) -> None:
    assert not (repo.path / "config/clusters/example/enc-staging.secret.values.yaml").exists()
    assert found(repo) == []


def test_a_chart_override_that_is_not_there(repo: Hubs) -> None:
    (repo.path / "config/clusters/research/twin.chart.yaml").unlink()
    finding = only(repo)
    assert at(finding) == ("readable", "error", CLUSTER, 8)
    assert "twin.chart.yaml" in finding.message


def test_a_chart_that_is_not_there_is_told_of_with_all_its_hubs(repo: Hubs) -> None:
    (repo.path / CHART).unlink()
    findings = [one for one in found(repo) if one.policy == "readable"]
    assert [(one.path, one.line) for one in findings] == [(EXAMPLE, 4)]
    assert "helm-charts/basehub/Chart.yaml is not there" in findings[0].message
    assert "example/staging and 4 other hubs" in findings[0].message


def test_a_folder_is_no_values_file(repo: Hubs) -> None:
    (repo.path / TWINS).unlink()
    (repo.path / TWINS).mkdir()
    finding = only(repo)
    assert "twins.values.yaml is no file" in finding.message
    assert at(finding)[2:] == (CLUSTER, 9)


def test_a_link_that_leads_to_itself(repo: Hubs) -> None:
    (repo.path / TWINS).unlink()
    (repo.path / TWINS).symlink_to("twins.values.yaml")
    assert "a link to nowhere" in only(repo).message


# --- mistakes, each with its line ------------------------------------------------------------------


def test_every_mistake_of_a_cluster_is_told(repo: Hubs) -> None:
    repo.write(CLUSTER, "hubs:\n- name: a\n- name: b\n- helm_chart: basehub\n")
    told = [(one.path, one.line) for one in found(repo) if one.policy == "readable"]
    assert told == [(CLUSTER, 2), (CLUSTER, 3), (CLUSTER, 4)]


def test_two_mistakes_on_one_line(repo: Hubs) -> None:
    repo.write(CLUSTER, "hubs: [{name: a}, {name: b}]\n")
    assert len([one for one in found(repo) if one.policy == "readable"]) == 2


def test_two_hubs_of_one_name(repo: Hubs) -> None:
    repo.write(CLUSTER, f"{repo.read(CLUSTER)}  - helm_chart: basehub\n    name: twin\n")
    finding = only(repo)
    assert at(finding) == ("readable", "error", CLUSTER, 17)
    assert "twin" in finding.message


def test_a_mistake_in_the_dependencies(repo: Hubs) -> None:
    repo.write(CHART, "name: basehub\ndependencies:\n- name: a\n- alias: b\n")
    (finding,) = (one for one in found(repo) if one.policy == "readable")
    assert at(finding) == ("readable", "error", CHART, 4)


def test_bytes_that_are_no_text(repo: Hubs) -> None:
    (repo.path / TWINS).write_bytes(b"jupyterhub:\n  x: \xff\n")
    finding = only(repo)
    assert at(finding) == ("readable", "error", TWINS, 2)
    assert "UTF-8" in finding.message

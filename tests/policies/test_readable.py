"""readable: a broken file is told of, and hides nothing else."""

from __future__ import annotations

import pytest

from hubs import Hubs
from tests.policies.conftest import CHART, HUB, at, found, only

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

"""base-version: what hub images are built on, against the chart that is deployed with them."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

import hubs
from hubs import Hubs
from tests.policies.conftest import CHART, STAGING, TWINS, VALUES, at, found, only, tag_of, trial

DOCKERFILE = "helm-charts/images/hub/Dockerfile"
TWIN_CHART = "config/clusters/research/twin.chart.yaml"
DEVELOPMENT = "4.4.0-0.dev.git.7100.habcdef0"


def test_a_base_of_another_release(repo: Hubs) -> None:
    repo.write(DOCKERFILE, "# why\n" + hubs.OWN.replace("4.3.3", "4.3.2"))
    finding = only(repo)
    assert at(finding) == ("base-version", "error", DOCKERFILE, 2)
    assert "4.3.2" in finding.message
    assert "4.3.3" in finding.message
    assert "invoke upgrade-base --to 4.3.3" in finding.fix


def test_a_shared_dockerfile_is_told_of_once(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs", "shared")
    repo.write(DOCKERFILE, hubs.SHARED.replace("4.3.3", "4.3.2"))
    (finding,) = (one for one in found(repo) if one.path == DOCKERFILE)
    assert finding.message.startswith("`hub` (like `hub-experimental`) is built on ")


def pack(repo: Hubs, values: str, version: str = DEVELOPMENT) -> None:
    """Put the chart's archive where `helm dependency update` does."""
    archive = repo.path / "helm-charts/basehub/charts" / f"jupyterhub-{version}.tgz"
    archive.parent.mkdir(exist_ok=True)
    with tarfile.open(archive, "w:gz") as packed:
        member = tarfile.TarInfo("jupyterhub/values.yaml")
        member.size = len(values)
        packed.addfile(member, io.BytesIO(values.encode()))


@pytest.mark.parametrize(
    ("values", "severities"),
    [
        (None, ["warning", "warning"]),
        ("hub: {}\n", ["warning", "warning"]),
        ("hub: [\n", ["warning", "warning"]),
        ("hub:\n  image:\n    tag: 4.4.0-0.dev.git.7099.h1234567\n", ["error", "error"]),
        ("hub:\n  image:\n    tag: 4.3.3\n", []),
    ],
)
def test_a_development_version_is_compared_with_the_charts_own_tag(
    repo: Hubs, values: str | None, severities: list[str]
) -> None:
    for path in (CHART, TWIN_CHART):
        repo.write(path, hubs.CHART.replace("4.3.3", DEVELOPMENT))
    if values is not None:
        pack(repo, values)
    of_files = [one for one in found(repo) if one.path.endswith("Dockerfile")]
    assert [one.severity for one in of_files] == severities
    assert {one.policy for one in of_files} <= {"base-version"}


def test_a_broken_archive_tells_nothing(repo: Hubs) -> None:
    repo.write(CHART, hubs.CHART.replace("4.3.3", DEVELOPMENT))
    repo.write(f"helm-charts/basehub/charts/jupyterhub-{DEVELOPMENT}.tgz", "no archive")
    assert {one.severity for one in found(repo) if one.path.endswith("Dockerfile")} == {"warning"}


def test_tags_lag_behind_an_upgrade_until_the_next_build(repo: Hubs) -> None:
    upgraded = {
        path: repo.read(path).replace("4.3.3", "4.3.4")
        for path in (CHART, DOCKERFILE, DOCKERFILE.replace("/hub/", "/hub-experimental/"))
    }
    repo.commit({**upgraded, TWIN_CHART: hubs.CHART.replace("4.3.3", "4.3.4")})
    lagging = found(repo)
    assert {one.policy for one in lagging} == {"base-version"}
    assert {(one.path, one.severity) for one in lagging if "twin" not in one.message} == {
        (VALUES, "warning"),
        (STAGING, "warning"),
    }
    fixes = {one.fix for one in lagging if one.path == STAGING}
    assert fixes == {"invoke build-hub --image hub-experimental --push"}


def test_a_hub_with_a_chart_of_its_own(repo: Hubs) -> None:
    repo.write(TWIN_CHART, hubs.CHART.replace("4.3.3", "4.2.0"))
    finding = only(repo)
    assert at(finding) == ("base-version", "error", TWIN_CHART, 6)
    assert "research/twin)" in finding.message
    assert "4.2.0" in finding.message
    assert "upgrade-base" not in finding.fix  # which would move every other hub
    assert "4.3.3 in config/clusters/research/twin.chart.yaml" in finding.fix


def test_nothing_is_claimed_of_a_tag_whose_commit_is_not_here(repo: Hubs) -> None:
    repo.write(TWINS, trial("0.0.1-0.dev.git.9.h0123456", "quay.io/example/hub"))
    repo.write(DOCKERFILE, hubs.OWN.replace("4.3.3", "4.3.2"))
    (written,) = (one for one in found(repo) if one.policy == "base-version")
    assert written.path == DOCKERFILE  # the chart of its own is of the version that all have
    repo.write(TWIN_CHART, hubs.CHART.replace("4.3.3", "4.2.0"))
    doubt = next(one for one in found(repo) if one.path == TWIN_CHART)
    assert at(doubt) == ("base-version", "warning", TWIN_CHART, 6)
    assert "could not be told" in doubt.message
    assert "is built on quay.io" not in doubt.message
    assert "git fetch" in doubt.fix


def test_a_chart_without_jupyterhub_needs_no_base(repo: Hubs) -> None:
    repo.write(CHART, "apiVersion: v2\nname: basehub\nversion: '1'\n")
    assert "base-version" not in {one.policy for one in found(repo)}


def test_an_experiment_tried_on_another_version(repo: Hubs) -> None:
    """The trial of an image that was built for a chart that was deployed before."""
    repo.write(
        DOCKERFILE.replace("/hub/", "/hub-experimental/"), hubs.OWN.replace("4.3.3", "4.2.0")
    )
    repo.commit()
    old = tag_of(repo, "hub-experimental")
    repo.commit({DOCKERFILE.replace("/hub/", "/hub-experimental/"): hubs.OWN, STAGING: trial(old)})
    finding = only(repo)
    assert at(finding)[:3] == ("base-version", "warning", STAGING)
    assert "4.2.0" in finding.message


def test_a_hub_with_a_development_chart_of_its_own_is_a_doubt(repo: Hubs) -> None:
    repo.write(TWIN_CHART, hubs.CHART.replace("4.3.3", DEVELOPMENT))
    finding = only(repo)
    assert at(finding) == ("base-version", "warning", TWIN_CHART, 6)
    assert DEVELOPMENT in finding.message
    assert "helm dependency update" in finding.fix

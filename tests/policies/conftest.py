"""A repository in which nothing is to be found, and what check finds after a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import hubs
from hubimages import tags
from hubimages.policies import table
from hubimages.policies.facts import Looks, gather
from hubimages.policies.finding import Finding
from hubs import Hubs

TODAY = date(2026, 8, 21)
CHARTPRESS = "helm-charts/chartpress.yaml"
VALUES = "helm-charts/basehub/values.yaml"
CHART = "helm-charts/basehub/Chart.yaml"
HUB = "helm-charts/images/hub/requirements.txt"
EXPERIMENT = hubs.requirements("folders")
STAGING = "config/clusters/example/staging.values.yaml"
TWINS = "config/clusters/research/twins.values.yaml"
COMMIT = "7d80b0000d8b11e639f3fe0f63d0711e057a15df"


def trial(tag: str, name: str = "quay.io/example/hub-experimental") -> str:
    """Return values that override the hub image."""
    return f"jupyterhub:\n  hub:\n    image:\n      name: {name}\n      tag: {tag}\n"


def tag_of(repo: Hubs, key: str) -> str:
    """Return the tag that a build of an image would give now."""
    image = repo.images.named(key)
    return tags.identify(repo.git, image.paths, image.base_version).text


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    """A repository whose hubs run what is built there, with a trial on one of them."""
    made = hubs.make(tmp_path / "hubs")
    made.commit({EXPERIMENT: f"git+https://github.com/jupyterhub/oauthenticator@{COMMIT}\n"})
    values = made.read(VALUES).replace("0.0.1-set.by.chartpress", tag_of(made, "hub"))
    made.commit({VALUES: values, STAGING: trial(tag_of(made, "hub-experimental"))})
    # the one chart of another version, which is the business of base-version's own tests
    made.commit({"config/clusters/research/twin.chart.yaml": hubs.CHART})
    return made


def look(repo: Hubs, registry: Looks | None = None, **settings: Any) -> table.Report:
    """Check a repository on 21 August 2026."""
    return table.examine(gather(repo.git, replace(hubs.SETTINGS, **settings), registry), TODAY)


def found(repo: Hubs, registry: Looks | None = None, **settings: Any) -> list[Finding]:
    """Return what check finds; every finding names its place and what to do."""
    findings = list(look(repo, registry, **settings).findings)
    for finding in findings:
        if finding.policy != "readable":  # a parser may notice only below the last line
            lines = repo.read(finding.path).splitlines()
            assert 1 <= finding.line <= len(lines), finding
        assert finding.message.endswith((".", ")")), finding
        assert finding.fix, finding
    return findings


def only(repo: Hubs, registry: Looks | None = None, **settings: Any) -> Finding:
    """Return the one finding."""
    (finding,) = found(repo, registry, **settings)
    return finding


def at(finding: Finding) -> tuple[str, str, str, int]:
    """Return all of a finding but its words."""
    return finding.policy, finding.severity, finding.path, finding.line

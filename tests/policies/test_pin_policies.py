"""full-commit and pinned-twice: what requirements files may say."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubs import Hubs
from tests.policies.conftest import COMMIT, EXPERIMENT, HUB, at, found, only

GIT = "git+https://github.com/jupyterhub/oauthenticator"


@pytest.mark.parametrize("ref", ["@main", "@17.3.0", f"@{COMMIT[:12]}", ""])
def test_a_ref_that_can_move(repo: Hubs, ref: str) -> None:
    repo.write(EXPERIMENT, f"# on trial\n\n{GIT}{ref}\n")
    finding = only(repo)
    assert at(finding) == ("full-commit", "error", EXPERIMENT, 3)
    assert f"--requirement 'https://github.com/jupyterhub/oauthenticator{ref}'" in finding.fix
    assert "--image hub-experimental" in finding.fix


@pytest.mark.parametrize(
    "line",
    [
        f"{GIT}@{COMMIT.upper()}",
        f"oauthenticator @ {GIT}@{COMMIT}",
        "kubespawner>=6",
        "./wheels/a.whl",
    ],
)
def test_what_is_no_moving_ref(repo: Hubs, line: str) -> None:
    repo.write(EXPERIMENT, f"{line}\n")
    assert found(repo) == []


def test_a_shared_file_is_told_of_once(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs", "shared")
    chartpress = repo.read("helm-charts/chartpress.yaml")
    repo.write(
        "helm-charts/chartpress.yaml",
        chartpress.replace("experimental-requirements", "requirements"),
    )
    repo.write(HUB, f"{GIT}@main\n{GIT}@main\n")
    kinds = [finding.policy for finding in found(repo)]
    assert (kinds.count("full-commit"), kinds.count("pinned-twice")) == (2, 1)


@pytest.mark.parametrize(
    "second", ["OAuthenticator>=17", f"{GIT}.git@{COMMIT}", "oauthenticator[mwoauth]==17.3.0"]
)
def test_a_package_that_is_pinned_twice(repo: Hubs, second: str) -> None:
    repo.write(HUB, f"oauthenticator==17.3.0\nkubespawner==7.0.0\n\n{second}\n")
    finding = only(repo)
    assert at(finding) == ("pinned-twice", "error", HUB, 4)
    assert "line 1" in finding.message


def test_two_lines_for_two_versions_of_python(repo: Hubs) -> None:
    one, other = "python_version < '3.12'", "python_version >= '3.12'"
    repo.write(HUB, f"oauthenticator==16.0 ; {one}\noauthenticator==17.3.0 ; {other}\n")
    assert found(repo) == []


def test_two_files_of_one_image(repo: Hubs) -> None:
    extra = hubs.OWN.replace(
        "COPY requirements.txt", "COPY extra.txt /tmp/extra.txt\nCOPY requirements.txt"
    )
    extra = extra.replace("RUN pip", "RUN pip install -r /tmp/extra.txt\nRUN pip")
    repo.write("helm-charts/images/hub/Dockerfile", extra)
    repo.write("helm-charts/images/hub/extra.txt", "oauthenticator==17.3.0\n")
    finding = only(repo)
    assert at(finding) == ("pinned-twice", "error", HUB, 2)
    assert "extra.txt:1" in finding.message

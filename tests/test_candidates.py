"""Tags to choose from: newest first, and whether one fits a hub."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages import candidates, tags
from hubimages.agreement import BaseMismatch, Doubt
from hubimages.builds.labels import BASE_NAME, PINS
from hubimages.registry import Unknown
from hubs import SETTINGS, FakeRegistry, Hubs


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def test_candidates_are_newest_first_with_their_commits(repo: Hubs) -> None:
    first = repo.head()[:7]
    second = repo.commit(message="Second: ünï")[:7]
    found = candidates.candidates(
        repo.git,
        [
            f"0.0.1-0.dev.git.1.h{first}",
            "latest",
            tags.of_cache("linux/amd64"),  # which nobody can try
            f"0.0.1-0.dev.git.2.h{second}",
            "1.git.3.hfffffff",
        ],
    )
    assert [candidate.tag for candidate in found] == [
        "1.git.3.hfffffff",
        f"0.0.1-0.dev.git.2.h{second}",
        f"0.0.1-0.dev.git.1.h{first}",
        "latest",
    ]
    assert [candidate.subject for candidate in found] == [None, "Second: ünï", "Two clusters", None]
    assert found[0].when is None
    assert found[1].when


def fits(repo: Hubs, hub: str, tag: str, registry: FakeRegistry) -> BaseMismatch | Doubt | None:
    image = repo.images.named("hub-experimental")
    return candidates.fits(repo.git, repo.fleet.named(hub), image, tag, registry, SETTINGS)  # type: ignore[arg-type]


def labelled(base: str) -> FakeRegistry:
    return FakeRegistry(found=hubs.pushed({BASE_NAME: base, PINS: "[]"}))


def test_a_tags_base_is_read_from_its_labels(repo: Hubs) -> None:
    same, older = "quay.io/jupyterhub/k8s-hub:4.3.3", "quay.io/jupyterhub/k8s-hub:4.2.0"
    assert fits(repo, "example/staging", "any", labelled(same)) is None
    assert isinstance(fits(repo, "example/staging", "any", labelled(older)), BaseMismatch)
    assert fits(repo, "research/twin", "any", labelled(older)) is None
    assert isinstance(fits(repo, "research/twin", "any", labelled(same)), BaseMismatch)


def test_labels_that_came_with_the_base_say_nothing(repo: Hubs) -> None:
    """An image that plain chartpress built has the labels of its base image."""
    inherited = FakeRegistry(found=hubs.pushed({BASE_NAME: "docker.io/library/python:3.12.1"}))
    tag = f"0.0.1-0.dev.git.1.h{repo.head()[:7]}"
    assert fits(repo, "example/staging", tag, inherited) is None


def test_else_from_the_commit_that_it_names(repo: Hubs) -> None:
    tag = f"0.0.1-0.dev.git.1.h{repo.head()[:7]}"
    for path in (
        "helm-charts/images/hub/Dockerfile",
        "helm-charts/images/hub-experimental/Dockerfile",
    ):
        repo.write(path, hubs.OWN.replace("4.3.3", "4.4.0"))
    repo.commit({"helm-charts/basehub/Chart.yaml": hubs.CHART.replace("4.3.3", "4.4.0")})
    verdict = fits(repo, "example/staging", tag, FakeRegistry(found=Unknown("It hangs.")))
    assert isinstance(verdict, BaseMismatch)
    assert "k8s-hub:4.3.3" in verdict.what
    assert "invoke build-hub --image hub-experimental --push" in verdict.fix


def test_a_commit_that_nobody_has_is_a_doubt_and_not_todays_base(repo: Hubs) -> None:
    verdict = fits(repo, "example/staging", "0.0.1-0.dev.git.1.hfffffff", FakeRegistry())
    assert isinstance(verdict, Doubt)

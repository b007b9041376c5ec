from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages.builds import record
from hubimages.edits import UncommittedChanges
from hubimages.errors import BadFile
from hubs import FakeRegistry, Hubs

VALUES = "helm-charts/basehub/values.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def test_the_tag_is_one_line_committed_alone(repo: Hubs) -> None:
    repo.write("helm-charts/basehub/Chart.yaml", "mine\n")
    made = hubs.plan(repo, FakeRegistry(), "hub")
    edit = record.recording(made, repo.git)
    assert edit
    before = repo.state()
    record.record(made, edit, repo.git)
    assert repo.last() == [VALUES]
    assert repo.read(VALUES) == hubs.VALUES.format(name=hubs.NAME).replace(
        "0.0.1-set.by.chartpress", made.tag.text
    )
    assert repo.ask("log", "-1", "--format=%s").strip() == f"Use hub image {made.tag.text}"
    assert repo.state() == before
    assert record.recording(made, repo.git) is None


def test_without_commit_the_edit_stays_in_the_tree(repo: Hubs) -> None:
    made = hubs.plan(repo, FakeRegistry(), "hub", commit=False)
    edit = record.recording(made, repo.git)
    assert edit
    head = repo.head()
    record.record(made, edit, repo.git)
    assert repo.head() == head
    assert made.tag.text in repo.read(VALUES)


def test_an_experimental_image_is_not_recorded_whatever_its_values_path(repo: Hubs) -> None:
    path = "helm-charts/chartpress.yaml"
    repo.commit({path: repo.read(path) + "        valuesPath: jupyterhub.hub.image\n"})
    assert record.recording(hubs.plan(repo, FakeRegistry()), repo.git) is None


def test_the_persons_own_values_stand_in_the_way(repo: Hubs) -> None:
    repo.write(VALUES, "mine: 1\n")
    with pytest.raises(UncommittedChanges, match=VALUES):
        record.recording(hubs.plan(repo, FakeRegistry(), "hub"), repo.git)


def test_a_production_image_that_no_hub_follows(repo: Hubs) -> None:
    path = "helm-charts/chartpress.yaml"
    repo.commit({path: repo.read(path).replace("        valuesPath: jupyterhub.hub.image\n", "")})
    with pytest.raises(BadFile, match="no hub would follow it") as caught:
        record.recording(hubs.plan(repo, FakeRegistry(), "hub"), repo.git)
    assert "valuesPath" in caught.value.fix

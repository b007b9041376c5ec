from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import hubs
from hubimages.builds.plan import expected
from hubimages.registry import Unknown
from hubs import FakeRegistry, Hubs, Shape

KEYS = {"image", "name", "tag", "digest", "built", "pushed", "revision", "values_changed"}


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


@pytest.mark.parametrize("shape", ["folders", "shared"])
def test_a_plan_is_of_the_commit_and_not_of_the_work_tree(tmp_path: Path, shape: Shape) -> None:
    repo = hubs.make(tmp_path / "hubs", shape)
    before = hubs.plan(repo, FakeRegistry())
    repo.write("helm-charts/chartpress.yaml", "charts: []\n")
    repo.write(hubs.requirements(shape), "changed\n")
    after = hubs.plan(repo, FakeRegistry())
    assert after.tag == before.tag
    assert after.tag.text == f"0.0.1-0.dev.git.1.h{repo.head()[:7]}"
    assert after.tag.revision == after.head == repo.head()
    assert after.full_name == f"quay.io/example/hub-experimental:{after.tag.text}"
    assert hubs.requirements(shape) in after.uncommitted


def test_the_registry_is_asked_for_the_tag(repo: Hubs) -> None:
    registry = FakeRegistry()
    made = hubs.plan(repo, registry)
    assert registry.asked == [f"inspect {made.full_name}"]


def test_only_production_is_recorded(repo: Hubs) -> None:
    assert hubs.plan(repo, FakeRegistry(), "hub").records
    assert not hubs.plan(repo, FakeRegistry()).records


def test_what_a_dry_run_says(repo: Hubs) -> None:
    fresh = expected(hubs.plan(repo, FakeRegistry()), values_changed=False)
    assert set(dataclasses.asdict(fresh)) == KEYS
    assert (fresh.built, fresh.pushed, fresh.digest) == (True, True, None)
    there = expected(hubs.plan(repo, FakeRegistry(found=hubs.pushed())), values_changed=True)
    assert (there.built, there.pushed, there.digest) == (False, False, hubs.DIGEST)
    silent = hubs.plan(repo, FakeRegistry(found=Unknown("It hangs.")), push=False)
    assert not silent.there
    assert expected(silent, values_changed=False).pushed is False

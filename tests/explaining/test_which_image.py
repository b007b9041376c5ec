"""Which image is meant by a tag, where nobody said."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages import fleet
from hubimages.config import Settings
from hubimages.explaining.which import NobodyHasTag, having
from hubimages.git import Git
from hubimages.listing import Lister
from hubimages.process import Processes
from hubimages.registry import Unknown
from hubimages.tree import WorkTree
from tests.explaining.shelf import Shelf
from tests.lifecycle.lives import STAGING, Life, make, override

SETTINGS = Settings()
HUB, EXPERIMENT = f"{hubs.NAME}hub", f"{hubs.NAME}hub-experimental"
SILENT = Unknown("It is asleep.", "wake it")


@pytest.fixture(params=["folders", "shared"])
def life(tmp_path: Path, request: pytest.FixtureRequest) -> Life:
    return make(tmp_path / "repo", request.param)


def have(life: Life, tag: str, registry: Shelf) -> list[str]:
    tree = WorkTree(life.repo.root)
    repo = hubs.Hubs(life.repo.root)
    lister = Lister(tree)
    listed = [lister.describe(hub) for hub in fleet.load(tree, SETTINGS).hubs]
    git = Git.at(life.repo.root, Processes())
    among = (repo.images.production, *repo.images.experiments)
    found = having(git, among, tag, listed, registry, SETTINGS)  # type: ignore[arg-type]
    return [image.key for image in found]


def test_a_hub_that_runs_it_decides(life: Life) -> None:
    life.on(1, {STAGING: override("t1")})
    registry = Shelf()
    registry.put(f"{HUB}:t1")
    assert have(life, "t1", registry) == ["hub-experimental"]
    assert have(life, "0.0.1-set.by.chartpress", registry) == ["hub"]
    assert registry.asked == []


def test_else_the_registry(life: Life) -> None:
    registry = Shelf()
    registry.put(f"{EXPERIMENT}:t1")
    registry.held[f"{HUB}:t1"] = SILENT
    assert have(life, "t1", registry) == ["hub-experimental"]
    assert have(life, hubs.DIGEST, registry) == ["hub-experimental"]
    registry.put(f"{HUB}:t1")
    assert have(life, "t1", registry) == ["hub", "hub-experimental"]


def test_else_git(life: Life) -> None:
    commit = life.on(1, {life.ours: "a==1\n"})
    tag = f"0.0.1-0.dev.git.2.h{commit[:7]}"
    both = ["hub", "hub-experimental"]  # in a shared folder, every image is made anew
    expected = both if life.shape == "shared" else ["hub-experimental"]
    assert have(life, tag, Shelf()) == expected
    assert have(life, tag, Shelf(silent=SILENT)) == expected


def test_else_nobody(life: Life) -> None:
    with pytest.raises(NobodyHasTag) as caught:
        have(life, "0.0.1-0.dev.git.2.h1234567", Shelf())
    assert "of hub or hub-experimental" in caught.value.what
    assert "--image" in caught.value.fix
    with pytest.raises(NobodyHasTag) as caught:
        have(life, "latest", Shelf(silent=SILENT))
    assert "asleep" in caught.value.what
    assert "has no such tag" not in caught.value.what
    assert caught.value.fix == "wake it"

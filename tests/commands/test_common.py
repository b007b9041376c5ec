from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages.commands.common import experiment
from hubimages.images import UnknownImage
from hubs import Hubs

CHARTPRESS = "helm-charts/chartpress.yaml"


def test_the_named_image_or_the_configured_one(repo: Hubs) -> None:
    found = repo.images
    assert experiment(found, "hub", "hub-experimental").key == "hub"
    assert experiment(found, "", "hub-experimental").key == "hub-experimental"


def test_an_image_that_is_not_there(repo: Hubs) -> None:
    with pytest.raises(UnknownImage) as caught:
        experiment(repo.images, "nonesuch", "hub-experimental")
    assert "hub, hub-experimental" in caught.value.fix
    with pytest.raises(UnknownImage) as caught:
        experiment(repo.images, "", "nonesuch")
    assert "--image NAME, one of hub-experimental" in caught.value.fix


def test_where_there_is_no_experiment_yet(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs")
    text = repo.read(CHARTPRESS)
    repo.write(CHARTPRESS, text[: text.index("      hub-experimental:")])
    with pytest.raises(UnknownImage) as caught:
        experiment(repo.images, "", "hub-experimental")
    assert caught.value.fix == "invoke experiment.create --image hub-experimental"

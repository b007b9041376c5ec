from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages import upgrade
from hubimages.edits import UncommittedChanges
from hubimages.errors import Failure
from hubimages.registry import NotThere, There, Unknown
from hubimages.upgrade import BaseNotFound, NoSuchBase, Upgrade
from hubs import DIGEST, FakeRegistry, Hubs, Shape

BASE = "quay.io/jupyterhub/k8s-hub"
CHART = "helm-charts/basehub/Chart.yaml"
HUB = "helm-charts/images/hub/Dockerfile"
EXPERIMENT = "helm-charts/images/hub-experimental/Dockerfile"
CHARTPRESS = "helm-charts/chartpress.yaml"


def plan(
    repo: Hubs, version: str = "4.3.4", registry: FakeRegistry | None = None, *, commit: bool = True
) -> Upgrade:
    asked = registry or FakeRegistry(answer=There(DIGEST))
    return upgrade.plan(
        repo.git,
        repo.images,
        repo.fleet,
        version,
        asked,
        commit=commit,
        ask=True,  # type: ignore[arg-type]
    )


def changed(made: Upgrade) -> dict[str, list[str]]:
    """Return the new lines of each edit."""
    return {
        edit.path: [line[1:] for line in edit.diff().splitlines()[2:] if line[0] == "+"]
        for edit in made.edits
    }


@pytest.mark.parametrize("shape", ["folders", "shared"])
def test_bases_and_chart_move_together(tmp_path: Path, shape: Shape) -> None:
    repo = hubs.make(tmp_path / "hubs", shape)
    registry = FakeRegistry(answer=There(DIGEST))
    made = plan(repo, registry=registry)
    dockerfiles = [HUB] if shape == "shared" else [HUB, EXPERIMENT]
    assert changed(made) == {
        **{path: [f"FROM {BASE}:4.3.4"] for path in dockerfiles},
        CHART: ["    version: 4.3.4"],
    }
    assert registry.asked == [f"look {BASE}:4.3.4"]
    assert made.left == ("config/clusters/research/twin.chart.yaml (research/twin) stays at 4.2.0",)
    repo.commit({edit.path: edit.after for edit in made.edits})
    assert plan(repo).edits == ()
    assert {image.base.tag for image in repo.images.all if image.base} == {"4.3.4"}


@pytest.mark.parametrize("files", [1, 2, 3])
def test_what_a_killed_run_wrote_is_committed_by_the_next(tmp_path: Path, files: int) -> None:
    repo = hubs.make(tmp_path / "hubs")
    made = plan(repo)
    for edit in made.edits[:files]:
        repo.write(edit.path, edit.after)
    assert plan(repo).edits == made.edits


def test_other_changes_stand_in_the_way(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs")
    repo.write(HUB, hubs.OWN + "RUN true\n")
    with pytest.raises(UncommittedChanges, match=HUB):
        plan(repo)
    assert len(plan(repo, commit=False).edits) == 3


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (f"FROM {BASE}:4.3.3", f"FROM {BASE}:4.3.4"),
        (f"FROM --platform=$BUILDPLATFORM {BASE}:4.3.3 AS hub", None),
        (f"FROM {BASE}:4.3.3 # 4.3.3", None),
        (f"from   {BASE}:4.3.3", f"from   {BASE}:4.3.4"),
        (f"ARG V=4.3.3\nFROM {BASE}:$V", f"ARG V=4.3.4\nFROM {BASE}:$V"),
        (f'ARG V="4.3.3"\nFROM {BASE}:${{V}}', f'ARG V="4.3.4"\nFROM {BASE}:${{V}}'),
        (f"ARG BASE={BASE}:4.3.3\nFROM $BASE", f"ARG BASE={BASE}:4.3.4\nFROM $BASE"),
        ("ARG R=quay.io\nFROM ${R}/jupyterhub/k8s-hub:4.3.3", None),
        (f"FROM {BASE}:4.3.3 AS one\nFROM one", f"FROM {BASE}:4.3.4 AS one\nFROM one"),
        (
            f"FROM python:4.3.3 AS other\nFROM {BASE}:4.3.3",
            f"FROM python:4.3.3 AS other\nFROM {BASE}:4.3.4",
        ),
    ],
)
def test_where_the_version_is_written(tmp_path: Path, first: str, expected: str | None) -> None:
    rest = hubs.OWN.partition("\n")[2]
    repo = hubs.make(tmp_path / "hubs")
    repo.commit({HUB: f"{first}\r\n{rest}", EXPERIMENT: hubs.OWN})
    after = {edit.path: edit.after for edit in plan(repo).edits}
    if "#" in first:  # docker takes three words only; the file stays as wrong as it was
        return
    assert after[HUB] == f"{expected or first.replace(':4.3.3', ':4.3.4')}\r\n{rest}"


def test_a_build_argument_is_changed_in_chartpress_yaml(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs", "shared")
    text = repo.read(CHARTPRESS).replace("buildArgs:\n", 'buildArgs:\n          V: "4.3.3"\n')
    dockerfile = hubs.SHARED.replace(f"FROM {BASE}:4.3.3", f"ARG V=1\nFROM {BASE}:$V")
    repo.commit({CHARTPRESS: text, HUB: dockerfile})
    made = plan(repo)
    assert changed(made) == {
        CHARTPRESS: ['          V: "4.3.4"'] * 2,
        CHART: ["    version: 4.3.4"],
    }
    for edit in made.edits:
        repo.write(edit.path, edit.after)
    assert plan(repo).edits == made.edits  # killed before the commit


@pytest.mark.parametrize(
    "first",
    [
        f"FROM {BASE}:4.3.3@sha256:{'a' * 64}",
        f"ARG BASE={BASE}:4.3.3@sha256:{'a' * 64}\nFROM $BASE",
        f"FROM {BASE}:${{V:-4.3.3}}",
        f"ARG V=3\nFROM {BASE}:4.3.$V",
        f"FROM {BASE}",
        f"FROM \\\n  {BASE}:4.3.3",
    ],
)
def test_a_version_that_cannot_be_found_is_refused(tmp_path: Path, first: str) -> None:
    repo = hubs.make(tmp_path / "hubs")
    rest = hubs.OWN.partition("\n")[2]
    repo.commit({HUB: f"{first}\n{rest}", EXPERIMENT: hubs.OWN})
    with pytest.raises(BaseNotFound, match=rf"{HUB}:\d+") as caught:
        plan(repo)
    assert "FROM" in caught.value.fix


@pytest.mark.parametrize(
    ("registry", "why", "fix"),
    [
        (FakeRegistry(answer=NotThere()), f"There is no {BASE}:4.3.4", "tags of"),
        (
            FakeRegistry(answer=Unknown("It hangs.", "try later")),
            "not known.*It hangs",
            "try later",
        ),
        (FakeRegistry(answer=Unknown("It hangs.")), "not known.*It hangs", "run"),
    ],
)
def test_a_version_that_the_registry_does_not_have(
    tmp_path: Path, registry: FakeRegistry, why: str, fix: str
) -> None:
    repo = hubs.make(tmp_path / "hubs")
    with pytest.raises(NoSuchBase, match=why) as caught:
        plan(repo, registry=registry)
    assert fix in caught.value.fix
    dry = upgrade.plan(
        repo.git,
        repo.images,
        repo.fleet,
        "4.3.4",
        registry,
        commit=True,
        ask=False,  # type: ignore[arg-type]
    )
    assert len(dry.edits) == 3


@pytest.mark.parametrize("version", ["", "4.3.4\n", "a b", "../x", "-1"])
def test_what_is_no_version_is_refused(tmp_path: Path, version: str) -> None:
    repo = hubs.make(tmp_path / "hubs")
    with pytest.raises(Failure, match="cannot be the tag") as caught:
        plan(repo, version)
    assert "--to" in caught.value.fix

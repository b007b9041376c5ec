from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from hubimages.charts import Dependency
from hubimages.engine import Engine
from hubimages.process import Completed
from hubimages.reference import Reference
from hubimages.tree import WorkTree
from hubimages.userimages import hubversion
from hubs import Recorder, said

CHART = "helm-charts/basehub"
HERE, GONE = Reference.parse("quay.io/o/hub:1"), Reference.parse("quay.io/o/hub:0")


def dependency(version: str) -> Dependency:
    return Dependency(
        name="jupyterhub",
        alias=None,
        version=version,
        repository="https://jupyterhub.github.io/helm-chart/",
        chart_file=f"{CHART}/Chart.yaml",
        index=0,
    )


def engine(packages: object) -> Engine:
    inspected = [{"Id": "sha256:1", "Os": "linux", "Architecture": "amd64", "Config": {}}]

    def answer(argv: Sequence[str]) -> Completed:
        if argv[1] == "image":
            there = argv[3] == str(HERE)
            return said(argv, json.dumps(inspected), code=0 if there else 1)
        return said(argv, json.dumps({"packages": packages}) if argv[1] == "run" else "")

    return Engine(Recorder(answer))


def test_the_hubs_own_image_says_it() -> None:
    packages = [{"name": "JupyterHub", "version": "5.4.4", "url": None, "commit": None}]
    found = hubversion.of_images(engine(packages), [GONE, HERE])
    assert found == hubversion.HubVersion("5.4.4", "in quay.io/o/hub:1")
    assert hubversion.of_images(engine(packages), [GONE]) is None
    assert hubversion.of_images(engine([]), [HERE]) is None


@pytest.mark.parametrize(
    ("version", "major"),
    [("1.2.0", "1"), ("2.0.0", "3"), ("3.3.8", "4"), ("4.3.3", "5"), ("4.0.0-0.dev.git.1.h0", "5")],
)
def test_a_chart_says_it_by_its_major_version(tmp_path: Path, version: str, major: str) -> None:
    found = hubversion.of_chart(WorkTree(tmp_path), dependency(version), CHART)
    assert found == hubversion.HubVersion(major, f"jupyterhub chart {version}")


def test_a_chart_from_the_future(tmp_path: Path) -> None:
    found = hubversion.of_chart(WorkTree(tmp_path), dependency("17.0.0"), CHART)
    assert found.version is None
    assert found.fix.startswith(f"helm dependency update {CHART}")


def test_no_chart(tmp_path: Path) -> None:
    assert hubversion.of_chart(WorkTree(tmp_path), None, CHART).version is None


def test_the_charts_archive_says_it_exactly(tmp_path: Path) -> None:
    archive = tmp_path / CHART / "charts" / "jupyterhub-17.0.0.tgz"
    archive.parent.mkdir(parents=True)
    text = b"apiVersion: v2\nappVersion: 9.1.0\n"
    with tarfile.open(archive, "w:gz") as packed:
        member = tarfile.TarInfo("jupyterhub/Chart.yaml")
        member.size = len(text)
        packed.addfile(member, io.BytesIO(text))
    found = hubversion.of_chart(WorkTree(tmp_path), dependency("17.0.0"), CHART)
    assert found == hubversion.HubVersion("9.1.0", "jupyterhub chart 17.0.0")
    archive.write_bytes(b"no archive")
    assert hubversion.of_chart(WorkTree(tmp_path), dependency("17.0.0"), CHART).version is None

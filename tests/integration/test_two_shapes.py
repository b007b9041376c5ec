"""hubimages in another repository laid out the same way: images in one folder, nested charts."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import stack
from integration.running import hubimages
from integration.support import VALUES, assert_nothing_left, digest, images_of

pytestmark = pytest.mark.usefixtures("base_image")
MakeHubs = Callable[..., stack.HubRepository]
CORPUS = Path(__file__).parents[3] / "shared/corpus/2i2c-infrastructure"
IMAGES = "helm-charts/images/hub"
CLUSTERS = "config/clusters"
DASKHUB = """\
apiVersion: v2
name: daskhub
version: "0.1.0"
dependencies:
  - name: basehub
    version: "0.1.0"
    repository: file://../basehub
"""
DASK = """\
  - name: dask
    helm_chart: daskhub
    helm_chart_values_files:
      - common.values.yaml
      - dask.values.yaml
"""


def generated(repo: stack.HubRepository) -> str:
    """Add a chart that includes basehub, and a hub of it; return the experimental image."""
    cluster = f"{CLUSTERS}/example/cluster.yaml"
    files = {
        "helm-charts/daskhub/Chart.yaml": DASKHUB,
        cluster: (repo.path / cluster).read_text() + DASK,
        f"{CLUSTERS}/example/dask.values.yaml": "basehub:\n  dask-gateway:\n    enabled: true\n",
    }
    repo.commit(files, "A hub with dask")
    return "hub-experimental"


def corpus(repo: stack.HubRepository) -> str:
    """Put real configuration in the place of the generated, with a Dockerfile to build from.

    What it would install comes from the network, so only the comments are kept of that.
    """
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus is missing: {CORPUS}")
    dockerfile = (repo.path / f"{IMAGES}/Dockerfile").read_text()
    for folder in ("helm-charts", "config"):
        shutil.rmtree(repo.path / folder)
        shutil.copytree(CORPUS / folder, repo.path / folder)
    chartpress, values = repo.path / "helm-charts/chartpress.yaml", repo.path / VALUES
    for path in (chartpress, values):
        text = path.read_text().replace("quay.io/2i2c/", repo.prefix)
        path.write_text(
            re.sub(
                r"^( +)(buildArgs:)$",
                r'\1extraBuildCommandOptions: ["--network=host"]\n\1\2',
                text,
                flags=re.MULTILINE,
            )
            if path == chartpress
            else text
        )
    for path in (repo.path / IMAGES).glob("*requirements.txt"):
        path.write_text(re.sub(r"^[^#\n].*\n", "", path.read_text(), flags=re.MULTILINE))
    repo.git("rm", "--cached", "-r", "--quiet", "helm-charts", "config")
    repo.git("add", "--all")
    repo.commit({f"{IMAGES}/Dockerfile": dockerfile}, "Real configuration")
    return "oauthenticator-latest"


def dask_hub(repo: stack.HubRepository) -> tuple[str, str]:
    """Return a hub that deploys daskhub, as CLUSTER/HUB, and the values file that is its alone."""
    for path in sorted((repo.path / CLUSTERS).glob("*/cluster.yaml")):
        hubs: list[dict[str, Any]] = yaml.safe_load(path.read_text()).get("hubs", [])
        for hub in hubs:
            own = f"{hub['name']}.values.yaml"
            if hub["helm_chart"] == "daskhub" and own in hub["helm_chart_values_files"]:
                folder = path.parent.relative_to(repo.path)
                return f"{path.parent.name}/{hub['name']}", f"{folder}/{own}"
    raise AssertionError("no hub deploys daskhub")


@pytest.mark.parametrize("fill", [generated, corpus])
def test_add_build_try_stop(
    make_hub_repo: MakeHubs,
    engine: stack.Engine,
    faulty: stack.FaultyRegistry,
    registry: stack.Registry,
    git_server: stack.GitServer,
    fill: Callable[[stack.HubRepository], str],
) -> None:
    repo = make_hub_repo(shape="shared", registry=faulty.address)
    image = fill(repo)
    hub, file = dask_hub(repo)
    package = git_server.package(f"for-{fill.__name__}")
    values, own = (repo.path / VALUES).read_bytes(), (repo.path / file).read_bytes()

    words = ("--image", image, "--requirement", f"git+{package.url}@main")
    hubimages(repo, "experiment.add", *words, cwd=repo.path / "config").ok()
    built = hubimages(repo, "build-hub", "--image", image, "--push", "--json").ok().json

    name, tag = built["name"], built["tag"]
    assert built["digest"] == digest(registry, name, tag)
    assert images_of(repo, engine) == [f"{name}:{tag}"]
    assert (repo.path / VALUES).read_bytes() == values
    assert_nothing_left(repo, engine)

    hubimages(repo, "experiment.try", "--hub", hub, "--image", image, "--tag", tag).ok()

    assert repo.git("show", "--name-only", "--format=") == file
    tried = yaml.safe_load((repo.path / file).read_text())
    assert tried["basehub"]["jupyterhub"]["hub"]["image"] == {"name": name, "tag": tag}
    was = yaml.safe_load(own)
    assert without_image(tried) == without_image(was)

    hubimages(repo, "experiment.stop", "--hub", hub).ok()

    assert (repo.path / file).read_bytes() == own
    assert repo.git("status", "--porcelain") == ""


def without_image(values: dict[str, Any]) -> dict[str, Any]:
    """Return values but for the hub's image, and for what holds nothing else."""
    basehub = values["basehub"]
    jupyterhub = basehub.get("jupyterhub", {})
    hub = {key: value for key, value in jupyterhub.get("hub", {}).items() if key != "image"}
    inner = {key: value for key, value in jupyterhub.items() if key != "hub"}
    return {
        **values,
        "basehub": {**basehub, "jupyterhub": {**inner, **({"hub": hub} if hub else {})}},
    }

"""Which JupyterHub a hub runs: what its image says if the engine has it, else what its chart has."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from hubimages import chartarchive
from hubimages.builds import proof
from hubimages.builds.proof import NoReport
from hubimages.charts import Dependency
from hubimages.engine import Engine
from hubimages.reference import Reference
from hubimages.tree import WorkTree

# By the major version of the jupyterhub chart: https://z2jh.jupyter.org/en/stable/changelog.html
_MAJORS = {"1": "1", "2": "3", "3": "4", "4": "5"}


@dataclass(frozen=True)
class HubVersion:
    """A version, or a major version alone; why says from where, or why there is none."""

    version: str | None
    why: str
    fix: str = ""


def of_images(engine: Engine, references: Sequence[Reference]) -> HubVersion | None:
    """Return what the first of these hub images says that the engine has; None without one."""
    for ref in references:
        with suppress(NoReport):
            image = engine.image(str(ref))
            found = proof.packages(engine, image, str(ref)) if image else ()
            for package in found:
                if package.name.lower() == "jupyterhub":
                    return HubVersion(package.version, f"in {ref}")
    return None


def of_chart(tree: WorkTree, dependency: Dependency | None, chart: str) -> HubVersion:
    """Return what a jupyterhub chart deploys, from its archive, or from its major version."""
    if dependency is None:
        return HubVersion(
            None, "which JupyterHub the hub has is not known: it deploys no jupyterhub chart"
        )
    name = f"jupyterhub chart {dependency.version}"
    archived = chartarchive.mapping(tree, dependency, chart, "Chart.yaml") or {}
    if said := archived.get("appVersion"):
        return HubVersion(str(said), name)
    if major := _MAJORS.get(dependency.version.partition(".")[0]):
        return HubVersion(major, name)
    return HubVersion(
        None,
        f"which JupyterHub the {name} has is not known here",
        f"helm dependency update {chart} brings the chart, which says it",
    )

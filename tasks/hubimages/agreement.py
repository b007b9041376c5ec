"""Whether a hub image's base and the chart that deploys it are of one version.

The hub's database schema, its configuration and the chart's templates change together, so a
base image of another version than the chart can start and then fail at the first login.
"""

from __future__ import annotations

from dataclasses import dataclass

from hubimages import charts
from hubimages.charts import Dependency
from hubimages.errors import Failure
from hubimages.reference import Reference


class BaseMismatch(Failure):
    """Base image and chart are releases of different versions."""

    def __init__(self, who: str, base: Reference, dependency: Dependency) -> None:
        super().__init__(
            f"{who} is built on {base}, but {dependency.chart_file} deploys the jupyterhub chart "
            f"{dependency.version}; the two have to be one version.",
            fix=f"invoke upgrade-base --to {dependency.version}",
        )


@dataclass(frozen=True)
class Doubt:
    """The two cannot be compared; why is a sentence."""

    why: str


def compare(
    who: str, base: Reference | None, dependency: Dependency | None
) -> BaseMismatch | Doubt | None:
    """Compare a base image with the jupyterhub chart that is deployed with it; None: they agree.

    who names the image in the message.
    """
    if dependency is None:
        return None  # this chart brings no hub of its own, so nothing has to match
    if base is None:
        return Doubt(
            f"What {who} is built on could not be told, so it was not compared with the chart."
        )
    if base.tag == dependency.version:
        return None
    if base.tag and charts.is_release(base.tag) and charts.is_release(dependency.version):
        return BaseMismatch(who, base, dependency)
    return Doubt(
        f"{who} is built on {base} and {dependency.chart_file} deploys the jupyterhub chart "
        f"{dependency.version}; only two released versions can be compared, so see for yourself that they fit."
    )

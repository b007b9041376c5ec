"""Hub image and chart are of one version: both as they are written, and as hubs run them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from hubimages import agreement, chartarchive, charts, images
from hubimages.agreement import BaseMismatch
from hubimages.charts import Dependency
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.images import Image
from hubimages.policies.facts import Facts, Use
from hubimages.policies.finding import Flaw, Severity
from hubimages.reference import Reference
from hubimages.tree import CommitTree, WorkTree


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each FROM, and each tag of a hub, that is not of its chart's version."""
    yield from _written(facts)
    for use, image in facts.hub_uses:
        if image is not None:
            yield from _run(facts, use, image)


def _written(facts: Facts) -> Iterator[Flaw]:
    together: dict[tuple[str, str, Reference | None], list[Image]] = {}
    for image in facts.hub_images:
        at = (image.dockerfile, image.chart, facts.base(image))
        if at[-1] is not None:  # readable has the others
            together.setdefault(at, []).append(image)
    for (dockerfile, chart, base), sharing in together.items():
        with suppress(BadFile):  # readable has it
            first, *others = (f"`{image.key}`" for image in sharing)
            who = f"{first} (like {' and '.join(others)})" if others else first
            dependency = charts.jupyterhub(facts.tree, chart)
            if found := _compared(facts, who, base, dependency, chart):
                severity, message, fix = found
                line = sharing[0].recipe.base_line
                yield Flaw(severity=severity, path=dockerfile, line=line, message=message, fix=fix)


def _run(facts: Facts, use: Use, image: Image) -> Iterator[Flaw]:
    """Yield what is wrong with a tag that hubs run, once for each chart that they deploy."""
    base = _base_at(facts, use, image)
    deployed = {hub.chart_override: hub for hub in use.hubs}
    for override, hub in deployed.items():
        with suppress(BadFile):
            if override:
                yield from _run_on_its_own_chart(facts, use, base, hub)
                continue
            found = _compared(
                facts, f"{use} ({use.who})", base, hub.jupyterhub(facts.tree), hub.chart
            )
            # Between upgrade-base and the next build every tag is of the version before, so that
            # only a chart of a hub's own, which no build will catch up with, is an error.
            if base and found and found[0] == "error":
                yield Flaw(
                    severity="warning",
                    path=use.path,
                    line=use.line,
                    message=found[1],
                    fix=f"invoke build-hub --image {image.key} --push",
                )


def _run_on_its_own_chart(
    facts: Facts, use: Use, base: Reference | None, hub: Hub
) -> Iterator[Flaw]:
    """Yield what is wrong with a tag and the chart that a cluster deploys in the chart's place."""
    dependency = hub.jupyterhub(facts.tree)
    found = _compared(facts, f"{use} ({hub.name})", base, dependency, hub.chart)
    if found is None or dependency is None:
        return
    severity, message, fix = found
    if base is None:
        chart = charts.jupyterhub(facts.tree, hub.chart)
        if chart and chart.version == dependency.version:  # it runs what all the others run
            return
        # the commit that the tag names is not here; what the Dockerfile says today is another thing
        fix = "git fetch --all --tags; or see for yourself that image and chart fit"
    elif severity == "error":
        fix = (
            f"deploy the jupyterhub chart {base.tag} in {dependency.chart_file}, or a tag on "
            f"{hub.name} that is built on {dependency.version}"
        )
    yield Flaw(
        severity=severity,
        path=dependency.chart_file,
        line=charts.version_line(facts.tree, dependency),
        message=message,
        fix=fix,
    )


def _base_at(facts: Facts, use: Use, image: Image) -> Reference | None:
    """Return what a tag was built on, or None where its commit is not here or says nothing."""
    if use.commit is None or facts.git.full(use.commit) is None:
        return None
    with suppress(Failure):  # an older commit may have had other names, or mistakes
        then = images.load(CommitTree(facts.git, use.commit), facts.settings)
        return then.named(image.key).base
    return None


def _compared(
    facts: Facts, who: str, base: Reference | None, dependency: Dependency | None, chart: str
) -> tuple[Severity, str, str] | None:
    """Return severity, message and fix; None where base and chart agree."""
    verdict = agreement.compare(who, base, dependency)
    if verdict is None or dependency is None:
        return None
    if isinstance(verdict, BaseMismatch):
        return "error", verdict.what, verdict.fix
    if base and (default := default_tag(facts.tree, dependency, chart)):
        if base.tag == default:
            return None
        message = (
            f"{who} is built on {base}, but the jupyterhub chart {dependency.version} of "
            f"{dependency.chart_file} was made for {default}."
        )
        return "error", message, f"FROM {base.name}:{default}"
    fix = f"helm dependency update {chart} brings the chart, whose own hub image tag then counts"
    return "warning", verdict.why, fix


def default_tag(tree: WorkTree, dependency: Dependency, chart: str) -> str | None:
    """Return the hub image tag that a dependency's archive has by default, or None without one."""
    values = chartarchive.mapping(tree, dependency, chart, "values.yaml") or {}
    with suppress(KeyError, TypeError):
        return str(values["hub"]["image"]["tag"])
    return None

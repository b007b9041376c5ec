"""Hub image and chart are of one version: both as they are written, and as hubs run them."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from posixpath import dirname, join

from hubimages import agreement, charts, images
from hubimages.agreement import BaseMismatch
from hubimages.charts import Dependency
from hubimages.errors import BadFile, Failure
from hubimages.images import Image
from hubimages.policies.facts import Facts, Use
from hubimages.policies.finding import Flaw, Severity
from hubimages.reference import Reference
from hubimages.tree import CommitTree, WorkTree
from hubimages.yamlread import load_mapping


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
        together.setdefault(at, []).append(image)
    for (dockerfile, chart, base), sharing in together.items():
        with suppress(BadFile):  # readable has it
            who = " and ".join(f"`{image.key}`" for image in sharing)
            dependency = charts.jupyterhub(facts.tree, chart)
            if found := _compared(facts, who, base, dependency, chart):
                severity, message, fix = found
                line = sharing[0].recipe.base_line
                yield Flaw(severity=severity, path=dockerfile, line=line, message=message, fix=fix)


def _run(facts: Facts, use: Use, image: Image) -> Iterator[Flaw]:
    """Yield what is wrong with a tag that hubs run, once for each chart that they deploy."""
    built_on = _base_at(facts, use, image)
    deployed = {hub.chart_override: hub for hub in use.hubs}
    for override, hub in deployed.items():
        base = built_on or (facts.base(image) if override else None)
        if base is None:
            continue
        with suppress(BadFile):
            who = f"{use} ({hub.name if override else use.who})"
            found = _compared(facts, who, base, hub.jupyterhub(facts.tree), hub.chart)
            if found is None or (found[0] == "warning" and not override):
                continue
            # Between upgrade-base and the next build every tag is of the version before, so that
            # only a chart of a hub's own, which no build will catch up with, is an error.
            severity, message, fix = found
            yield Flaw(
                severity=severity if override else "warning",
                path=use.path,
                line=use.line,
                message=message,
                fix=fix if override else f"invoke build-hub --image {image.key} --push",
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
    for folder in dict.fromkeys((dirname(dependency.chart_file), chart)):
        archive = tree.root / join(folder, "charts", f"jupyterhub-{dependency.version}.tgz")
        with (
            suppress(OSError, EOFError, KeyError, tarfile.TarError, zlib.error, BadFile),
            tarfile.open(archive) as packed,
        ):
            member = packed.extractfile("jupyterhub/values.yaml")
            text = member.read().decode("utf-8", "replace") if member else ""
            image = load_mapping(text, str(archive))["hub"]["image"]
            return str(image["tag"])
    return None

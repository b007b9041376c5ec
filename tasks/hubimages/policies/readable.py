"""Every file that says what runs can be read; what cannot be read cannot be checked."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages import fleet
from hubimages.errors import BadFile
from hubimages.fleet import Hub
from hubimages.images import MissingDockerfile, MissingRequirements, UnknownBase
from hubimages.policies.facts import Facts, together
from hubimages.policies.finding import Flaw


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each broken or missing cluster.yaml, values file, Chart.yaml, Dockerfile and requirements."""
    broken = [*facts.problems, *_images(facts)]
    for problem in {(one.path, one.line, one.what): one for one in broken}.values():
        at = f"{problem.path}:{problem.line}" if problem.line else problem.path
        yield Flaw(
            severity="error",
            path=problem.path,
            line=problem.line or 1,
            message=problem.what.removeprefix(f"{at}: "),
            fix=problem.fix or f"correct {at}",
        )
    yield from _gaps(facts)


def _images(facts: Facts) -> Iterator[BadFile]:
    """Yield what is wrong with images, once for all that it is wrong with."""
    dockerfiles: dict[str, list[str]] = {}
    requirements: dict[tuple[str, str], list[str]] = {}
    for image in facts.images.all:
        try:
            if image.base is None:
                yield UnknownBase(image)
        except MissingDockerfile as problem:
            dockerfiles.setdefault(problem.path, []).append(image.key)
            continue
        problem_of_pins = facts.broken(image)
        if isinstance(problem_of_pins, MissingRequirements):
            at = (problem_of_pins.path, image.dockerfile)
            requirements.setdefault(at, []).append(image.key)
        elif problem_of_pins:
            yield problem_of_pins
    for path, keys in dockerfiles.items():
        yield MissingDockerfile(path, keys)
    for (path, dockerfile), keys in requirements.items():
        yield MissingRequirements(path, dockerfile, keys)


def _gaps(facts: Facts) -> Iterator[Flaw]:
    """Yield each file that is deployed and not there, at the line that names it first."""
    together_without: dict[tuple[str, str], list[Hub]] = {}
    for gap in facts.gaps:
        together_without.setdefault((gap.key, gap.path), []).append(gap.hub)
    for (key, path), hubs in together_without.items():
        file, line = fleet.line_in_cluster(facts.tree, facts.settings, hubs[0], key, path)
        why = "is no file" if facts.tree.exists(path) else "is not there, or a link to nowhere"
        lost = "what it deploys" if key == "helm_chart" else "what it would say"
        yield Flaw(
            severity="error",
            path=file,
            line=line,
            message=f"{path} {why}, so {lost} was not checked ({together(hubs)}).",
            fix=f"bring {path} back, or correct `{key}`",
        )

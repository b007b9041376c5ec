"""Every file that says what runs can be read; what cannot be read cannot be checked."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.errors import BadFile
from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each broken cluster.yaml, values file, Chart.yaml and Dockerfile."""
    broken = [*facts.problems, *_dockerfiles(facts)]
    for problem in {(one.path, one.line): one for one in broken}.values():
        at = f"{problem.path}:{problem.line}" if problem.line else problem.path
        yield Flaw(
            severity="error",
            path=problem.path,
            line=problem.line or 1,
            message=problem.what.removeprefix(f"{at}: "),
            fix=problem.fix or f"correct {at}",
        )


def _dockerfiles(facts: Facts) -> Iterator[BadFile]:
    for image in facts.images.all:
        try:
            _ = image.recipe
        except BadFile as problem:
            yield problem

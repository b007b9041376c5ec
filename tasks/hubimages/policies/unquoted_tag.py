"""A tag is a text; an unquoted number comes out of Helm's templates as another one."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each unquoted tag that a template does not print as it is written."""
    for use in facts.uses:
        if use.garbled is not None:
            yield Flaw(
                severity="warning",
                path=use.path,
                line=use.line,
                message=f"The tag of the {use.kind} image {use.name or '(no name)'} is a number, which "
                f"a template of Helm prints as {use.garbled} ({use.who}).",
                fix='quote it as it is written, tag: "…"',
            )

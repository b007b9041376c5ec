"""A tag stays what it is; `latest` or a branch's name is another image tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.moving import moves
from hubimages.policies.facts import Facts, Use
from hubimages.policies.finding import Flaw
from hubimages.reference import Reference


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each use of an image whose tag names neither a version nor a commit."""
    built_here = {use for use, image in facts.hub_uses if image}  # hub-image looks at their tags
    for use in facts.uses:
        ref = use.reference
        if use not in built_here and ref and not ref.digest and moves(ref.tag, always=use.always):
            yield _flaw(use, ref)


def _flaw(use: Use, ref: Reference) -> Flaw:
    what = f"the tag `{ref.tag}`" if ref.tag else "no tag"
    return Flaw(
        severity="warning",
        path=use.path,
        line=use.line,
        message=f"The {use.kind} image {ref.name} has {what}, so that what runs can change overnight ({use.who}).",
        fix="name a version, a date or a commit as the tag, or a digest",
    )

"""A tag stays what it is; `latest` or a branch's name is another image tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubimages.policies.facts import Facts, Use
from hubimages.policies.finding import Flaw
from hubimages.reference import Reference

_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_MOVING = re.compile(
    r"(latest|main|master|trunk|head|dev(el(op(ment)?)?)?|nightly|edge|staging|stable|prod(uction)?)\b.*"
)


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each use of an image whose tag names neither a version nor a commit."""
    built_here = {use for use, image in facts.hub_uses if image}  # hub-image looks at their tags
    for use in facts.uses:
        ref = use.reference
        if use not in built_here and ref and not ref.digest and _moves(ref.tag):
            yield _flaw(use, ref)


def _moves(tag: str | None) -> bool:
    """Whether a tag means another image as time goes on; one without a digit names no version."""
    if tag is None:
        return True
    if any(letter.isdecimal() for letter in tag):
        return _dateless(tag.lower())
    return not _COMMIT.fullmatch(tag)


def _dateless(tag: str) -> bool:
    """Whether a tag with a digit is still a moving one, such as latest-py311, and not main-2026-08-01."""
    return bool(_MOVING.fullmatch(tag)) and not re.search(r"\d{4}|[0-9a-f]{7}", tag)


def _flaw(use: Use, ref: Reference) -> Flaw:
    what = f"the tag `{ref.tag}`" if ref.tag else "no tag"
    return Flaw(
        severity="warning",
        path=use.path,
        line=use.line,
        message=f"The {use.kind} image {ref.name} has {what}, so that what runs can change overnight ({use.who}).",
        fix="name a version, a date or a commit as the tag, or a digest",
    )

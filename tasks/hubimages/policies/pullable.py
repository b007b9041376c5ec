"""Every image that a hub names is there, and a node can pull it without credentials."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never

from hubimages.policies.facts import Facts, Use
from hubimages.policies.finding import Flaw, Severity
from hubimages.registry import Answer, NotThere, There, Unknown

# enough to hide the way to the registries, few enough not to be turned away
_AT_ONCE = 8


def check(facts: Facts) -> Iterator[Flaw]:
    """Ask the registries, if they are to be asked, for each image once, several at a time."""
    if facts.registry is None:
        return
    uses = list(facts.asked_uses)
    refs = {use.reference for use in uses} - {None}
    asked = sorted((ref for ref in refs if ref), key=str)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = dict(zip(asked, pool.map(facts.registry.look, asked), strict=True))
    for use in uses:
        ref = use.reference
        flaw = _nameless(use) if ref is None else _told(use, answers[ref])
        if flaw:
            yield flaw


def _told(use: Use, answer: Answer) -> Flaw | None:
    match answer:
        case There():
            return None
        case NotThere():
            what = f"There is no image {use} in its registry ({use.who})."
            return _flaw("error", use, what, "name a tag that is there, or push this one")
        case Unknown(why):
            what = (
                f"Whether {use} can be pulled without credentials is not known ({use.who}): {why}"
            )
            fix = "make the repository public if it is private; else run this again later"
            return _flaw("warning", use, what, fix)
        case _:
            assert_never(answer)


def _nameless(use: Use) -> Flaw:
    what = f"{use} is not the name of an image ({use.who})."
    return _flaw("error", use, what, "correct the name")


def _flaw(severity: Severity, use: Use, message: str, fix: str) -> Flaw:
    return Flaw(severity=severity, path=use.path, line=use.line, message=message, fix=fix)

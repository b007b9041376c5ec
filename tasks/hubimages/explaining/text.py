"""What is in a tag, for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hubimages.explaining.explanation import Commit, Explanation, Promoted
from hubimages.reference import is_digest

Paint = Callable[[str, str], str]
_NOT_KNOWN = "not known"
_WIDTH = 10  # columns of what stands before a value


def lines(found: Explanation, paint: Paint) -> Iterator[str]:
    """Yield the report's lines; paint(text, colour) colours where that is wanted."""
    joint = "@" if is_digest(found.tag) else ":"
    yield paint(f"{found.name}{joint}{found.tag}", "bold")
    for label, values in _values(found):
        for number, value in enumerate(values):
            yield f"  {'' if number else label:<{_WIDTH}}{value}"
    for note in found.notes:
        yield paint(f"  ? {note}", "yellow")


def _values(found: Explanation) -> Iterator[tuple[str, list[str]]]:
    if found.promoted_from:
        yield "promoted", [_promoted(found.promoted_from)]
    yield "commit", list(_commit(found.commit)) if found.commit else [_NOT_KNOWN]
    if found.source and not (found.commit and found.commit.url):
        yield "source", [found.source]
    yield "pins", list(_pins(found))
    yield "base", [found.base or _NOT_KNOWN]
    yield "built", [found.created or _NOT_KNOWN]
    if (first := found.recorded) is not None:
        yield "recorded", [f"in {first.path} on {_day(first.date)} by {first.commit[:12]}"]
    if found.size is not None:
        yield "size", [f"{found.size / 1e6:.1f} MB compressed, in {found.layers} layers"]
    if found.platforms:
        yield "platforms", [", ".join(found.platforms)]
    yield "digest", [found.digest or _NOT_KNOWN]
    runs = [
        f"{use.hub}  ({use.source}{', the chart' if use.follows else ''})" for use in found.hubs
    ]
    yield "hubs", runs or ["no hub runs it"]


def _promoted(origin: Promoted) -> str:
    match origin.same_digest:
        case True:
            same = "the same digest"
        case False:
            same = "which has another digest now"
        case None:
            same = "whose digest is not known"
    return f"from {origin.name}:{origin.tag}, {same}"


def _commit(commit: Commit) -> Iterator[str]:
    yield commit.id if commit.here else f"{commit.id}  not in this clone"
    if commit.subject is not None and commit.date is not None:
        yield f"{_day(commit.date)}  {commit.subject}"
        yield _where(commit)
    if commit.url:
        yield commit.url


def _where(commit: Commit) -> str:
    if commit.on_main:
        return "on the main branch"
    main = "not on the main branch" if commit.on_main is False else "the main branch: not known"
    others = f"on {', '.join(commit.branches)}" if commit.branches else "on no remote branch"
    return f"{main}; {others}"


def _pins(found: Explanation) -> Iterator[str]:
    match found.pins_from:
        case "commit":
            whose = "(from the commit)"
        case "labels":
            whose = "(from the image's labels)"
        case None:
            yield _NOT_KNOWN
            return
    if not found.pins:
        yield f"none {whose}"
    for number, pin in enumerate(found.pins):
        yield pin if number else f"{pin}  {whose}"


def _day(date: str) -> str:
    return date[:10]

"""Which tags of an image are newer than the present one, read from the tags alone.

docs/decisions/newer-tags.md has the rules, with their reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["date", "version", "commit"]

# git describe puts a g before it
_COMMIT = re.compile(r"(?<![0-9A-Za-z.])g?(?=[a-f]*[0-9])[0-9a-f]{7,40}(?![0-9A-Za-z.])")
_DATE = re.compile(
    r"(?<![0-9A-Za-z.])(?P<year>(?:19|20)[0-9]{2})(?:"
    r"(?P<between>[._-])(?P<month>[0-9]{1,2})(?:(?P=between)(?P<day>[0-9]{1,2}))?"
    r"|(?P<month8>[0-9]{2})(?P<day8>[0-9]{2}))(?![0-9])"
)
_VERSION = re.compile(r"(?:^|(?<=[-_]))v?(?P<number>[0-9]{1,6}(?:\.[0-9]+){0,3})(?![0-9])")
_WORD_BEFORE = re.compile(r"[A-Za-z][A-Za-z0-9]*[-_]$")  # whose number it is: python-3.11
_EARLY = re.compile(
    r"[-._]?(?P<stage>a|alpha|b|beta|c|rc|pre|preview|dev|nightly)[-._]?(?P<number>[0-9]{0,4})"
    r"(?=[-_.+]|$)",
    re.IGNORECASE,
)
_BUILD = re.compile(r"(?P<how>[-._]v?)(?P<number>[0-9]{1,6})(?=[-_]|$)")
_AGAIN = re.compile(r"[a-z](?=[-_]|$)")  # 2024.01.15b is the third image of that day
_SINCE = re.compile(r"-0\.dev\.git\.(?P<number>[0-9]+)\.h[0-9a-f]+$")  # as chartpress tags
_MOVES = re.compile(r"[-_.](?:latest|stable|daily|nightly|edge|current)$", re.IGNORECASE)
_STAGES = {"nightly": 0, "dev": 0, "a": 1, "alpha": 1, "b": 2, "beta": 2, "pre": 3, "preview": 3}
_RC, _FINAL = 4, 9
_YEARS = range(1990, 2100)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a tag says: its family, in which tags can be compared, and its rank there.

    rank is empty for a commit, whose age the tag does not say; numbers are the date's or the
    version's own, without what follows them.
    """

    kind: Kind
    family: tuple[str, ...]
    numbers: tuple[int, ...] = ()
    rank: tuple[int, ...] = ()
    early: bool = False  # a prerelease


@lru_cache(maxsize=1 << 16)  # images share tags, and there can be thousands
def read(tag: str) -> Read | None:
    """Return what a tag says, or None where it is a name (latest, main, pr-7) or a bare year."""
    free, bound = _numbers(tag)
    return _dated(tag) or _versioned(tag, free) or _committed(tag) or _versioned(tag, bound)


def newer(present: str, tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags of the present one's family that are newer, the newest first.

    None of them is a moving tag, or a prerelease unless the present one is. Empty for commits.
    """
    now = read(present)
    if now is None or now.kind == "commit":
        return ()
    said = {tag: found for tag in tags if (found := read(tag))}
    moving = _moving(said.values())
    offered = [
        (found.rank, tag)
        for tag, found in said.items()
        if found.family == now.family
        and found.rank > now.rank
        and (now.early or not found.early)
        and (found.family[:2], found.numbers) not in moving
    ]
    return tuple(tag for _, tag in sorted(offered, reverse=True))


def siblings(present: str, tags: Iterable[str]) -> tuple[str, ...]:
    """Return the other commit tags of the present one's family, in the order given."""
    now = read(present)
    if now is None or now.kind != "commit":
        return ()
    return tuple(
        tag
        for tag in dict.fromkeys(tags)
        if tag != present and (found := read(tag)) and found.family == now.family
    )


def stands_for_newer(present: str, tags: Iterable[str]) -> bool:
    """Whether the present tag is a moving one: 1.2 where there is a 1.2.3."""
    now = read(present)
    return now is not None and (now.family[:2], now.numbers) in _moving(
        filter(None, map(read, tags))
    )


def _moving(said: Iterable[Read]) -> set[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Return the numbers that stand for the newest of longer ones, with what they are numbers of.

    The third number ends this: 1.2.3.1 and 2024.01.15.1 are builds of their own.
    """
    return {
        (found.family[:2], found.numbers[:length])
        for found in said
        for length in range(1, min(len(found.numbers), 3))
    }


def _dated(tag: str) -> Read | None:
    for found in _DATE.finditer(tag):
        month, day = found["month"] or found["month8"], found["day"] or found["day8"]
        numbers = tuple(int(part) for part in (found["year"], month, day) if part)
        if 1 <= numbers[1] <= 12 and (not day or 1 <= numbers[2] <= 31):
            between = found["between"] or ""
            return _read("date", tag, found.span(), numbers, between)
    return None


def _committed(tag: str) -> Read | None:
    if not _COMMIT.search(tag):
        return None
    return Read(kind="commit", family=("commit", _COMMIT.sub("<commit>", tag, count=1)))


def _numbers(tag: str) -> tuple[list[re.Match[str]], list[re.Match[str]]]:
    """Return the numbers that stand alone, those marked with a v first, and the last of a word's."""
    found = list(_VERSION.finditer(tag))
    marked = [one for one in found if one[0].startswith("v")]
    free = [one for one in found if not _WORD_BEFORE.search(tag[: one.start()])]
    return [*marked, *free], found[-1:]


def _versioned(tag: str, found: list[re.Match[str]]) -> Read | None:
    for one in found:
        numbers = tuple(int(part) for part in one["number"].split("."))
        start, end = one.span("number")
        if len(numbers) == 1:
            named = start and tag[start - 1] != "v"  # pr-7 is no version of anything
            if named or numbers[0] in _YEARS or tag[end : end + 1].isalnum():
                continue
        kind: Kind = "date" if numbers[0] in _YEARS else "version"
        if said := _read(kind, tag, (start, end), numbers, "."):
            return said
    return None


def _read(
    kind: Kind, tag: str, span: tuple[int, int], numbers: tuple[int, ...], between: str
) -> Read | None:
    """Return a tag whose numbers stand at span, with this between them."""
    prefix, rest = tag[: span[0]], tag[span[1] :]
    stage, build, how = (_FINAL, 0), 0, ""
    whole_date = kind == "date" and len(numbers) == 3
    if _MOVES.search(rest) and not whole_date:  # a nightly image of a day is one image
        return None
    if whole_date and (again := _AGAIN.match(rest)):
        build = 1 + ord(again[0]) - ord("a")
        rest = rest[again.end() :]
    elif since := _SINCE.match(rest):
        stage, rest = (_STAGES["dev"], int(since["number"])), ""
    elif early := _EARLY.match(rest):
        word = early["stage"].lower()
        stage = (_STAGES.get(word, _RC), int(early["number"] or 0))
        rest = rest[early.end() :]
    elif not _COMMIT.match(rest[1:]) and (built := _BUILD.match(rest)):
        build, how = int(built["number"]), built["how"]
        rest = rest[built.end() :]
    if rest[:1] not in ("", "-", "_"):  # 1.2.x moves; and 1.2beta3x is no number of ours
        return None
    prefix, rest = (_COMMIT.sub("<commit>", part) for part in (prefix, rest))
    return Read(
        kind=kind,
        family=(kind, prefix, between * (len(numbers) - 1), str(len(numbers)), how, rest),
        numbers=numbers,
        rank=(*numbers, *stage, build),
        early=stage[0] != _FINAL,
    )

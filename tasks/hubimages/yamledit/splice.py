"""Characters replaced in a text, and lines found in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_NEWLINE = re.compile(r"\r\n|\n|\r")


class Splice(NamedTuple):
    """text[start:end] becomes new."""

    start: int
    end: int
    new: str


def apply(text: str, splices: Iterable[Splice]) -> str:
    """Return text with the splices made; those at one place follow in the order given."""
    pieces, at = [], 0
    for start, end, new in sorted(splices, key=lambda splice: splice.start):
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])


def newline(text: str) -> str:
    """Return the newline that text uses first."""
    found = _NEWLINE.search(text)
    return found[0] if found else "\n"


def line_start(text: str, at: int) -> int:
    """Return where the line of a position starts."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def next_line(text: str, at: int) -> int:
    """Return where the first line starts that begins at a position or after it."""
    if at and text[at - 1] in "\r\n":
        return at
    found = _NEWLINE.search(text, at)
    return found.end() if found else len(text)


def insert_lines(text: str, at: int, lines: Iterable[str]) -> Splice:
    """Return the splice that puts whole lines at a line's start or at the end of the text.

    A text without a final newline stays without one.
    """
    end = newline(text)
    if at == len(text) and text and text[-1] not in "\r\n":
        return Splice(at, at, "".join(end + line for line in lines))
    return Splice(at, at, "".join(line + end for line in lines))


def cut_to_the_end(text: str, cuts: list[Splice]) -> list[Splice]:
    """Return the cuts so that a text without a final newline stays without one."""
    if not text or text[-1] in "\r\n":
        return cuts
    end = start = len(text)
    for cut in sorted(cuts, reverse=True):
        if cut.end < start or cut.new:
            break
        start = min(start, cut.start)
    if start == end or start != line_start(text, start):
        return cuts
    back = 2 if text.endswith("\r\n", 0, start) else min(start, 1)
    return [*(cut for cut in cuts if cut.end <= start), Splice(start - back, end, "")]

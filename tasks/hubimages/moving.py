"""Tags that stay what they are, and those that are another image tomorrow."""

from __future__ import annotations

import re

_COMMIT = re.compile(r"[0-9a-f]{7,40}")
# a part of a tag that is a number, a date, a release such as 2.0rc1, or a commit
_VERSION = re.compile(
    r"(?<![^-_.+])(v?\d+((a|b|c|rc|dev|post|alpha|beta|p|r)\d*)?|\d{6,}\w*|[0-9a-f]{7,40})(?![^-_.+])"
)
_MOVING = re.compile(
    r"(latest|main|master|trunk|head|dev(el(op(ment)?)?)?|nightly|edge|staging|stable|prod(uction)?)\b.*"
)


def moves(tag: str | None, *, always: bool = False) -> bool:
    """Whether a tag means another image as time goes on; one without a digit names no version.

    With always, nodes are to pull it each time: somebody expects it to move, so that a digit
    inside of a name makes no version of it.
    """
    if tag is None:
        return True
    if not any(letter.isdecimal() for letter in tag):
        return not _COMMIT.fullmatch(tag)
    return _dateless(tag.lower()) or (always and not _VERSION.search(tag.lower()))


def _dateless(tag: str) -> bool:
    """Whether a tag with a digit is still a moving one, such as latest-py311, and not main-2026-08-01."""
    return bool(_MOVING.fullmatch(tag)) and not re.search(r"\d{4}|[0-9a-f]{7}", tag)

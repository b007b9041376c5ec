"""Requirements files, line by line: what they pin, and edits that touch one line.

Text in, text out. Texts are read with newline="", so that line endings, a byte order mark
and the lack of a final newline come through as they were. Lines are joined and comments
are told from URLs as pip does it (pip/_internal/req/req_file.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

from hubimages.errors import Failure
from hubimages.sources.pin import Pin, read_pin

__all__ = [
    "Edited",
    "ListedTwice",
    "NotListed",
    "OpenEnd",
    "Pin",
    "options",
    "parse",
    "put",
    "reason",
    "take",
]

_BOM = "\ufeff"
_COMMENT = re.compile(r"(^|\s+)#.*$", re.DOTALL)
_COMMENT_LINE = re.compile(r"\s*#")
_OWN_OPTIONS = re.compile(r"\s-.*$", re.DOTALL)  # as in `name==1 --hash=sha256:…`
_REASON_LINE = re.compile(r"\s*# reason:")


class NotListed(Failure):
    """The package to be taken out is not in the requirements file."""

    def __init__(self, package: str, there: Iterable[str]) -> None:
        names = ", ".join(sorted(set(there)))
        super().__init__(
            f"{package} is not in this requirements file.",
            fix=f"Name one of those that are: {names}" if names else "Nothing is pinned in it.",
        )


class ListedTwice(Failure):
    """Two lines of a requirements file ask for one package, so that neither can be chosen."""

    def __init__(self, package: str, lines: Sequence[int]) -> None:
        where = " and ".join(str(line) for line in lines)
        super().__init__(
            f"{package} stands more than once in this requirements file: on lines {where}.",
            fix="Leave one of these lines in the file, then run this again.",
        )


class OpenEnd(Failure):
    """The file's last line is continued, so that it would swallow whatever is added below."""

    def __init__(self, line: int) -> None:
        super().__init__(
            f"Line {line}, the requirements file's last, ends with a backslash: a line added "
            "below it would become part of it.",
            fix=f"Take the backslash off line {line}.",
        )


@dataclass(frozen=True)
class Edited:
    """A requirements file's new text, and the pin that gave way, if one did."""

    text: str
    replaced: Pin | None


def parse(text: str) -> tuple[Pin, ...]:
    """Return the pins of a requirements file; options, comments and blank lines are passed over."""
    return tuple(line.pin for line in _lines(text.removeprefix(_BOM)) if line.pin)


def options(text: str) -> tuple[str, ...]:
    """Return what a requirements file says to pip beside the requirements.

    Option lines, and the options of single requirements with the package that they are of;
    spaces as one each.
    """
    found: list[str] = []
    for line in _lines(text.removeprefix(_BOM)):
        own = _OWN_OPTIONS.search(line.text) if line.pin else None
        if line.pin is None:
            found.append(line.text)
        elif own:
            found.append(f"{line.pin.package} {own[0]}")
    return tuple(" ".join(one.split()) for one in found if one)


def put(
    text: str,
    pin_line: str,
    *,
    reason: str | None = None,
    package: str | None = None,
    exact: bool = False,
) -> Edited:
    """Replace the line that pins the same package, or add one at the end.

    The old line's comment stays; so do its extras and marker, if the new one has none and exact
    is not wanted. A reason is written as a comment line above and takes the place of an earlier
    one. package is the name, where it is known and the line does not say it. Raises ListedTwice,
    OpenEnd.
    """
    (wish,) = parse(pin_line)
    if wish.text != pin_line:
        raise ValueError("a pin is one line without a comment")
    wish = replace(wish, name=canonicalize_name(package)) if package else wish
    bom, lines = _opened(text)
    found = [n for n, line in enumerate(lines) if line.pin and line.pin.same_package(wish)]
    note = [f"# reason: {said}"] if reason and (said := _one_line(reason)) else []
    if not found:
        return Edited(bom + _appended(lines, [*note, pin_line]), None)
    at = _only(wish.package, lines, found)
    old = lines[at].pin
    assert old  # noqa: S101 - found has only lines with a pin
    row = pin_line if exact else wish.carrying(old)
    (new,) = parse(row)
    raw = [line.raw for line in lines]
    if not new.says_the_same(old):
        raw[at] = row + lines[at].comment + lines[at].ending
    if note:
        first = at - 1 if _has_reason(lines, at) else at
        raw[first:at] = [note[0] + _newline(lines)]
    return Edited(bom + "".join(raw), old)


def take(text: str, package: str) -> Edited:
    """Take out the line of a package, given as name, REPO or OWNER/REPO, and the reason above it.

    Undoes a put that added a line, byte for byte. Raises NotListed, ListedTwice.
    """
    bom, lines = _opened(text)
    pins = {n: line.pin for n, line in enumerate(lines) if line.pin}
    found = [n for n, pin in pins.items() if pin.name == canonicalize_name(package)]
    found = found or [n for n, pin in pins.items() if pin.is_called(package)]
    if not found:
        raise NotListed(package, [pin.package for pin in pins.values()])
    at = _only(package, lines, found)
    raw = [line.raw for line in lines]
    del raw[at - _has_reason(lines, at) : at + 1]
    rest = "".join(raw)
    if at == len(lines) - 1 and not lines[at].ending:
        rest = rest.removesuffix("\n").removesuffix("\r")
    return Edited(bom + rest, pins[at])


def reason(text: str, pin: Pin) -> str | None:
    """Return the reason that stands above a pin of this text, or None."""
    _, lines = _opened(text)
    for n, line in enumerate(lines):
        if line.pin and line.pin.text == pin.text and _has_reason(lines, n):
            return _REASON_LINE.sub("", lines[n - 1].raw).strip()
    return None


# --- lines ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """A logical line: raw is all of its physical lines with their endings."""

    raw: str
    text: str  # without the comment, joined
    comment: str
    pin: Pin | None

    @property
    def ending(self) -> str:
        last = self.raw.splitlines(keepends=True)[-1]
        return last[len(last.splitlines()[0]) :]

    @property
    def is_continued(self) -> bool:
        return _is_continued(self.raw.splitlines()[-1])


def _is_continued(physical: str) -> bool:
    return physical.endswith("\\") and not _COMMENT_LINE.match(physical)


def _lines(body: str) -> list[_Line]:
    lines: list[_Line] = []
    block: list[str] = []
    physical = body.splitlines(keepends=True)
    for number, raw in enumerate(physical, start=1):
        block.append(raw)
        if number == len(physical) or not _is_continued(raw.splitlines()[0]):
            lines.append(_line(block, number))
            block = []
    return lines


def _line(block: list[str], end: int) -> _Line:
    words = [raw.splitlines()[0] for raw in block]
    parts = [f" {word}" if _COMMENT_LINE.match(word) else word for word in words]
    joined = "".join(part.strip("\\") if _is_continued(part) else part for part in parts)
    comment = _COMMENT.search(joined)
    text = (joined[: comment.start()] if comment else joined).strip()
    pin = read_pin(text)
    if pin:
        pin = replace(pin, line=end - len(block) + 1, end_line=end)
    return _Line("".join(block), text, comment[0] if comment else "", pin)


def _opened(text: str) -> tuple[str, list[_Line]]:
    body = text.removeprefix(_BOM)
    return text[: len(text) - len(body)], _lines(body)


def _newline(lines: list[_Line]) -> str:
    """Return the line ending that most lines have."""
    endings = Counter(line.ending for line in lines if line.ending in ("\n", "\r\n"))
    return endings.most_common(1)[0][0] if endings else "\n"


def _appended(lines: list[_Line], rows: list[str]) -> str:
    """Return the text with rows below, ending with a newline only if it did before."""
    if lines and lines[-1].is_continued:
        raise OpenEnd(sum(len(line.raw.splitlines()) for line in lines))
    if len(rows) == 1 and lines and _REASON_LINE.match(lines[-1].raw):
        rows = ["# reason: not given", *rows]  # the one above was left by another package
    newline = _newline(lines)
    body = "".join(line.raw for line in lines)
    added = newline.join(rows)
    return body + newline + added if lines and not lines[-1].ending else body + added + newline


def _has_reason(lines: list[_Line], at: int) -> bool:
    return at > 0 and bool(_REASON_LINE.match(lines[at - 1].raw))


def _only(package: str, lines: list[_Line], found: list[int]) -> int:
    if len(found) > 1:
        raise ListedTwice(package, [pin.line for n in found if (pin := lines[n].pin)])
    return found[0]


def _one_line(reason: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in reason).split())

"""Texts as YAML scalars that every reader takes for that text."""

from __future__ import annotations

import json
import re

from hubimages.yamledit.tree import Scalar

# What YAML 1.1 (https://yaml.org/type/), YAML 1.2's core schema or a common reader takes for
# something other than a text.
_OTHER = re.compile(
    r"""(?:
      ~ | null | true | false | yes | no | on | off | y | n | << | =
    | [-+]? 0 (?: b[01_]+ | o[0-7_]+ | x[0-9a-f_]+ )
    | [-+]? (?: [0-9][0-9_]* (?:\.[0-9_]*)? | \.[0-9_]*[0-9][0-9_]* ) (?: e[-+]?[0-9]+ )?
    | [-+]? [0-9][0-9_]* (?: :[0-5]?[0-9] )+ (?:\.[0-9_]*)?
    | [-+]? \.inf | \.nan
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?: [t\ ].* )?
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_UNPRINTABLE = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
_SPECIAL = re.compile(
    rf"""^[-?:,\[\]{{}}\#&*!|>'"%@`] | ^\.\.\. | ^\s | \s$ | :(?:\s|$) | \s\# | [{_UNPRINTABLE}]""",
    re.VERBOSE,
)
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:[ \t]+|$))*")


def quoted(value: str) -> str:
    """Return value as a double-quoted scalar on one line."""
    return re.sub(
        f"[{_UNPRINTABLE}]",
        lambda found: f"\\u{ord(found[0]):04x}",
        json.dumps(value, ensure_ascii=False),  # JSON's escapes are YAML's too
    )


def plain(value: str, *, flow: bool) -> str:
    """Return value unquoted if no reader takes it for anything but that text, else quoted."""
    safe = value and not _OTHER.fullmatch(value) and not _SPECIAL.search(value)
    return value if safe and not (flow and re.search(r"[,\[\]{}]", value)) else quoted(value)


def content(text: str, old: Scalar) -> tuple[int, int]:
    """Return where a scalar's own characters stand, after its anchor and tag.

    A block scalar goes to the end of its last line, without the newline.
    """
    properties = _PROPERTIES.match(text, old.start, old.end)
    start = properties.end() if properties else old.start
    return start, start + len(text[start : old.end].rstrip("\r\n \t"))


def in_style(value: str, old: Scalar, *, flow: bool) -> str:
    """Return value quoted as old is; an empty or a block scalar becomes a double-quoted one."""
    if old.style == "'" and not re.search(f"[{_UNPRINTABLE}]", value):
        return "'" + value.replace("'", "''") + "'"
    if old.style or old.start == old.end:
        return quoted(value)
    return plain(value, flow=flow)

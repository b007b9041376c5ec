"""What Helm makes of an unquoted word of YAML: its texts, numbers and booleans are not Python's.

Helm reads YAML with go-yaml v2, passes it through JSON, and prints what is left: `tag: 1.10` is
1.1, and `tag: 12345e6` is 12345000000. https://github.com/yaml/go-yaml/blob/v2/resolve.go
"""

from __future__ import annotations

import re

_WORDS = {
    word: meant
    for meant, words in {
        "true": ("y", "yes", "on", "true"),
        "false": ("n", "no", "off", "false"),
    }.items()
    for plain in words
    for word in (plain, plain.capitalize(), plain.upper())
}
_FIRST = frozenset("+-.0123456789")
_INTEGER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|(?P<octal>0[oO]?[0-7]+)|0|[1-9][0-9]*)"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_PLAIN_UP_TO = 1e21  # JSON in Go writes larger numbers, and those below 1e-6, with an exponent
_PLAIN_FROM = 1e-6


def printed(word: str) -> str:
    """Return an unquoted word as Helm prints it."""
    if word in _WORDS:
        return _WORDS[word]
    if word[:1] not in _FIRST:
        return word
    digits = word if word[0] == "." else word.replace("_", "")
    if found := _INTEGER.fullmatch(digits):
        number = _integer(digits, octal=bool(found["octal"]))
        if -(2**63) <= number < 2**64:
            return str(number)
    if _FLOAT.fullmatch(digits):
        return _float(float(digits)) or word
    return word


def _integer(digits: str, *, octal: bool) -> int:
    return int(digits.replace("o", "").replace("O", ""), 8) if octal else int(digits, 0)


def _float(number: float) -> str | None:
    """Return a number as Go's JSON writes it; None for one that is too large for it."""
    if number in (float("inf"), float("-inf")):
        return None
    if number == 0 or _PLAIN_FROM <= abs(number) < _PLAIN_UP_TO:
        return _without_exponent(number)
    mantissa, _, exponent = repr(number).partition("e")
    return f"{mantissa}e{int(exponent):+d}"


def _without_exponent(number: float) -> str:
    """Return the shortest decimal that is this number, written out."""
    from decimal import Decimal

    return f"{Decimal(repr(number)).normalize():f}"

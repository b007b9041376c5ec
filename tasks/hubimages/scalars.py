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
_TEMPLATE_FROM, _TEMPLATE_BELOW = -4, 6  # powers of ten that a template writes out


def printed(word: str) -> str:
    """Return an unquoted word as Helm prints it."""
    if word in _WORDS:
        return _WORDS[word]
    number = _number(word)
    if isinstance(number, float):
        return _float(number) or word
    return word if number is None else str(number)


def in_template(word: str) -> str:
    """Return an unquoted word as a template of Helm prints it, where every number is a float.

    So `{{ .Values.tag }}` makes 2.0240318e+07 of `tag: 20240318`, though JSON keeps it.
    https://pkg.go.dev/strconv#FormatFloat ('g', with the fewest digits)
    """
    number = _number(word)
    if number is None or number in (0, float("inf"), float("-inf")):
        return printed(word)
    from decimal import Decimal

    sign, digits, _ = value = Decimal(repr(float(number))).normalize().as_tuple()
    exponent = len(digits) + int(value.exponent) - 1
    if _TEMPLATE_FROM <= exponent < _TEMPLATE_BELOW:
        return _without_exponent(float(number))
    first, *rest = map(str, digits)
    return f"{'-' * sign}{first}{'.' * bool(rest)}{''.join(rest)}e{exponent:+03d}"


def _number(word: str) -> int | float | None:
    """Return the number that an unquoted word is, or None where it is none."""
    if word[:1] not in _FIRST:
        return None
    digits = word if word[0] == "." else word.replace("_", "")
    if found := _INTEGER.fullmatch(digits):
        number = _integer(digits, octal=bool(found["octal"]))
        if -(2**63) <= number < 2**64:
            return number
    return float(digits) if _FLOAT.fullmatch(digits) else None


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

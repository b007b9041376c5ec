"""What must not be shown: credentials in addresses, the values of secret variables, what was decrypted."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Sequence

_USERINFO = re.compile(r"(?<=://)[^/\s]+@")
_SECRET_NAME = re.compile(
    r"(TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|_PAT|(API|_)KEY)$", re.IGNORECASE
)
_SHORTEST_SECRET = 8  # characters; hiding every `true` and `test` would hide the cause
_concealed: set[str] = set()  # for as long as this process lives: what was decrypted stays secret


def conceal(secrets: Iterable[str]) -> None:
    """Have redact hide these too, such as what was decrypted; short ones are left."""
    _concealed.update(line for text in secrets for line in _lines(text))


def redact(text: str) -> str:
    """Return text without credentials in URLs and without the values of secret variables."""
    text = _USERINFO.sub("***@", text)
    for secret in _secrets():
        text = text.replace(secret, "***")
    return text


def _secrets() -> list[str]:
    """Return what must not be shown: the lines of secret variables, longest first.

    Lines, since output is shown line by line; longest first, so that no secret that begins like
    another is shown from there on.
    """
    values = (value for name, value in os.environ.items() if _SECRET_NAME.search(name))
    lines = {line for value in values for line in _lines(value)}
    return sorted(lines | _concealed, key=len, reverse=True)


def _lines(text: str) -> set[str]:
    lines = {line.strip() for line in text.splitlines()}
    return {line for line in lines if len(line) >= _SHORTEST_SECRET}


def quoted(argv: Sequence[str]) -> str:
    """Return argv as a person would type it, secrets redacted."""
    return shlex.join(redact(word) for word in argv)

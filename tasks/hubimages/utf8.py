"""Texts of the repository are UTF-8; bytes that are not are told with their line."""

from __future__ import annotations

import re

from hubimages.errors import BadFile

_STRAY = re.compile("[\ud800-\udfff]")  # what a byte that is no UTF-8 is read as


def required(text: str, path: str) -> str:
    """Return a text as it is; raises BadFile, with path and line, where it is not UTF-8."""
    if not text.isascii() and (found := _STRAY.search(text)):
        line = text.count("\n", 0, found.start()) + 1
        raise BadFile(path, "is not UTF-8.", line=line, fix="save it as UTF-8")
    return text

"""Manifests as they may be shown where what is secret went into them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubimages.process import redact
from hubimages.rendering.manifests import Manifests

_DOCUMENT = re.compile(r"^---\n", re.MULTILINE)


def hidden(manifests: Manifests) -> str:
    """Return the manifests with each Secret's contents, and all that was decrypted, replaced by ***."""
    return "---\n".join(_shown(manifests.text))


def _shown(text: str) -> Iterator[str]:
    for document in _DOCUMENT.split(text):
        if any(one.kind == "Secret" for one in Manifests(document).resources):
            yield "".join(_without_contents(document.splitlines(keepends=True)))
        else:
            yield redact(document)


def _without_contents(lines: list[str]) -> Iterator[str]:
    """Replace what stands below the keys `data` and `stringData`."""
    inside = False
    for line in lines:
        if re.match(r"\S", line):
            inside = line.startswith(("data:", "stringData:"))
            yield f"{line.partition(':')[0]}: '***'\n" if inside else line
        elif not inside:
            yield line

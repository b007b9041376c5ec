"""Manifests as they may be shown where what is secret went into them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubimages.process import redact
from hubimages.rendering.manifests import Manifests


def hidden(manifests: Manifests) -> str:
    """Return the manifests with each Secret's contents, and all that was decrypted, replaced by ***."""
    return "---\n".join(map(_shown, manifests.documents))


def _shown(document: Manifests) -> str:
    if any(one.kind == "Secret" for one in document.resources):
        return "".join(_without_contents(document.text.splitlines(keepends=True)))
    return redact(document.text)


def _without_contents(lines: list[str]) -> Iterator[str]:
    """Replace what stands below the keys `data` and `stringData`."""
    inside = False
    for line in lines:
        if re.match(r"\S", line):
            inside = line.startswith(("data:", "stringData:"))
            yield f"{line.partition(':')[0]}: '***'\n" if inside else line
        elif not inside:
            yield line

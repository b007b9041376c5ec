"""Manifests as they may be shown where what is secret went into them."""

from __future__ import annotations

from typing import Any

import yaml

from hubimages.redaction import redact
from hubimages.rendering.manifests import Manifests

_HIDDEN = "***"
_CONTENTS = ("data", "stringData")


def hidden(manifests: Manifests) -> str:
    """Return the manifests with each Secret's contents, and all that was decrypted, replaced by ***."""
    return redact("---\n".join(map(_shown, manifests.documents)))


def _shown(document: Manifests) -> str:
    """Return a document; a Secret is written anew, however the chart has written it."""
    if not any(one.kind == "Secret" for one in document.resources):
        return document.text
    said = [line for line in document.text.splitlines(keepends=True) if line.startswith("# Source")]
    return "".join(said) + yaml.safe_dump_all(
        [_without_contents(dict(one.body)) for one in document.resources], sort_keys=False
    )


def _without_contents(body: dict[str, Any]) -> dict[str, Any]:
    if body.get("kind") != "Secret":
        return body
    return body | {key: _HIDDEN for key in _CONTENTS if key in body}

"""What Helm stores in the cluster."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass

from stack.cluster.store import Thing


@dataclass(frozen=True)
class Release:
    """A revision of a Helm release, as its secret has it."""

    name: str
    revision: int
    status: str
    description: str


def releases(secrets: Iterable[Thing]) -> list[Release]:
    """Return the revisions that are among these, by name and revision."""
    found = [_release(one) for one in secrets if one.get("type") == "helm.sh/release.v1"]
    return sorted(found, key=lambda release: (release.name, release.revision))


def _release(secret: Thing) -> Release:
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    found = json.loads(gzip.decompress(packed))
    return Release(
        found["name"], found["version"], found["info"]["status"], found["info"]["description"]
    )

"""A registry for tests that holds what it is given, by NAME:TAG or NAME@DIGEST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import hubs
from hubimages.builds import labels
from hubimages.reference import Reference
from hubimages.registry import Answer, Image, NotThere, There, Unknown

BASE = "quay.io/jupyterhub/k8s-hub:4.3.3"
SOURCE = "https://github.com/o/hubs"


def labelled(
    revision: str, *pins: str, built_as: str | None = None, source: str = SOURCE
) -> dict[str, str]:
    """Return the labels that build-hub gives."""
    return labels.labels(
        revision=revision, source=source, base=BASE, pins=pins, built_as=built_as
    ) | {labels.CREATED: "2026-01-02T03:04:05Z"}


@dataclass
class Shelf:
    """Answers NotThere for what it does not hold; silent answers for all of it where it is set."""

    held: dict[str, Image | Unknown] = field(default_factory=dict)
    silent: Unknown | None = None
    asked: list[str] = field(default_factory=list)

    def put(
        self, name: str, found: Mapping[str, str] | None = None, *, digest: str = hubs.DIGEST
    ) -> None:
        """Hold an image with labels, under NAME:TAG and by its digest."""
        image = hubs.pushed(found, digest=digest)
        assert image.manifest
        manifest = replace(image.manifest, created="2025-01-01T00:00:00Z", size=210_400_000)
        self.held[name] = replace(image, manifest=manifest)
        self.held[f"{Reference.parse(name).name}@{digest}"] = self.held[name]

    def inspect(self, ref: Reference, platform: str = "linux/amd64") -> Image | NotThere | Unknown:
        self.asked.append(str(ref))
        found = self.silent or self.held.get(str(ref)) or NotThere()
        if isinstance(found, Image) and platform not in found.platforms:
            return replace(found, manifest=None)
        return found

    def look(self, ref: Reference) -> Answer:
        found = self.inspect(ref)
        return There(found.digest) if isinstance(found, Image) else found

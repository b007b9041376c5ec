"""What an image pins, read from the same tree as the image."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages import requirements
from hubimages.images import Image
from hubimages.requirements import Pin


def listed(image: Image) -> Iterator[tuple[str, Pin]]:
    """Yield an image's pins, each with its requirements file; raises NoRequirements, BadFile."""
    for path in image.requirements:
        for pin in requirements.parse(image.tree.read(path) or ""):
            yield path, pin

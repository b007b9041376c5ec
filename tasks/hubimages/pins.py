"""What an image pins, read from the same tree as the image."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages import requirements, utf8
from hubimages.errors import BadFile
from hubimages.images import Image, NoRequirements
from hubimages.requirements import Pin


def listed(image: Image) -> Iterator[tuple[str, Pin]]:
    """Yield an image's pins, each with its requirements file; raises NoRequirements, BadFile."""
    for path in image.requirements:
        text = image.tree.read(path)
        if text is None:
            raise BadFile(path, f"is no file, and {image.dockerfile} installs it.")
        for pin in requirements.parse(utf8.required(text, path)):
            yield path, pin


def of(image: Image) -> tuple[Pin, ...]:
    """Return all that an image pins: nothing where it has no place for a pin; raises BadFile."""
    return tuple(pin for _, pin in listed(image)) if files(image) else ()


def options(image: Image) -> tuple[str, ...]:
    """Return what an image's requirements files say to pip beside the pins; raises BadFile."""
    texts = (image.tree.read(path) or "" for path in files(image))
    return tuple(option for text in texts for option in requirements.options(text))


def files(image: Image) -> tuple[str, ...]:
    """Return an image's requirements files: none where it has no place for a pin; raises BadFile."""
    try:
        return image.requirements
    except NoRequirements:
        return ()

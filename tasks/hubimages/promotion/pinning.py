"""The edits that bring pins from one image's requirements files into another's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from hubimages import edits, requirements
from hubimages.edits import Edit
from hubimages.experiments import place
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.promotion.moves import Moves
from hubimages.requirements import Pin

Step = Callable[[str], str]


def to_production(
    git: Git, images: Images, experiment: Image, moves: Moves, *, commit: bool
) -> tuple[Edit, ...]:
    """Return the edits that give production the promoted pins, as they stand in the experiment."""
    return _brought(
        git, images, experiment, images.production, [c.pin for c in moves.promoted], commit
    )


def to_experiment(
    git: Git, images: Images, experiment: Image, moves: Moves, *, commit: bool
) -> tuple[Edit, ...]:
    """Return the edits that give the experiment what production is ahead in."""
    wanted = [*(behind.production for behind in moves.behind), *moves.missing]
    return _brought(git, images, images.production, experiment, wanted, commit)


def back(
    git: Git, images: Images, experiment: Image, moves: Moves, *, commit: bool
) -> tuple[Edit, ...]:
    """Return the edits that make the experiment's pins production's again."""
    production = images.production
    wanted = [c.production for c in moves.all if c.production]
    wanted += [*(behind.production for behind in moves.behind), *moves.missing]
    steps = _steps(images, production, experiment, wanted)
    for change in moves.all:
        if change.production is None:
            steps.setdefault(_file_of(experiment, change.pin), []).append(_taking(change.pin))
    return _edits(git, steps, commit)


def _brought(
    git: Git, images: Images, source: Image, target: Image, wanted: Iterable[Pin], commit: bool
) -> tuple[Edit, ...]:
    return _edits(git, _steps(images, source, target, wanted), commit)


def _edits(git: Git, steps: dict[str, list[Step]], commit: bool) -> tuple[Edit, ...]:
    def all_of(several: list[Step]) -> Step:
        return lambda text: reduce(lambda done, step: step(done), several, text)

    planned = [
        edits.plan(git, path, all_of(several), commit=commit) for path, several in steps.items()
    ]
    return tuple(edit for edit in planned if edit)


def _steps(
    images: Images, source: Image, target: Image, wanted: Iterable[Pin]
) -> dict[str, list[Step]]:
    steps: dict[str, list[Step]] = {}
    for pin in wanted:
        origin = _file_of(source, pin)
        path = place(images, target, pin, like=origin)
        reason = requirements.reason(source.tree.read(origin) or "", pin)
        steps.setdefault(path, []).append(_putting(pin, reason))
    return steps


def _putting(pin: Pin, reason: str | None) -> Step:
    return lambda text: (
        requirements.put(text, pin.text, reason=reason, package=pin.name, exact=True).text
    )


def _taking(pin: Pin) -> Step:
    """Return the removal of a pin, which does nothing where it is gone already."""

    def step(text: str) -> str:
        there = any(other.text == pin.text for other in requirements.parse(text))
        return requirements.take(text, pin.text).text if there else text

    return step


def _file_of(image: Image, pin: Pin) -> str:
    """Return the requirements file that a pin of an image was read from."""
    for path in image.requirements:
        there = requirements.parse(image.tree.read(path) or "")
        if any(other.text == pin.text for other in there):
            return path
    return image.requirements[0]

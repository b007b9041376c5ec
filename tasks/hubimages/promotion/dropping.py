"""Ending an experiment unpromoted: its trials end, production's pins come back, or it goes altogether."""

from __future__ import annotations

from dataclasses import dataclass

from hubimages import edits, yamledit
from hubimages.edits import Edit
from hubimages.errors import Failure
from hubimages.experiments import sharing
from hubimages.fleet import Fleet
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.lifecycle.standing import Experiment
from hubimages.promotion import pinning
from hubimages.promotion.moves import Moves, between
from hubimages.promotion.plan import ending


class HalfPromoted(Failure):
    """An earlier promotion moved the pins to production, and no hub has got them yet."""

    def __init__(self, key: str, undo: str) -> None:
        super().__init__(
            f"An experiment.promote of {key} was begun: its pins are production's, and the next build of that "
            "image would ship them.",
            fix=f"to take them back: {undo}, then run this again; to finish it: invoke experiment.promote --image {key} --push",
        )


@dataclass(frozen=True, kw_only=True)
class Drop:
    """What is left to do: endings of trials, and either pins taken back or the image removed."""

    image: Image
    moves: Moves
    hubs: tuple[str, ...]
    endings: tuple[Edit, ...]
    shared: dict[str, list[str]]
    rest: tuple[Edit, ...]
    removed: bool

    @property
    def steps(self) -> tuple[tuple[tuple[Edit, ...], str], ...]:
        """Return the commits to make: edits and message."""
        hubs = ", ".join(self.hubs)
        end = f"End the trial of {self.image.key} on {hubs}\n\nThe experiment is dropped.\n"
        if self.removed:
            rest = f"Remove the experimental image {self.image.key}\n\nThe experiment is dropped.\n"
        else:
            packages = ", ".join(change.pin.package for change in self.moves.all) or "nothing new"
            rest = f"Drop {packages} from {self.image.key}\n\nIts pins are production's again.\n"
        planned = ((self.endings, end), (self.rest, rest))
        return tuple((found, message) for found, message in planned if found)


def can_be_removed(images: Images, image: Image) -> bool:
    """Whether an image shares production's folder, so that it is but a file and an entry."""
    return image.dockerfile == images.production.dockerfile


def look(
    git: Git,
    images: Images,
    image: Image,
    fleet: Fleet,
    one: Experiment,
    *,
    remove: bool,
    commit: bool,
) -> Drop:
    """Return what is left to do; raises UncommittedChanges, BadFile."""
    hubs = tuple(trial.hub for trial in one.trials)
    endings, shared = ending(git, fleet, images.production, hubs, commit=commit)
    moves = between(image, images.production)
    rest = (
        _removal(git, images, image, commit=commit)
        if remove
        else pinning.back(git, images, image, moves, commit=commit)
    )
    return Drop(
        image=image,
        moves=moves,
        hubs=hubs,
        endings=endings,
        shared=shared,
        rest=rest,
        removed=remove,
    )


def _removal(git: Git, images: Images, image: Image, *, commit: bool) -> tuple[Edit, ...]:
    at = ("charts", image.chart_index, "images", image.key)
    entry = edits.plan(
        git, images.path, lambda text: yamledit.remove_keys(text, [at]), commit=commit
    )
    own = [path for path in image.requirements if not sharing(images, image, path)]
    files = [edits.plan_removal(git, path, commit=commit) for path in own]
    return tuple(edit for edit in (entry, *files) if edit)

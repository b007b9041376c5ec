"""A promotion as a value: read from git and files alone, so that it can be made anew at any point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hubimages import edits, imagevalues, tags, trials
from hubimages.edits import Edit
from hubimages.errors import Failure
from hubimages.fleet import Fleet
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.lifecycle.standing import Experiment, Trial
from hubimages.promotion import pinning, quiet, trail
from hubimages.promotion.moves import Moves, between
from hubimages.promotion.trail import Step
from hubimages.tree import WorkTree

_LATER = "(named after the commit that moves the pins)"


class NotAnExperiment(Failure):
    """The production image, or one on another base, was named to be promoted or dropped."""

    def __init__(self, image: Image, images: Images) -> None:
        names = ", ".join(other.key for other in images.experiments)
        super().__init__(
            f"`{image.key}` is no experimental image, which has production's base and is not production's own.",
            fix=f"--image, one of {names}" if names else "invoke experiment.create makes one",
        )


class StillDifferent(Failure):
    """At the end of a promotion the two images' pins differ."""

    def __init__(self, images: Images, image: Image, moves: Moves) -> None:
        rows = ", ".join(change.pin.package for change in moves.promoted)
        super().__init__(
            f"After all steps {image.key} still differs from {images.production_key} in {rows}.",
            fix="somebody may have committed meanwhile; invoke status shows what differs now",
        )


class StillOnTrial(Failure):
    """At the end of a promotion a hub runs the experimental image all the same."""

    def __init__(self, hub: str, runs: str, source: str) -> None:
        super().__init__(
            f"{hub} still runs {runs} after its trial was ended: {source} says so.",
            fix=f"invoke experiment.stop --hub {hub}, or take it out of that file by hand",
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is left to do for a promotion; what an earlier run did is not in it any more.

    tried names the image that ran, NAME:TAG (or NAME alone where it never had a tag); begun are
    the commits of an earlier run, newest first.
    """

    images: Images
    experiment: Image
    moves: Moves
    pins: tuple[Edit, ...]  # of production's requirements
    refresh: tuple[Edit, ...]  # of the experiment's
    record: Edit | None  # of values.yaml; its tag is words where the commit for it is still to come
    endings: tuple[Edit, ...]  # of the hubs' values
    hubs: tuple[str, ...]  # whose trials end
    shared: dict[str, list[str]]  # values files of endings, and other hubs that they belong to
    trial: Trial | None
    tried: str
    begun: tuple[Step, ...]

    @property
    def production(self) -> Image:
        """The image that gets the changes."""
        return self.images.production

    @property
    def edited(self) -> dict[str, str | None]:
        """Return the requirements files as they will be, by path."""
        return {edit.path: edit.after for edit in (*self.pins, *self.refresh)}

    @property
    def done(self) -> bool:
        """Whether nothing is left to do; an image of other changes is build-hub's to make."""
        begun = self.begun and self.record
        return not (self.pins or self.refresh or self.endings or begun)


def look(
    git: Git,
    images: Images,
    image: Image,
    fleet: Fleet,
    one: Experiment,
    package: str = "",
    *,
    commit: bool,
) -> Plan:
    """Return what is left to do; raises NotAChange, UncommittedChanges, BadFile."""
    moves = between(image, images.production, package)
    trial = quiet.tried(one)
    begun = () if moves.promoted else _begun(git, images, image, trial)
    hubs = () if moves.left else tuple(trial.hub for trial in one.trials)
    endings, shared = ending(git, fleet, images.production, hubs, commit=commit)
    pins = pinning.to_production(git, images, image, moves, commit=commit)
    refresh = () if moves.left else pinning.to_experiment(git, images, image, moves, commit=commit)
    return Plan(
        images=images,
        experiment=image,
        moves=moves,
        pins=pins,
        refresh=refresh,
        record=_record(git, images.production, (*pins, *refresh), commit=commit),
        endings=endings,
        hubs=hubs,
        shared=shared,
        trial=trial,
        tried=_tried(image, one, trial, begun),
        begun=begun,
    )


def _begun(git: Git, images: Images, image: Image, trial: Trial | None) -> tuple[Step, ...]:
    """Return the commits of an earlier run that was not finished; one of another trial was."""
    steps = trail.steps(git, image, images.production)
    production = images.production
    newest = tags.identify(git, production.paths, production.base_version).revision
    others = newest not in {step.commit for step in steps}  # but after a rebase it is ours
    if others and not trial and steps and trail.is_recorded(git, steps, production):
        return ()
    ours = not trial or any(step.tried == f"{image.name}:{trial.tag}" for step in steps)
    return steps if ours else ()


def _tried(image: Image, one: Experiment, trial: Trial | None, begun: Sequence[Step]) -> str:
    if trial:
        return f"{image.name}:{trial.tag}"
    if begun:  # by then the trials may have ended
        return begun[0].tried
    return f"{image.name}:{one.tag}" if one.tag else image.name


def ending(
    git: Git, fleet: Fleet, production: Image, hubs: Iterable[str], *, commit: bool
) -> tuple[tuple[Edit, ...], dict[str, list[str]]]:
    """Return the edits that end several trials, and which other hubs they reach."""
    found: dict[str, Edit] = {}
    shared: dict[str, list[str]] = {}
    for name in hubs:
        change = trials.end(git, fleet, fleet.named(name), production, commit=commit)
        for edit in change.edits:
            if earlier := found.get(edit.path):  # one file can hold several hubs' overrides
                paths = fleet.named(name).image_paths(WorkTree(git.root), production)
                edit = replace(earlier, after=trials.without(earlier.after or "", paths))
            found[edit.path] = edit
        shared |= change.shared
    others = {path: [hub for hub in reached if hub not in hubs] for path, reached in shared.items()}
    return tuple(found.values()), {path: reached for path, reached in others.items() if reached}


def _record(git: Git, production: Image, planned: Iterable[Edit], *, commit: bool) -> Edit | None:
    """Return the edit of values.yaml; raises UncommittedChanges now, before anything is built."""

    naming = partial(imagevalues.naming, production.values_paths, name=production.name)
    file = production.values_file
    if not any(_is_below(edit.path, production.paths) for edit in planned):
        tag = tags.identify(git, production.paths, production.base_version).text
        return edits.plan(git, file, naming(tag=tag), commit=commit)
    if commit and git.changed([file]):
        raise edits.UncommittedChanges(file)
    return edits.plan(git, file, naming(tag=_LATER), commit=False)


def _is_below(path: str, watched: Iterable[str]) -> bool:
    return any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in watched)

"""Reading where everything stands: from history, the hubs' values and the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from hubimages import images, tags
from hubimages.ahead import ahead
from hubimages.config import Settings
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.git import Git
from hubimages.history import History
from hubimages.images import Image
from hubimages.imagevalues import stated
from hubimages.lifecycle.changes import Behind, Change, compare, same
from hubimages.lifecycle.dates import Dates, trace
from hubimages.lifecycle.installed import Described, Installed, back, describe
from hubimages.lifecycle.ontrial import Describes, Running, running
from hubimages.lifecycle.standing import (
    Dated,
    Experiment,
    Production,
    Status,
    Trial,
    days_left,
    full_days,
    stage,
)
from hubimages.redaction import redact
from hubimages.reference import Reference
from hubimages.registry import Answer, NotThere, There, Unknown
from hubimages.sources.pin import Pin
from hubimages.tree import CommitTree, Tree

_UNDATED = "since when is not known: "
_SHALLOW = "this clone is shallow (git fetch --unshallow)"


class Looks(Protocol):
    """What can say whether an image is there."""

    def look(self, ref: Reference) -> Answer:
        """See registry.Registry."""


def paths(tree: Tree, settings: Settings) -> list[str]:
    """Return what History has to cover: the charts' folder, and what images have beside it."""
    inside = f"{settings.charts_dir}/"
    found = [path for image in images.load(tree, settings).all for path in image.inputs]
    beside = [] if settings.charts_dir == "." else [p for p in found if not p.startswith(inside)]
    return list(dict.fromkeys([settings.charts_dir, *beside]))


def look(
    git: Git,
    history: History,
    hubs: Sequence[Hub],
    lister: Describes,
    registry: Looks,
    settings: Settings,
    *,
    now: datetime,
) -> Status:
    """Say where every experiment stands at a time.

    history covers paths() of the newest commit; lister reads what hubs run, and gathers problems.
    Raises BadFile, UnknownImage.
    """
    found = images.load(history.newest, settings)
    pins = describe(history.newest, settings) or {}
    made = pins[found.production.key]
    experiments = found.experiments
    tag = ahead(lambda: _tag(git, found.production)[0])
    on = running(git, lister, hubs, experiments, settings)
    looks = [_Look(git, image, pins, made, on, registry, settings, now) for image in experiments]
    answers = [ahead(one.built) for one in looks]
    keys = [image.key for image in experiments]
    steps = back(git, history, settings)
    dates = trace(steps, keys, found.production.key, complete=not git.shallow)
    stand = [
        one.experiment(dates[one.image.key], *built())
        for one, built in zip(looks, answers, strict=True)
    ]
    return Status(
        now=now,
        trial_days=settings.trial_days,
        deadline_days=settings.deadline_days,
        production=Production(
            image=found.production.key,
            name=found.production.name,
            tag=tag(),
            pins=tuple(redact(pin.text) for pin in made.pins or ()),
        ),
        experiments=tuple(stand),
        recorded=(
            _recorded(history.newest, found.production)
            if any(one.stage == "same" for one in stand)
            else None
        ),
        shallow=git.shallow,
        undecided=found.unknown_bases,
        problems=(*found.unknown_bases, *_problems([made, *(pins[key] for key in keys)])),
    )


def _recorded(tree: Tree, production: Image) -> str | None:
    """Return the tag that the chart's values name, or None where they name none."""
    text = tree.read(production.values_file) or ""
    with suppress(Failure):
        return next((stated(text, path).tag for path in production.values_paths), None)
    return None


def _problems(images: Iterable[Installed]) -> list[BadFile]:
    """Return what stands in the way of reading the images, each once."""
    found = {str(image.problem): image.problem for image in images if image.problem}
    return list(found.values())


def _tag(git: Git, image: Image) -> tuple[str | None, str | None]:
    """Return an image's tag at the newest commit, or None and why."""
    if git.shallow:
        return None, "the tag is not known: it counts commits, and this clone is shallow"
    try:
        return tags.identify(git, image.paths, image.base_version).text, None
    except Failure as failure:
        return None, failure.what


@dataclass(frozen=True)
class _Look:
    """One experiment, while it is looked at."""

    git: Git
    image: Image
    pins: Described
    production: Installed
    on: Sequence[Running]
    registry: Looks
    settings: Settings
    now: datetime

    @property
    def own(self) -> tuple[Pin, ...]:
        return self.pins[self.image.key].pins or ()

    @property
    def differences(self) -> tuple[Change | Behind, ...]:
        if self.production.problem:  # all would look new
            return ()
        return tuple(compare(self.own, self.production.pins or ()))

    @property
    def _problems(self) -> list[BadFile]:
        return _problems([self.pins[self.image.key], self.production])

    @property
    def runs(self) -> list[Running]:
        return [one for one in self.on if one.name == self.image.name]

    def built(self) -> tuple[str | None, bool, tuple[str, ...]]:
        """Return the tag, whether the registry has it, and notes.

        The registry is asked only where the answer decides something: where there is a change,
        and no hub runs this very tag.
        """
        tag, why = _tag(self.git, self.image)
        notes = (why,) if why else ()
        changed = any(isinstance(one, Change) for one in self.differences)
        if tag is None or not changed or tag in {one.tag for one in self.runs}:
            return tag, False, notes
        try:
            answer = self.registry.look(self.image.reference.with_tag(tag))
        except Failure as failure:  # a name that is no reference
            return tag, False, (*notes, failure.what)
        match answer:
            case There():
                return tag, True, notes
            case NotThere():
                return tag, False, notes
            case Unknown(why=silent):
                return tag, False, (*notes, f"whether {tag} is built is not known. {silent}")
            case _:
                assert_never(answer)

    def experiment(
        self, dates: Dates, tag: str | None, built: bool, notes: tuple[str, ...]
    ) -> Experiment:
        found = self.differences
        changes = tuple(self._dated(one, dates) for one in found if isinstance(one, Change))
        trials = tuple(self._trial(one, dates, tag) for one in self.runs)
        notes = (*notes, *self._unread(), *self._undated(changes))
        return Experiment(
            image=self.image.key,
            name=self.image.name,
            tag=tag,
            stage=stage(changes, trials, built=built, trial_days=self.settings.trial_days),
            changes=changes,
            trials=trials,
            behind=tuple(one for one in found if isinstance(one, Behind)),
            notes=notes,
            readable=self.pins[self.image.key].pins is not None and not self.production.problem,
            problem=next(iter(self._problems), None),
        )

    def _unread(self) -> Iterator[str]:
        """Say why it cannot be told what differs."""
        mine = self.pins[self.image.key]
        for problem in self._problems:
            yield f"what differs from production cannot be told: {problem.what}"
        if mine.pins is None and not mine.problem:
            yield f"{self.image.dockerfile} installs no requirements, so it holds no change"

    def _undated(self, changes: Iterable[Dated]) -> Iterator[str]:
        if any(change.since is None for change in changes):
            yield _UNDATED + (_SHALLOW if self.git.shallow else "its history cannot be read")

    def _dated(self, change: Change, dates: Dates) -> Dated:
        since = dates.since.get(change.pin.text)
        deadline = since + timedelta(days=self.settings.deadline_days) if since else None
        return Dated(
            package=redact(change.pin.package),
            kind=change.kind,
            pin=redact(change.pin.text),
            since=since,
            deadline=deadline,
            days_left=days_left(deadline, self.now) if deadline else None,
        )

    def _trial(self, one: Running, dates: Dates, tag: str | None) -> Trial:
        # what is older than all that this clone knows is older than the trial's tag too
        start = max(one.since, dates.fixed or one.since) if one.since else None
        return Trial(
            hub=one.hub.name,
            tag=one.tag,
            since=one.since,
            quiet_from=start,
            quiet_days=full_days(start, self.now) if start else None,
            outdated=one.tag != tag and self._outdated(one.tag),
        )

    def _outdated(self, tag: str) -> bool:
        """Whether a tag's commit is here and has other pins than the newest; else it is not told."""
        commit = tags.commit(self.git, tag)
        if commit is None:
            return False
        then = describe(CommitTree(self.git, commit), self.settings) or {}
        mine = then.get(self.image.key)
        return bool(mine and mine.pins is not None and not same(mine.pins, self.own))

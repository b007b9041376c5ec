"""Where production and every experiment stand: values that a report shows and a promotion asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from hubimages.errors import BadFile
from hubimages.lifecycle.changes import Behind, Kind

Stage = Literal["same", "pinned", "built", "trial", "ready", "overdue"]
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A change with its dates; without a full history they are None.

    days_left are full days; below zero the deadline passed.
    """

    package: str
    kind: Kind
    pin: str
    since: datetime | None
    deadline: datetime | None
    days_left: int | None

    @property
    def overdue(self) -> bool:
        """Whether the deadline passed."""
        return self.days_left is not None and self.days_left < 0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A hub on the experimental image; outdated where its tag has other pins than the image now."""

    hub: str
    tag: str
    since: datetime | None
    quiet_from: datetime | None
    quiet_days: int | None
    outdated: bool


@dataclass(frozen=True, kw_only=True)
class Production:
    """The production image; tag is that of the newest commit, None where it cannot be told."""

    image: str
    name: str
    tag: str | None
    pins: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One experimental image; tag is that of the newest commit, None where it cannot be told."""

    image: str
    name: str
    tag: str | None
    stage: Stage
    changes: tuple[Dated, ...]
    trials: tuple[Trial, ...]
    behind: tuple[Behind, ...]
    notes: tuple[str, ...]  # what could not be told, and why
    readable: bool = True  # whether it has requirements that could be read
    problem: BadFile | None = None  # why it cannot be told what differs; the stage is then `same`

    @property
    def standing(self) -> str:
        """The stage as people read it."""
        return "not known" if self.problem else self.stage

    @property
    def overdue(self) -> tuple[Dated, ...]:
        """The changes whose deadline passed."""
        return tuple(change for change in self.changes if change.overdue)

    @property
    def undated(self) -> bool:
        """Whether it cannot be told if a deadline passed."""
        return any(change.since is None for change in self.changes)

    @property
    def ways_out(self) -> tuple[str, str]:
        """The two commands that end it: the one that every hub gets it by, and the other."""
        image = f"--image {self.image}"
        return f"invoke experiment.promote {image}", f"invoke experiment.drop {image}"


@dataclass(frozen=True, kw_only=True)
class Status:
    """Everything, as it was at one time."""

    now: datetime
    trial_days: int
    deadline_days: int
    production: Production
    experiments: tuple[Experiment, ...]
    recorded: str | None = None  # production's tag in the chart's values; where one is `same`
    shallow: bool = False  # whether the clone's history was cut off
    undecided: tuple[BadFile, ...] = ()  # of images that may be experimental, or may not
    problems: tuple[BadFile, ...] = ()  # all for which not everything could be told


def days_left(deadline: datetime, now: datetime) -> int:
    """Return the full days until a deadline; -1 from the moment after it on."""
    return (deadline - now) // DAY


def full_days(start: datetime, now: datetime) -> int:
    """Return the full days since start, none for a start that a wrong clock put into the future."""
    return max(0, (now - start) // DAY)


def stage(
    changes: tuple[Dated, ...], trials: tuple[Trial, ...], *, built: bool, trial_days: int
) -> Stage:
    """Return how far an experiment has come."""
    if not changes:
        return "same"
    if any(change.overdue for change in changes):
        return "overdue"
    current = [trial for trial in trials if not trial.outdated]
    if any(trial.quiet_days is not None and trial.quiet_days >= trial_days for trial in current):
        return "ready"
    if current:
        return "trial"
    return "built" if built else "pinned"

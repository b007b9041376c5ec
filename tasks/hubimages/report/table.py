"""Where everything stands, for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hubimages.lifecycle.standing import Dated, Experiment, Status
from hubimages.lifecycle.step import CREATE, step, typed
from hubimages.report.bar import GONE, LEFT, WATCH_GONE, WATCH_LEFT, bar, day, quiet, watch_from

Paint = Callable[[str, str], str]
_COLOURS = {"overdue": "red", "ready": "green", "trial": "yellow"}
_SAID = 28  # columns for what stands beside a bar
_LEAST = 14  # cells of a bar; where a line has no room for them, it gets a line of its own


def lines(status: Status, paint: Paint, columns: int) -> Iterator[str]:
    """Yield the report's lines; paint(text, colour) colours where that is wanted."""
    made = status.production
    yield f"{paint(made.image, 'bold')}  production  {made.tag or 'tag not known'}"
    for pin in made.pins:
        yield paint(f"  {pin}", "dim")
    for one in status.experiments:
        yield ""
        yield from _experiment(status, one, paint, columns)
    for problem in status.undecided:
        yield ""
        yield paint(f"? which images are experimental cannot be told: {problem.what}", "yellow")
    if not status.experiments and not status.undecided:
        yield ""
        yield f"There is no experimental image. next: {typed(CREATE)}"
    if any(change.since for one in status.experiments for change in one.changes):
        yield ""
        week = f"{WATCH_GONE}{WATCH_LEFT} the {status.trial_days} days to watch"
        yield paint(f"{GONE} gone, {LEFT} to come, {week}", "dim")


def _experiment(status: Status, one: Experiment, paint: Paint, columns: int) -> Iterator[str]:
    stage = paint(one.standing, _COLOURS.get(one.stage, "bold"))
    yield f"{paint(one.image, 'bold')}  {stage}  {one.tag or 'tag not known'}"
    names = max((len(change.package) for change in one.changes), default=0)
    for change in one.changes:
        yield from _change(status, one, change, paint, min(names, columns // 3), columns)
    for left in one.behind:
        yield f"  {left.pin.text} is behind production's {left.production.text}: nothing to promote"
    for trial in one.trials:
        old = ", on other pins than the image has now" if trial.outdated else ""
        yield f"  on {trial.hub}: {trial.tag}, {quiet(trial.quiet_days)}{old}"
    for note in one.notes:
        yield paint(f"  ? {note}", "yellow")
    yield f"  next: {step(status, one).text}"


def _change(
    status: Status, one: Experiment, change: Dated, paint: Paint, names: int, columns: int
) -> Iterator[str]:
    text = f"  {change.package:<{names}}  {change.kind:<5}  "
    said = day(change, status.deadline_days)
    watch = watch_from(one, change)
    if change.since is None or watch is None:
        yield text + said
        return
    room = columns - len(text) - _SAID
    alone = room < _LEAST
    drawn = bar(
        change.since,
        watch,
        status.now,
        days=status.deadline_days,
        week=status.trial_days,
        width=max(1, min(28, columns - 4 if alone else room)),
    )
    drawn = paint(drawn, "red") if change.overdue else drawn
    if alone:
        yield text + said
        yield f"    {drawn}"
    else:
        yield f"{text}{drawn}  {said}"

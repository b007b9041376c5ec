"""A change's days as a bar: gone, the watch week, still to come."""

from __future__ import annotations

from datetime import datetime

from hubimages.lifecycle.standing import DAY, Dated, Experiment

GONE, LEFT = "█", "░"
WATCH_GONE, WATCH_LEFT = "▓", "▒"  # of the watch week


def watch_from(one: Experiment, change: Dated) -> datetime | None:
    """Return when the week without fixes began: at the earliest quiet trial, else with the change."""
    quiet = [trial.quiet_from for trial in one.trials if trial.quiet_from and not trial.outdated]
    return min(quiet, default=change.since)


def bar(
    since: datetime, watch: datetime, now: datetime, *, days: int, week: int, width: int
) -> str:
    """Return a bar of width cells for days from since on; week days from watch on are marked."""
    if days < 1:
        return ""
    gone = (now - since) / DAY
    first = (watch - since) / DAY
    cells = [(cell + 0.5) * days / width for cell in range(width)]  # the middle of each, in days
    return "".join(_cell(at < gone, marked=first <= at < first + week) for at in cells)


def _cell(gone: bool, *, marked: bool) -> str:
    if marked:
        return WATCH_GONE if gone else WATCH_LEFT
    return GONE if gone else LEFT


def day(change: Dated, days: int) -> str:
    """Return how far a change is: day 12 of 28, 16 left; the first day is day 1."""
    if change.since is None or change.days_left is None:
        return "since when is not known"
    left = change.days_left
    rest = f"{left} left" if left >= 0 else f"{-left} over"
    return f"day {max(0, days - left)} of {days}, {rest}"


def quiet(number: int | None) -> str:
    """Return quiet days as words."""
    if number is None:
        return "quiet days not known"
    return f"{number} quiet day{'' if number == 1 else 's'}"

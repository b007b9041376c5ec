"""What status does."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, assert_never, get_args

from invoke.context import Context

from hubimages import overdue
from hubimages.commands.bodies import reading
from hubimages.commands.boundary import Finding
from hubimages.commands.formats import StatusFormat
from hubimages.commands.session import Session, emit, start
from hubimages.console import Console
from hubimages.errors import Failure
from hubimages.git import Git
from hubimages.github import GitHub, repository
from hubimages.lifecycle.standing import Dated, Experiment, Status
from hubimages.report import markdown, table


class BadFormat(Failure):
    """A format was asked for that there is not, or two at once."""

    def __init__(self, form: str) -> None:
        super().__init__(
            f"status has no format `{form}`, or not together with --json.",
            fix=f"--format, one of {', '.join(get_args(StatusFormat))}",
        )


def status(c: Context, *, json: bool, form: str, check: bool, issues: bool) -> None:
    """Say where every experiment stands; with check, fail if a deadline passed.

    With issues, what is overdue has an issue on GitHub each, and nothing else has.
    """
    wanted = _format(form, json=json)
    session = start(c)
    github = _ready(session.git) if issues else None
    found = reading.read(session, datetime.now(UTC))
    _show(found, wanted, session.console.program)
    late = check and _late(found, session.console)
    if github:
        _keep_issues(session, github, found)
    if late:
        raise Finding


def _ready(git: Git) -> GitHub:
    """Return the repository on GitHub, or raise what stands in the way of its issues."""
    github = GitHub(git.run, git.root, repository(git.remote_url() or ""))
    overdue.ready(git, github)
    return github


def _keep_issues(session: Session, github: GitHub, found: Status) -> None:
    for act in overdue.keep(found, github, session.console.program):
        session.console.did(act)
        session.console.say(act)


def _format(form: str, *, json: bool) -> StatusFormat:
    if json and form == "table":
        return "json"
    for known in get_args(StatusFormat):
        if form == known and (not json or form == "json"):
            return known  # type: ignore[no-any-return]
    raise BadFormat(form)


def _show(found: Status, form: StatusFormat, program: str) -> None:
    report = Console(stream=sys.stdout, program=program)
    match form:
        case "json":
            emit(as_json(found))
        case "markdown":
            _say(report, markdown.lines(found))
        case "table":
            columns = shutil.get_terminal_size().columns
            _say(report, table.lines(found, report.paint, columns))
        case _:
            assert_never(form)


def _say(report: Console, lines: Iterable[str]) -> None:
    for line in lines:
        report.say(line)


def _late(found: Status, console: Console) -> bool:
    """Write an error for each deadline that passed, or could have passed unseen."""
    late = False
    for one in found.experiments:
        for change in one.overdue:
            late = True
            days = -(change.days_left or 0)
            console.error(
                f"{one.image}: {change.package} is {days} day{'' if days == 1 else 's'} over its "
                f"deadline.\n  → {', or '.join(one.ways_out)}"
            )
    return reading.untold(found, console, "whether a deadline passed") or late


def as_json(found: Status) -> dict[str, Any]:
    """Return the document of the contract."""
    return {
        "production": found.production,
        "experiments": [_experiment(one) for one in found.experiments],
    }


def _experiment(one: Experiment) -> dict[str, Any]:
    return {
        "image": one.image,
        "name": one.name,
        "tag": one.tag,
        "stage": one.stage,
        "changes": [_change(change) for change in one.changes],
        "trials": [
            {
                "hub": trial.hub,
                "tag": trial.tag,
                "since": _iso(trial.since),
                "quiet_days": trial.quiet_days,
            }
            for trial in one.trials
        ],
    }


def _change(change: Dated) -> dict[str, Any]:
    return {
        "package": change.package,
        "kind": change.kind,
        "pin": change.pin,
        "since": _iso(change.since),
        "deadline": _iso(change.deadline),
        "days_left": change.days_left,
    }


def _iso(when: datetime | None) -> str | None:
    return when.isoformat() if when else None

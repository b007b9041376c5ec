"""What status does."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal, assert_never, get_args

from invoke.context import Context

from hubimages import fleet
from hubimages.ahead import ahead
from hubimages.commands.boundary import Finding
from hubimages.commands.session import Session, emit, start
from hubimages.console import Console
from hubimages.errors import Failure
from hubimages.history import History
from hubimages.lifecycle.look import look, paths
from hubimages.lifecycle.standing import Dated, Experiment, Status
from hubimages.listing import Lister
from hubimages.registry import Registry
from hubimages.report import markdown, table

Format = Literal["table", "json", "markdown"]
_CONNECT, _READ = 3.0, 5.0  # seconds; a report does not wait as a push does


class BadFormat(Failure):
    """A format was asked for that there is not, or two at once."""

    def __init__(self, form: str) -> None:
        super().__init__(
            f"status has no format `{form}`, or not together with --json.",
            fix=f"--format, one of {', '.join(get_args(Format))}",
        )


def status(c: Context, *, json: bool, form: str, check: bool) -> None:
    """Say where every experiment stands; with check, fail if a deadline passed."""
    wanted = _format(form, json=json)
    session = start(c)
    found = read(session, datetime.now(UTC))
    _show(found, wanted, session.console.program)
    if check and _late(found, session.console):
        raise Finding


def _format(form: str, *, json: bool) -> Format:
    if json and form == "table":
        return "json"
    for known in get_args(Format):
        if form == known and (not json or form == "json"):
            return known  # type: ignore[no-any-return]
    raise BadFormat(form)


def read(session: Session, now: datetime) -> Status:
    """Look at everything; notes go to people, a broken file is an error that hides nothing else."""
    git, settings, console = session.git, session.settings, session.console
    if git.head is None:
        from hubimages.builds.preflight import NoCommits

        raise NoCommits
    where = paths(session.work_tree, settings)
    past = ahead(lambda: History.of(git, where))
    unfinished = ahead(lambda: git.changed([*where, settings.clusters_dir]))
    hubs = fleet.load(session.work_tree, settings)
    lister = Lister(session.work_tree)
    insecure = frozenset(settings.insecure_registries)
    with Registry(insecure, connect=_CONNECT, read=_READ) as registry:
        found = look(git, past(), hubs.hubs, lister, registry, settings, now=now)
    for problem in (*hubs.problems, *lister.problems.values()):
        console.error(str(problem))
    if left := unfinished():
        shown = ", ".join(left[:3]) + (f" and {len(left) - 3} more" if len(left) > 3 else "")
        console.warn(f"what is not committed does not count: {shown}")
    return found


def _show(found: Status, form: Format, program: str) -> None:
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
            days = -(change.days_left or 0)
            console.error(
                f"{one.image}: {change.package} is {days} day{'' if days == 1 else 's'} over its "
                f"deadline.\n  → invoke experiment.promote --image {one.image}, or "
                f"invoke experiment.drop --image {one.image}"
            )
        if one.undated:
            console.error(
                f"{one.image}: whether a deadline passed cannot be told in a shallow clone.\n"
                "  → git fetch --unshallow (in GitHub's checkout action: fetch-depth: 0)"
            )
        late = late or bool(one.overdue) or one.undated
    return late


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

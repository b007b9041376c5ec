"""What status does."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal, assert_never, get_args

from invoke.context import Context

from hubimages import fleet, overdue
from hubimages.ahead import ahead
from hubimages.commands.boundary import Finding
from hubimages.commands.session import Session, emit, start
from hubimages.console import Console
from hubimages.errors import Failure
from hubimages.git import Git
from hubimages.github import GitHub, repository
from hubimages.history import History
from hubimages.lifecycle.look import look, paths
from hubimages.lifecycle.standing import Dated, Experiment, Status
from hubimages.listing import Lister
from hubimages.registry import Registry
from hubimages.report import markdown, table
from hubimages.tree import Committed

Format = Literal["table", "json", "markdown"]
_CONNECT, _READ = 3.0, 5.0  # seconds; a report does not wait as a push does


class BadFormat(Failure):
    """A format was asked for that there is not, or two at once."""

    def __init__(self, form: str) -> None:
        super().__init__(
            f"status has no format `{form}`, or not together with --json.",
            fix=f"--format, one of {', '.join(get_args(Format))}",
        )


def status(c: Context, *, json: bool, form: str, check: bool, issues: bool) -> None:
    """Say where every experiment stands; with check, fail if a deadline passed.

    With issues, what is overdue has an issue on GitHub each, and nothing else has.
    """
    wanted = _format(form, json=json)
    session = start(c)
    github = _ready(session.git) if issues else None
    found = read(session, datetime.now(UTC))
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


def _format(form: str, *, json: bool) -> Format:
    if json and form == "table":
        return "json"
    for known in get_args(Format):
        if form == known and (not json or form == "json"):
            return known  # type: ignore[no-any-return]
    raise BadFormat(form)


def read(session: Session, now: datetime) -> Status:
    """Look at everything that is committed; notes go to people.

    A broken file is an error that hides nothing else, and one of the problems that are returned.
    """
    git, settings, console = session.git, session.settings, session.console
    if git.head is None:
        from hubimages.builds.preflight import NoCommits

        raise NoCommits
    where = paths(session.work_tree, settings)
    past = ahead(lambda: History.of(git, where))
    unfinished = git.changed([*where, settings.clusters_dir])
    tree = Committed(git, frozenset(unfinished))
    hubs = fleet.load(tree, settings)
    lister = Lister(tree)
    insecure = frozenset(settings.insecure_registries)
    with Registry(insecure, connect=_CONNECT, read=_READ) as registry:
        found = look(git, past(), hubs.hubs, lister, registry, settings, now=now)
    problems = (*found.problems, *hubs.problems, *lister.problems.values())
    for problem in problems:
        console.error(str(problem))
    if unfinished:
        shown = ", ".join(unfinished[:3])
        more = f" and {len(unfinished) - 3} more" if len(unfinished) > 3 else ""
        console.warn(f"what is not committed does not count: {shown}{more}")
    return replace(found, problems=problems)


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
                f"deadline.\n  → {', or '.join(one.ways_out)}"
            )
        if one.undated:
            console.error(f"{one.image}: whether a deadline passed cannot be told{_why(found)}")
        late = late or bool(one.overdue) or one.undated
    if found.problems:
        files = ", ".join(dict.fromkeys(problem.path for problem in found.problems))
        console.error(
            "whether a deadline passed cannot be told, since not all could be read.\n"
            f"  → correct and commit {files}"
        )
    return late or bool(found.problems)


def _why(found: Status) -> str:
    """Return why changes have no dates, and what to do."""
    if found.shallow:
        return (
            " in a shallow clone.\n"
            "  → git fetch --unshallow (in GitHub's checkout action: fetch-depth: 0)"
        )
    return (
        ": the history does not say since when it is there.\n  → git log shows the branch's commits"
    )


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

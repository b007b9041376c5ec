"""Reading where everything stands, and saying what of it could not be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hubimages import fleet
from hubimages.ahead import ahead
from hubimages.commands.session import Session
from hubimages.console import Console
from hubimages.history import History
from hubimages.lifecycle.look import look, paths
from hubimages.lifecycle.standing import Status
from hubimages.listing import Lister
from hubimages.registry import Registry
from hubimages.tree import Committed

_CONNECT, _READ = 3.0, 5.0  # seconds; a report does not wait as a push does


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


def untold(found: Status, console: Console, what: str) -> bool:
    """Write an error for each thing for which what cannot be told; return whether there is any."""
    undated = [one for one in found.experiments if one.undated]
    for one in undated:
        console.error(f"{one.image}: {what} cannot be told{_why(found)}")
    if found.problems:
        files = ", ".join(dict.fromkeys(problem.path for problem in found.problems))
        console.error(
            f"{what} cannot be told, since not all could be read.\n  → correct and commit {files}"
        )
    return bool(undated or found.problems)


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

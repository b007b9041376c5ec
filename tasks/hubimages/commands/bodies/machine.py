"""What doctor and upgrade-base do."""

from __future__ import annotations

from dataclasses import replace

from invoke.context import Context

from hubimages import doctor as examination
from hubimages import fleet, images, upgrade
from hubimages.commands import ask
from hubimages.commands.boundary import Finding
from hubimages.commands.common import carry_out
from hubimages.commands.proposing import proposing, tell_next
from hubimages.commands.session import Session, emit, start
from hubimages.engine import Engine
from hubimages.errors import Failure

_PATIENCE = 10.0  # seconds for an engine to answer, which a healthy one does in a tenth


def doctor(c: Context, *, json: bool) -> None:
    """Say what is missing on this machine and in this clone, and the command that mends it."""
    session = start(c)
    found = images.load(session.work_tree, session.settings)
    points = []
    for point in examination.examine(
        session.git, _engine(session), session.registry, found, session.settings
    ):
        points.append(point)
        mark, colour = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}[point.ok]
        session.console.say(f"{session.console.paint(mark, colour)} {point.name}: {point.detail}")
        if point.fix and not point.ok:
            session.console.say(f"    → {point.fix}")
    if json:
        emit(points)
    if any(point.ok is False for point in points):
        raise Finding


def _engine(session: Session) -> Engine:
    """Return the engine to look at; where not even that can be told, a point says why."""
    try:
        return replace(session.engine, seconds=_PATIENCE)
    except Failure:
        return Engine(session.git.run, seconds=_PATIENCE)


def upgrade_base(
    c: Context, *, to: str, dry_run: bool, no_commit: bool, pr: bool, yes: bool
) -> None:
    """Move every hub image's base and the chart that deploys them to one version, in one commit."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    production = images.load(outer.work_tree, outer.settings).production.key
    version = to or ask.text("--to", "Which version?")
    then = f"invoke build-hub --image {production} --push, and the experimental images"
    with propose(f"upgrade-base-{version}", then=then) as session:
        found = images.load(session.work_tree, session.settings)
        hubs = fleet.load(session.work_tree, session.settings)
        planned = upgrade.plan(
            session.git,
            found,
            hubs,
            version,
            session.registry,
            commit=not no_commit,
            ask=not dry_run,
        )
        for line in planned.left:
            session.console.warn(line)
        if not planned.edits:
            session.console.say(f"everything is at {version} already; nothing to do")
            return
        message = f"Upgrade the hub's base image and chart to {version}\n"
        if carry_out(
            session, planned.edits, message, dry_run=dry_run, commit=not no_commit, yes=yes
        ):
            tell_next(session, then)

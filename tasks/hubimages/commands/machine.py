"""doctor and upgrade-base: whether all is in place, and the base image's version."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded
from hubimages.commands.help import COMMITTING


@task(auto_shortflags=False, help={"json": "print the points as JSON on standard output"})
@guarded
def doctor(c: Context, json: bool = False) -> None:
    """Say what is missing on this machine and in this clone, and the command that mends it.

    Exits with 1 if something is missing. The registries are asked whether they would take a
    push, by opening an upload and cancelling it.

    Example: invoke doctor
    """
    from hubimages.commands.bodies import machine

    machine.doctor(c, json=json)


@task(
    name="upgrade-base",
    auto_shortflags=False,
    help={"to": "the version, such as 4.3.4 (asked for on a terminal)", **COMMITTING},
)
@guarded
def upgrade_base(
    c: Context,
    to: str = "",
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Move every hub image's base and the chart that deploys them to one version, in one commit.

    Example: invoke upgrade-base --to 4.3.4
    """
    from hubimages.commands.bodies import machine

    machine.upgrade_base(c, to=to, dry_run=dry_run, no_commit=no_commit, pr=pr, yes=yes)

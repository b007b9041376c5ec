"""next: what each experiment needs now."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded


@task(
    name="next",
    auto_shortflags=False,
    help={"json": "print JSON on standard output, and offer nothing"},
)
@guarded
def next_(c: Context, json: bool = False) -> None:
    """Say in a sentence where each experiment stands, and offer the next command.

    On a terminal you pick one, and it is run. Everything is read as status reads it; what cannot
    be read is said, and exits with 1.

    Example: invoke next
    Example: invoke next --json
    """
    from hubimages.commands.bodies import guide

    guide.next_(c, json=json)

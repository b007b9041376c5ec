"""status: where every experiment stands."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded


@task(
    auto_shortflags=False,
    help={
        "json": "print JSON on standard output, as --format json does",
        "format": "table, json or markdown (with a chart that GitHub draws)",
        "check": "exit with 1 if a deadline passed",
    },
)
@guarded
def status(c: Context, json: bool = False, format: str = "table", check: bool = False) -> None:  # noqa: A002
    """Say where every experiment stands, since when, and the next command to run.

    Everything is read back from git, the hubs' values and the registry; what is not committed
    does not count.

    Example: invoke status --check --format markdown
    """
    from hubimages.commands.bodies import status as body

    body.status(c, json=json, form=format, check=check)

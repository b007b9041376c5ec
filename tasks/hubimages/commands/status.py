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
        "issues": "keep one GitHub issue for each overdue change, through gh",
    },
)
@guarded
def status(
    c: Context,
    json: bool = False,
    format: str = "table",  # noqa: A002
    check: bool = False,
    issues: bool = False,
) -> None:
    """Say where every experiment stands, since when, and the next command to run.

    Everything is read back from git, the hubs' values and the registry; what is not committed
    does not count. With --issues, each overdue change has one issue on GitHub: it is opened,
    brought up to date, and closed once the change is promoted or dropped.

    Example: invoke status
    Example: invoke status --check --issues --format markdown
    """
    from hubimages.commands.bodies import status as body

    body.status(c, json=json, form=format, check=check, issues=issues)

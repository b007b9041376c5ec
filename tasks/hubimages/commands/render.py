"""render: what Helm would install on a hub."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded


@task(
    auto_shortflags=False,
    help={
        "hub": "the hub, as CLUSTER/HUB (asked for on a terminal)",
        "since": "compare with a git revision, and print what differs instead",
        "output": "write the manifests into this file (readable by you alone) instead of printing them",
        "json": "print images and differences as JSON on standard output",
    },
)
@guarded
def render(
    c: Context, hub: str = "", since: str = "", output: str = "", json: bool = False
) -> None:
    """Print what Helm would install on a hub, from your files as they are now.

    The chart that the hub deploys is rendered with the hub's values files in their order, as
    `helm template` does it, in a copy: your charts/ folder is not touched. Exits with 1 where the
    hub's Deployment would run another image than hubs.list says.

    Example: invoke render --hub example/staging --since origin/main
    """
    from hubimages.commands.bodies import rendering

    rendering.render(c, hub=hub, since=since, output=output, json=json)

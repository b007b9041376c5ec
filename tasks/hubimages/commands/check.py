"""check: every policy, over all that stands in this repository."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded


@task(
    auto_shortflags=False,
    help={
        "format": "text, json, or github (workflow annotations with file and line)",
        "registry": "also ask the registries whether every image is there for anybody to pull",
        "hub": "with --registry: only ask for the images of these hubs, as CLUSTER/HUB[,CLUSTER/HUB…]",
        "json": "the same as --format json",
    },
)
@guarded
def check(
    c: Context,
    format: str = "text",  # noqa: A002
    registry: bool = False,
    hub: str = "",
    json: bool = False,
) -> None:
    """Check base versions, pins, tags and images against the rules; exits 1 on an error.

    A warning is shown and exits 0. Policies are switched off, and findings excused until a date,
    under `hubimages:` in invoke.yaml.

    With --hub, nothing but the registries is asked, for a part of the fleet (see hubs.list
    --matrix): a line that several hubs share counts for the first of them.

    Example: invoke check --format github --registry
    Example: invoke check --registry --hub example/staging,example/prod
    """
    from hubimages.commands.bodies import check

    check.check(c, form="json" if json else format, registry=registry, hubs=hub)

"""user-image.check: whether an image can serve on a hub."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded


@task(
    auto_shortflags=False,
    help={
        "ref": "the image, as IMAGE:TAG",
        "hub": "CLUSTER/HUB that it is for; without --ref, every user image of that hub, or of several (with commas between them)",
        "seconds": "how long its server may take to answer, in seconds",
        "json": "print one JSON document on standard output",
    },
)
@guarded
def check(
    c: Context, ref: str = "", hub: str = "", seconds: str = "60", json: bool = False
) -> None:
    """Say whether a user image can serve on a hub, by asking its registry and running it.

    It is run as a hub would run it, without a network. Each point is a yes, a no, or could not be
    told; exits with 1 if one is a no.

    Example: invoke user-image.check --ref quay.io/jupyter/scipy-notebook:2024-03-18
    Example: invoke user-image.check --hub example/staging --json
    """
    from hubimages.commands.bodies import userimage_check

    userimage_check.check(c, ref=ref, hub=hub, seconds=seconds, json=json)

"""explain: what is in a tag."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded


@task(
    auto_shortflags=False,
    help={
        "tag": "a tag of the image, or its digest (sha256:…)",
        "image": "an image of chartpress.yaml; without it, the one that has the tag",
        "json": "print one JSON document on standard output",
    },
)
@guarded
def explain(c: Context, tag: str = "", image: str = "", json: bool = False) -> None:
    """Say what is in a tag: its commit, pins, base and size, and which hubs run it.

    From the registry where the commit is gone, from git where the registry is silent; what
    neither tells is said to be unknown.

    Example: invoke explain --tag 0.0.1-0.dev.git.3.h6eafc52
    Example: invoke explain --image hub-experimental --tag 0.0.1-0.dev.git.3.h6eafc52 --json
    """
    from hubimages.commands.bodies import explain

    explain.explain(c, tag=tag, image=image, json=json)

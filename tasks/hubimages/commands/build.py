"""build-hub: from a commit to an image that was proven to work, in the registry."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded
from hubimages.commands.help import COMMITTING


@task(
    name="build-hub",
    auto_shortflags=False,
    help={
        "image": "the image's name in chartpress.yaml (asked for on a terminal)",
        "push": "push it to its registry; a tag that is there is never overwritten",
        "platform": "build for this platform (default: linux/amd64, or as configured)",
        "builder": "docker-build or docker-buildx (default: by platform, or as configured)",
        **COMMITTING,
        "no_commit": "leave the new tag in values.yaml uncommitted",
        "pr": "open a pull request that records the tag instead of committing it here; needs gh",
        "json": "print the result as JSON on standard output",
    },
)
@guarded
def build_hub(
    c: Context,
    image: str = "",
    push: bool = False,
    platform: str = "",
    builder: str = "",
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
    json: bool = False,
) -> None:
    """Build, prove and push one hub image; record the production image's tag.

    What is built is what is committed, in a scratch worktree, by chartpress. The image is run
    before it is pushed: the hub has to start, pip check to pass, and every git pin to be
    installed from its commit.

    Example: invoke build-hub --image hub-experimental --push
    Example: invoke build-hub --image hub --push --pr
    """
    from hubimages.commands.bodies import build

    build.build_hub(
        c,
        image=image,
        push=push,
        platform=platform,
        builder=builder,
        dry_run=dry_run,
        no_commit=no_commit,
        pr=pr,
        yes=yes,
        json=json,
    )

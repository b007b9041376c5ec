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
        "all": "every hub image that is not in its registry, several at once",
        "push": "push it to its registry; a tag that is there is never overwritten",
        "platform": "build for this platform (default: linux/amd64, or as configured)",
        "builder": "docker-build or docker-buildx (default: by platform, or as configured)",
        "builder_name": "build with this buildx builder, or on the engine of this docker context",
        "cache": "take layers from a cache in the image's registry; with --push write it too",
        **COMMITTING,
        "no_commit": "leave the new tag in values.yaml uncommitted",
        "pr": "open a pull request that records the tag instead of committing it here; needs gh",
        "json": "print the result as JSON on standard output (with --all a list)",
    },
)
@guarded
def build_hub(
    c: Context,
    image: str = "",
    all_: bool = False,
    push: bool = False,
    platform: str = "",
    builder: str = "",
    builder_name: str = "",
    cache: bool = False,
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

    With --all one image that fails does not stop the others; a summary says what became of each.

    Example: invoke build-hub --image hub-experimental --push
    Example: invoke build-hub --image hub --push --pr
    """
    from hubimages.commands.bodies import build

    wanted = build.Wanted(
        push=push,
        platform=platform,
        builder=builder,
        builder_name=builder_name,
        cache=cache,
        dry_run=dry_run,
        no_commit=no_commit,
        pr=pr,
        yes=yes,
        json=json,
    )
    if not all_:
        return build.build_hub(c, image, wanted)
    from hubimages.commands.bodies import build_all

    return build_all.build_all(c, image, wanted)

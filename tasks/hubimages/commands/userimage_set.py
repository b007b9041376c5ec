"""user-image.set and user-image.bump: which image people's servers run in."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded
from hubimages.commands.help import COMMITTING


@task(
    name="set",
    auto_shortflags=False,
    help={
        "hub": "the hub, as CLUSTER/HUB (asked for on a terminal)",
        "ref": "the image, as IMAGE:TAG (asked for on a terminal)",
        "choice": "a profile choice by its name, slug or PROFILE/CHOICE (default: the default image)",
        "force": "go on although the registry does not have the image, or does not say",
        **COMMITTING,
    },
)
@guarded
def set_(
    c: Context,
    hub: str = "",
    ref: str = "",
    choice: str = "",
    force: bool = False,
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Set the image of a hub's user servers, or that of one profile choice.

    Edits the line that counts: name and tag of the default image, or the one text of a choice,
    at the anchor where several share it. The image has to be in its registry.

    Example: invoke user-image.set --hub example/staging --ref quay.io/org/image:2024.01.15
    """
    from hubimages.commands.bodies import userimage_set

    userimage_set.set_(
        c,
        hub=hub,
        ref=ref,
        choice=choice,
        force=force,
        dry_run=dry_run,
        no_commit=no_commit,
        pr=pr,
        yes=yes,
    )


@task(
    auto_shortflags=False,
    help={
        "hub": "one hub, as CLUSTER/HUB, or several with commas between them (asked for on a terminal)",
        "cluster": "every hub of a cluster",
        "all": "every hub",
        "choice": "only the profile choices of that name, slug or PROFILE/CHOICE",
        "latest": "take the newest tag of each image, without asking which one",
        **COMMITTING,
        "pr": "open a pull request for each hub instead of committing here; needs gh",
        "dry_run": "show what would be done and stop; what a registry does not say is unknown",
    },
)
@guarded
def bump(
    c: Context,
    hub: str = "",
    cluster: str = "",
    all_: bool = False,
    choice: str = "",
    latest: bool = False,
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Offer newer tags of user images from their registries, and set the chosen ones.

    A tag stays in its family: lab-2024-01-15 becomes lab-2024-02-01, never lab-latest. Commits
    are ordered by when their images were made. One commit, or pull request, for each hub.

    Example: invoke user-image.bump --hub example/staging
    Example: invoke user-image.bump --all --latest --pr
    """
    from hubimages.commands.bodies import userimage_bump

    userimage_bump.bump(
        c,
        hub=hub,
        cluster=cluster,
        everything=all_,
        choice=choice,
        latest=latest,
        dry_run=dry_run,
        no_commit=no_commit,
        pr=pr,
        yes=yes,
    )

"""experiment.*: what is on trial in an experimental image, and on which hub."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded
from hubimages.commands.help import COMMITTING


@task(
    auto_shortflags=False,
    help={
        "image": "the new image's name in chartpress.yaml (asked for on a terminal)",
        **COMMITTING,
    },
)
@guarded
def create(
    c: Context,
    image: str = "",
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Make a new experimental image: its requirements file and its entry in chartpress.yaml.

    It starts equal to the production image, in the same shape: a folder of its own, or a
    requirements file beside production's where the images share a folder.

    Example: invoke experiment.create --image hub-oauth
    """
    from hubimages.commands.bodies import experiment

    experiment.create(c, image=image, dry_run=dry_run, no_commit=no_commit, pr=pr, yes=yes)


@task(
    auto_shortflags=False,
    help={
        "requirement": "what to try: OWNER/REPO@REF, a git or pull request address, or NAME==VERSION",
        "image": "the image's name in chartpress.yaml (default: as configured)",
        "reason": "why; becomes a comment above the pin",
        **COMMITTING,
    },
)
@guarded
def add(
    c: Context,
    requirement: str = "",
    image: str = "",
    reason: str = "",
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Pin an unreleased commit (or a release) in an experimental image.

    A branch, tag or pull request becomes its full commit. The same package is replaced in
    place, not added twice.

    Example: invoke experiment.add --requirement jupyterhub/oauthenticator@main
    """
    from hubimages.commands.bodies import experiment

    experiment.add(
        c,
        requirement=requirement,
        image=image,
        reason=reason,
        dry_run=dry_run,
        no_commit=no_commit,
        pr=pr,
        yes=yes,
    )


@task(
    auto_shortflags=False,
    help={
        "package": "which pin to take out, by package or repository name (asked for on a terminal)",
        "image": "the image's name in chartpress.yaml (default: as configured)",
        **COMMITTING,
    },
)
@guarded
def remove(
    c: Context,
    package: str = "",
    image: str = "",
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Take a pin out of an experimental image.

    Example: invoke experiment.remove --package oauthenticator
    """
    from hubimages.commands.bodies import experiment

    experiment.remove(
        c, package=package, image=image, dry_run=dry_run, no_commit=no_commit, pr=pr, yes=yes
    )


@task(
    name="try",
    auto_shortflags=False,
    help={
        "hub": "the hub, as CLUSTER/HUB (asked for on a terminal)",
        "image": "the experimental image (default: as configured)",
        "tag": "the tag to run (asked for on a terminal, the newest first)",
        "force": "go on although the registry or the chart's version speaks against it",
        **COMMITTING,
    },
)
@guarded
def try_(
    c: Context,
    hub: str = "",
    image: str = "",
    tag: str = "",
    force: bool = False,
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Point one hub at an experimental image.

    Writes name and tag into the values file that belongs to this hub alone. The tag has to be
    in its registry and built on the version of the chart that the hub deploys.

    Example: invoke experiment.try --hub example/staging --tag 0.0.1-0.dev.git.12.h1a2b3c4
    """
    from hubimages.commands.bodies import experiment

    experiment.try_(
        c,
        hub=hub,
        image=image,
        tag=tag,
        force=force,
        dry_run=dry_run,
        no_commit=no_commit,
        pr=pr,
        yes=yes,
    )


@task(
    auto_shortflags=False,
    help={"hub": "the hub, as CLUSTER/HUB (asked for on a terminal)", **COMMITTING},
)
@guarded
def stop(
    c: Context,
    hub: str = "",
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """End a trial: take the override out, so that the hub follows the chart again.

    Example: invoke experiment.stop --hub example/staging
    """
    from hubimages.commands.bodies import experiment

    experiment.stop(c, hub=hub, dry_run=dry_run, no_commit=no_commit, pr=pr, yes=yes)

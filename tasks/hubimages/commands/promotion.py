"""experiment.promote and experiment.drop: the two ends of an experiment."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded
from hubimages.commands.help import COMMITTING


@task(
    auto_shortflags=False,
    help={
        "image": "the experimental image (default: as configured)",
        "package": "promote this package's pin alone, and leave the others",
        "push": "push the new production image and record its tag; without it, it is built and proven only",
        "same_bits": "build nothing: copy the tried image in the registry, where all inputs are the same",
        "accept_drift": "go on although the new image differs from the tried one beyond the promoted pins",
        "force": "promote before the quiet days are over; needs --reason",
        "reason": "why; goes into the commit message",
        **COMMITTING,
    },
)
@guarded
def promote(
    c: Context,
    image: str = "",
    package: str = "",
    push: bool = False,
    same_bits: bool = False,
    accept_drift: bool = False,
    force: bool = False,
    reason: str = "",
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Move an experiment's changes to the production image, and end its trials.

    Each step is a commit of its own. After a failure, run it again: it does what is left.

    Example: invoke experiment.promote --image hub-experimental --push
    """
    from hubimages.commands.bodies import promotion

    promotion.promote(
        c,
        promotion.Wanted(
            image=image,
            package=package,
            push=push,
            same_bits=same_bits,
            accept_drift=accept_drift,
            force=force,
            reason=reason,
        ),
        dry_run=dry_run,
        no_commit=no_commit,
        pr=pr,
        yes=yes,
    )


@task(
    auto_shortflags=False,
    help={"image": "the experimental image (default: as configured)", **COMMITTING},
)
@guarded
def drop(
    c: Context,
    image: str = "",
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """End an experiment without promoting it: production's pins come back, and its trials end.

    An image that shares its folder with production is taken out of chartpress.yaml too, after
    asking.

    Example: invoke experiment.drop --image hub-experimental
    """
    from hubimages.commands.bodies import dropping

    dropping.drop(c, image=image, dry_run=dry_run, no_commit=no_commit, pr=pr, yes=yes)

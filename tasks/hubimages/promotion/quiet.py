"""Whether an experiment ran long enough to be promoted, and which image that was."""

from __future__ import annotations

from hubimages.errors import Failure
from hubimages.lifecycle.standing import Experiment, Status, Trial


class NotQuiet(Failure):
    """No hub has run the experiment for long enough without a fix."""


def refusal(status: Status, one: Experiment) -> NotQuiet | None:
    """Return why an experiment's changes cannot be promoted yet, or None where they can."""
    wanted = status.trial_days
    trials = [trial for trial in one.trials if not trial.outdated]
    force = "--force --reason TEXT promotes it all the same"
    if not one.trials:
        return NotQuiet(
            f"No hub runs {one.image}, so nothing was tried.",
            fix=f"invoke experiment.try --hub CLUSTER/HUB --image {one.image}, or {force}",
        )
    if not trials:
        hub, tag = one.trials[0].hub, one.trials[0].tag
        return NotQuiet(
            f"{hub} runs {tag}, which has other pins than {one.image} has now, so these were not tried.",
            fix=f"invoke experiment.try --hub {hub} --image {one.image} --tag {one.tag or 'TAG'}, or {force}",
        )
    longest = max(trials, key=_days)
    if longest.quiet_days is None:
        return NotQuiet(
            f"Since when {longest.hub} runs {longest.tag} is not known: the history does not say it "
            "(a shallow clone, or a trial that is not committed).",
            fix=f"git fetch --unshallow, or commit the trial; or {force}",
        )
    if longest.quiet_days >= wanted:
        return None
    left = wanted - longest.quiet_days
    return NotQuiet(
        f"{one.image} has been quiet for {longest.quiet_days} of {wanted} days, on {longest.hub}.",
        fix=f"wait {left} more day{'' if left == 1 else 's'}, or {force}",
    )


def tried(one: Experiment) -> Trial | None:
    """Return the trial that ran the longest on what would be promoted, or None where none does."""
    current = [trial for trial in one.trials if not trial.outdated]
    return max(current or one.trials, key=_days, default=None)


def _days(trial: Trial) -> int:
    return -1 if trial.quiet_days is None else trial.quiet_days

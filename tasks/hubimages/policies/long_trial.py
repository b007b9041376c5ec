"""A trial ends once it has shown what it was to show: one hub apart from the others is no rest state."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.lifecycle.standing import Trial, full_days
from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw

_TIMES = 2  # the days that a trial takes: 14 where it takes 7


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each override with a trial that is ready, and has been for as long again."""
    for use, image in facts.hub_uses:
        standing = facts.standing(image) if image else None
        if image is None or standing is None or standing.stage != "ready":
            continue
        hubs = {hub.name for hub in use.hubs}
        days = [_days(facts, trial) for trial in standing.trials if trial.hub in hubs]
        if days and max(days) >= _TIMES * facts.settings.trial_days:
            yield Flaw(
                severity="warning",
                path=use.path,
                line=use.line,
                message=f"The trial of `{image.key}` has lasted {max(days)} days ({use.who}), and it "
                "is ready.",
                fix=", or ".join(standing.ways_out),
            )


def _days(facts: Facts, trial: Trial) -> int:
    """Return how many days a trial has lasted; -1 for one that shows nothing yet."""
    ready = not trial.outdated and (trial.quiet_days or 0) >= facts.settings.trial_days
    return full_days(trial.since, facts.now) if trial.since and ready else -1

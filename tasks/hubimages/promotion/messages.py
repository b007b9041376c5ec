"""What a promotion says: to the person, and in its commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hubimages.promotion.plan import Plan
from hubimages.promotion.trail import trailer
from hubimages.redaction import redact
from hubimages.requirements import Pin

AFTER = "invoke deploy --all (merge without squashing, since the tag names a commit)"


def promoted(plan: Plan, reason: str) -> str:
    """Return the message of the commit that moves the pins."""
    packages = ", ".join(change.pin.package for change in plan.moves.promoted)
    parts = [
        f"Promote {packages} to {plan.production.key}",
        _rows(change.pin for change in plan.moves.promoted),
        _tried(plan),
    ]
    if reason:
        parts.append(f"Reason: {' '.join(reason.split())}")
    return "\n\n".join([*parts, trailer(plan.tried)])


def refreshed(plan: Plan) -> str:
    """Return the message of the commit that brings the experiment up to production."""
    pins = [*(behind.production for behind in plan.moves.behind), *plan.moves.missing]
    packages = ", ".join(pin.package for pin in pins)
    subject = f"Refresh {plan.experiment.key}: {packages} as in {plan.production.key}"
    return "\n\n".join([subject, _rows(pins), trailer(plan.tried)])


def ended(plan: Plan) -> str:
    """Return the message of the commit that ends the trials."""
    subject = f"End the trial of {plan.experiment.key} on {', '.join(plan.hubs)}"
    body = f"What was tried is in {plan.production.key}; they follow {plan.production.values_file} again."
    return "\n\n".join([subject, body, trailer(plan.tried)])


def summary(plan: Plan) -> Iterator[str]:
    """Yield what a promotion would do, in words, before its diffs."""
    if plan.begun:
        last = plan.begun[0].commit[:12]
        yield f"an earlier run of this promotion came as far as {last}; this is what is left"
    if plan.moves.promoted:
        yield f"from {plan.experiment.key} to {plan.production.key}:"
    for change in plan.moves.promoted:
        was = f", instead of {redact(change.production.text)}" if change.production else ""
        yield f"  {change.kind:<5}  {redact(change.pin.text)}{was}"
    for change in plan.moves.left:
        yield f"  left in {plan.experiment.key}: {redact(change.pin.text)}"
    if plan.refresh:
        names = [
            *(b.production.text for b in plan.moves.behind),
            *(p.text for p in plan.moves.missing),
        ]
        yield f"production is ahead, so {plan.experiment.key} gets: {redact(', '.join(names))}"
    yield _tried(plan)


def _rows(pins: Iterable[Pin]) -> str:
    """Return pins a line each, without the logins that an address may hold."""
    return "\n".join(redact(pin.text) for pin in pins)


def _tried(plan: Plan) -> str:
    if plan.trial is None:
        return f"Tried on no hub; compared with {plan.tried}."
    days = plan.trial.quiet_days
    quiet = "" if days is None else f", quiet for {days} day{'' if days == 1 else 's'}"
    return f"Tried as {plan.tried} on {plan.trial.hub}{quiet}."


def done(plan: Plan) -> Iterator[str]:
    """Yield what there is at the end."""
    ended = f"; the trial on {', '.join(plan.hubs)} has ended" if plan.hubs else ""
    yield f"{plan.production.values_file} names the new {plan.production.key} image{ended}"

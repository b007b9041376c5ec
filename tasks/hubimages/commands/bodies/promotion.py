"""What experiment.promote does: asks, shows the plan, and has what is left of it done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from invoke.context import Context

from hubimages import edits, fleet, scratch
from hubimages.builds import preflight
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.bodies import reading
from hubimages.commands.bodies.promoting import Promotion
from hubimages.commands.common import experiment, unless_forced
from hubimages.commands.proposing import proposing
from hubimages.commands.session import Session, show, start
from hubimages.images import Image, Images, load
from hubimages.lifecycle.standing import Experiment, Status
from hubimages.promotion import messages, quiet
from hubimages.promotion.plan import NotAnExperiment, Plan, look
from hubimages.tree import CommitTree


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for on the command line."""

    image: str
    package: str
    push: bool
    same_bits: bool
    accept_drift: bool
    force: bool
    reason: str


def promote(
    c: Context, wanted: Wanted, *, dry_run: bool, no_commit: bool, pr: bool, yes: bool
) -> None:
    """Move an experiment's changes to production, and end its trials."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    if not dry_run:
        scratch.sweep(outer.git)
    images = load(CommitTree(outer.git, preflight.head(outer.git)), outer.settings)
    key = experiment(images, wanted.image, outer.settings.experiment).key
    slug = "-".join(filter(None, ["promote", key, wanted.package]))
    with propose(slug, title=f"Promote {wanted.package or key}", then=messages.AFTER) as session:
        _promote(session, key, wanted, dry_run=dry_run, no_commit=no_commit, yes=yes)


def _promote(
    session: Session, key: str, wanted: Wanted, *, dry_run: bool, no_commit: bool, yes: bool
) -> None:
    head = preflight.head(session.git)
    images = load(CommitTree(session.git, head), session.settings)
    image = images.named(key)
    found, one = standing(session, images, image)
    hubs = fleet.load(session.work_tree, session.settings)
    plan = look(session.git, images, image, hubs, one, wanted.package, commit=not no_commit)
    reason = _allowed(session, found, one, plan, wanted)
    if plan.done:
        production = plan.production
        newest = f"{production.values_file} names the newest {production.key} image"
        if plan.record:
            newest = f"{production.values_file} does not name the newest {production.key} image: "
            newest += f"invoke build-hub --image {production.key} --push"
        session.console.say(f"{image.key} has nothing to promote; {newest}")
        return
    _show(session, plan)
    if dry_run:
        return
    message = messages.promoted(plan, reason)
    if no_commit:
        _leave(session, plan, message, yes=yes)
        return
    promotion = Promotion(
        session=session,
        plan=_refreshing(plan, yes=yes),
        message=message,
        push=wanted.push or _push(plan, yes=yes),
        same_bits=wanted.same_bits,
        accept_drift=wanted.accept_drift,
    )
    promotion.preflight(head)
    if ask.interactive():
        ask.confirm("Go on?", yes=yes)
    promotion.carry_out()


def standing(session: Session, images: Images, image: Image) -> tuple[Status, Experiment]:
    """Return where everything, and this experiment, stands as committed; raises NotAnExperiment."""
    if image.key not in {other.key for other in images.experiments}:
        raise NotAnExperiment(image, images)
    found = reading.read(session, datetime.now(UTC))
    return found, next(one for one in found.experiments if one.image == image.key)


def _allowed(session: Session, found: Status, one: Experiment, plan: Plan, wanted: Wanted) -> str:
    """Return the reason to write down; raises NotQuiet where it is too early and not forced."""
    if not plan.moves.promoted:
        return wanted.reason
    refusal = quiet.refusal(found, one)
    if refusal is None:
        return wanted.reason
    unless_forced(session, refusal, force=wanted.force)
    return wanted.reason.strip() or ask.text("--reason", "Why is it promoted before its time?")


def _show(session: Session, plan: Plan) -> None:
    """Show what would be done, as diffs."""
    for line in messages.summary(plan):
        session.console.say(line)
    for edit in (*plan.pins, *plan.refresh, *([plan.record] if plan.record else []), *plan.endings):
        show(edit)
    for path, others in plan.shared.items():
        session.console.warn(f"{path} is shared: its edit reaches {', '.join(others)} too.")


def _refreshing(plan: Plan, *, yes: bool) -> Plan:
    """Ask whether the experiment gets what production is ahead in; nobody to ask means yes."""
    if not plan.refresh or yes or not ask.interactive():
        return plan
    question = f"Bring {plan.experiment.key} up to production in what it is behind?"
    return plan if ask.agreed(question, default=True) else replace(plan, refresh=())


def _push(plan: Plan, *, yes: bool) -> bool:
    """Ask whether to push; without a terminal only --push does."""
    if plan.record is None or yes or not ask.interactive():
        return False
    name = plan.production.name
    choices = [
        Choice("no", "no: move the pins, build and prove it here, and stop"),
        Choice("yes", f"yes: push it to {name} and record its tag: every hub gets it"),
    ]
    return ask.select("--push", "Push the new image once it is proven?", choices) == "yes"


def _leave(session: Session, plan: Plan, message: str, *, yes: bool) -> None:
    """Write the requirements without a commit; nothing can be built before there is one."""
    planned = (*plan.pins, *plan.refresh)
    if ask.interactive():
        ask.confirm("Write this?", yes=yes)
    edits.apply(session.git, planned, message, commit=False)
    for edit in planned:
        session.console.say(f"edited {edit.path}, not committed, as asked")
    image = plan.experiment.key
    session.console.say(f"next: commit it, then invoke experiment.promote --image {image} --push")

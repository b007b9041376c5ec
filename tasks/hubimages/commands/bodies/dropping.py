"""What experiment.drop does."""

from __future__ import annotations

from invoke.context import Context

from hubimages import edits, fleet
from hubimages.builds import preflight
from hubimages.commands import ask
from hubimages.commands.bodies.promotion import standing
from hubimages.commands.common import commit, experiment
from hubimages.commands.proposing import proposing, tell_next
from hubimages.commands.session import Session, show, start
from hubimages.images import Image, Images, load
from hubimages.promotion import trail
from hubimages.promotion.dropping import Drop, HalfPromoted, can_be_removed, look
from hubimages.tree import CommitTree

_AFTER = "deploy the hubs whose trial ended"


def drop(c: Context, *, image: str, dry_run: bool, no_commit: bool, pr: bool, yes: bool) -> None:
    """End an experiment without promoting it."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    images = load(CommitTree(outer.git, preflight.head(outer.git)), outer.settings)
    key = experiment(images, image, outer.settings.experiment).key
    with propose(f"drop-{key}", title=f"Drop {key}", then=_AFTER) as session:
        plan = _look(session, key, commit=not no_commit, yes=yes)
        if not plan.steps:
            session.console.say(f"{key} is on no hub and has production's pins; nothing to drop")
            return
        _show(session, plan)
        if dry_run:
            for _, message in plan.steps:
                session.console.say(f"would commit: {message.splitlines()[0]}")
            return
        if ask.interactive():
            ask.confirm("Write this?" if no_commit else "Commit this?", yes=yes)
        _carry_out(session, plan, no_commit=no_commit)


def _look(session: Session, key: str, *, commit: bool, yes: bool) -> Drop:
    head = preflight.head(session.git)
    images = load(CommitTree(session.git, head), session.settings)
    image = images.named(key)
    _, one = standing(session, images, image)
    hubs = fleet.load(session.work_tree, session.settings)
    begun = trail.steps(session.git, image, images.production)
    if begun and not trail.is_recorded(session.git, begun, images.production):
        raise HalfPromoted(key, trail.undo(session.git, [step.commit for step in begun]))
    remove = _removes(session, images, image, yes=yes)
    return look(session.git, images, image, hubs, one, remove=remove, commit=commit)


def _removes(session: Session, images: Images, image: Image, *, yes: bool) -> bool:
    """Ask whether an image in production's folder goes altogether; nobody to ask keeps it."""
    if not can_be_removed(images, image):
        return False
    question = f"Remove {image.key} from {images.path} altogether, with its requirements file?"
    if yes or (ask.interactive() and ask.agreed(question, default=False)):
        return True
    session.console.say(f"{image.key} stays in {images.path}; --yes removes it too")
    return False


def _show(session: Session, plan: Drop) -> None:
    for change in plan.moves.all:
        session.console.say(f"dropped: {change.pin.text}")
    for planned, _ in plan.steps:
        for edit in planned:
            show(edit)
    for path, others in plan.shared.items():
        session.console.warn(f"{path} is shared: its edit reaches {', '.join(others)} too.")


def _carry_out(session: Session, plan: Drop, *, no_commit: bool) -> None:
    made = []
    for planned, message in plan.steps:
        if no_commit:
            edits.apply(session.git, planned, message, commit=False)
            session.console.say(f"not committed: {message.splitlines()[0]}")
        else:
            made.append(commit(session, planned, message)[:12])
    if plan.hubs:
        tell_next(session, f"invoke deploy --hub {','.join(plan.hubs)}", pushed=True)
    if made:
        session.console.say(f"to undo: git revert --no-edit {' '.join(reversed(made))}")

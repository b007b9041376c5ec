"""What experiment.* do: ask, show the edits, and commit them."""

from __future__ import annotations

from functools import partial

from invoke.context import Context

from hubimages import candidates, experiments, fleet, images, pins, trials
from hubimages.agreement import BaseMismatch, Doubt
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.bodies import picking, sharing
from hubimages.commands.common import (
    NotInRegistry,
    carry_out,
    experiment,
    is_in_registry,
    unless_forced,
)
from hubimages.commands.proposing import proposing, tell_next
from hubimages.commands.session import Session, start
from hubimages.errors import Failure
from hubimages.images import Image, Images
from hubimages.sources.requests import parse_requirement
from hubimages.sources.resolving import Resolved, resolve
from hubimages.tree import CommitTree


def create(c: Context, *, image: str, dry_run: bool, no_commit: bool, pr: bool, yes: bool) -> None:
    """Make a new experimental image: its requirements file and its entry in chartpress.yaml."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    key = image or ask.text("--image", "Name of the new image:")
    then = f"invoke experiment.add --image {key} --requirement OWNER/REPO@REF"
    with propose(f"create-{key}", then=then) as session:
        if session.begun:
            return
        # as committed, so that a run that was killed before its commit is finished by the next
        tree = session.work_tree if no_commit else CommitTree(session.git)
        found = images.load(tree, session.settings)
        made = experiments.create(session.git, found, key, commit=not no_commit)
        message = (
            f"Add experimental image {key}\n\n"
            f"It is {made.name}, and starts equal to {found.production.key}.\n"
        )
        if carry_out(session, made.edits, message, dry_run=dry_run, commit=not no_commit, yes=yes):
            session.console.say(
                f"next: create the repository {made.name} in its registry, if it does not make one by itself"
            )
            tell_next(session, then)


def add(
    c: Context,
    *,
    requirement: str,
    image: str,
    reason: str,
    dry_run: bool,
    no_commit: bool,
    pr: bool,
    yes: bool,
) -> None:
    """Pin an unreleased commit (or a release) in an experimental image."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    chosen = _chosen(outer, image)
    wanted = requirement or ask.text(
        "--requirement", "What to try (OWNER/REPO@REF, an address, NAME==VERSION):"
    )
    pin = resolve(parse_requirement(wanted), outer.git.run)
    for note in pin.notes:
        outer.console.warn(note)
    then = f"invoke build-hub --image {chosen} --push"
    with propose(f"add-{chosen}-{pin.package}", then=then) as session:
        found = images.load(session.work_tree, session.settings)
        edit = experiments.put(
            session.git, found, found.named(chosen), pin, reason=reason, commit=not no_commit
        )
        if edit is None:
            session.console.say(f"{chosen} has {pin.row} already; nothing to do")
            return
        _about_production(session, found, found.named(chosen), edit.path, yes=yes or dry_run)
        message = _message(chosen, pin, reason)
        if carry_out(session, [edit], message, dry_run=dry_run, commit=not no_commit, yes=yes):
            tell_next(session, then)


def _chosen(session: Session, image: str) -> str:
    """Return the name of the experimental image that is meant."""
    found = images.load(session.work_tree, session.settings)
    return experiment(found, image, session.settings.experiment).key


def _message(image: str, pin: Resolved, reason: str) -> str:
    at = pin.ref
    if pin.commit:
        named = pin.commit in pin.ref  # a commit was asked for, so there is no other name for it
        at = pin.commit[:12] if named else f"{pin.ref} ({pin.commit[:12]})"
    lines = [f"{image}: {pin.package} at {at}", "", pin.row]
    if pin.commit:
        lines += [f"Ref: {pin.ref}", f"Commit: {pin.commit}"]
    return "\n".join([*lines, *(["", f"Reason: {reason}"] if reason else [])]) + "\n"


def _about_production(
    session: Session, found: Images, chosen: Image, path: str, *, yes: bool
) -> None:
    """Warn where a file goes into the production image, perhaps among others."""
    key = found.production_key
    if key not in (chosen.key, *experiments.sharing(found, chosen, path)):
        return
    session.console.warn(
        f"`{key}`, which installs {path}, is the production image: once built and deployed, every hub gets this change."
    )
    if ask.interactive():
        ask.confirm("Change the production image?", yes=yes, default=False)


def remove(
    c: Context,
    *,
    package: str,
    image: str,
    dry_run: bool,
    no_commit: bool,
    pr: bool,
    yes: bool,
) -> None:
    """Take a pin out of an experimental image."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    chosen = _chosen(outer, image)
    name = package or _pick_pin(images.load(outer.work_tree, outer.settings).named(chosen))
    then = f"invoke build-hub --image {chosen} --push"
    with propose(f"remove-{chosen}-{name}", then=then) as session:
        if session.begun:
            return
        found = images.load(session.work_tree, session.settings)
        edit = experiments.take(session.git, found.named(chosen), name, commit=not no_commit)
        if edit is None:
            return
        _about_production(session, found, found.named(chosen), edit.path, yes=yes or dry_run)
        message = f"{chosen}: remove {name}\n"
        if carry_out(session, [edit], message, dry_run=dry_run, commit=not no_commit, yes=yes):
            tell_next(session, then)


def _pick_pin(image: Image) -> str:
    return ask.select(
        "--package", "Which pin?", [Choice(pin.package, pin.text) for pin in pins.of(image)]
    )


def try_(
    c: Context,
    *,
    hub: str,
    image: str,
    tag: str,
    force: bool,
    dry_run: bool,
    no_commit: bool,
    pr: bool,
    yes: bool,
) -> None:
    """Point one hub at an experimental image."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    hubs = fleet.load(outer.work_tree, outer.settings)
    name = hubs.named(hub or sharing.pick_hub(hubs)).name
    with propose(f"try-{name}", then=f"invoke deploy --hub {name}") as session:
        found = images.load(session.work_tree, session.settings)
        hubs = fleet.load(session.work_tree, session.settings)
        on, chosen = hubs.named(name), experiment(found, image, session.settings.experiment)
        trials.check(found, chosen, on)
        wanted = tag or picking.tag(session, chosen)
        _check_tag(session, chosen, on, wanted, force=force, dry_run=dry_run)
        begin = partial(
            trials.begin,
            session.git,
            hubs,
            on,
            found.production,
            (chosen.name, wanted),
            commit=not no_commit,
        )
        change = begin()
        if not change.edits:
            session.console.say(f"{on.name} runs {chosen.name}:{wanted} already; nothing to do")
            return
        if change.shared and trials.can_be_alone(session.work_tree, hubs, change):
            change = begin(alone=not sharing.with_the_others(session, change, yes=yes or dry_run))
        else:
            sharing.about_sharing(session, change, yes=yes or dry_run)
        message = (
            f"Try {chosen.key} {wanted} on {on.name}\n\nThe hub runs {chosen.name}:{wanted}.\n"
        )
        if carry_out(
            session, change.edits, message, dry_run=dry_run, commit=not no_commit, yes=yes
        ):
            tell_next(session, f"invoke deploy --hub {on.name}", pushed=True)
            session.console.say(f"to end it: invoke experiment.stop --hub {on.name}")


def _check_tag(
    session: Session, image: Image, on: fleet.Hub, tag: str, *, force: bool, dry_run: bool
) -> None:
    """Refuse a tag that is not in the registry, or built for another chart; --force overrides and says so."""
    name = f"{image.name}:{tag}"
    absent = NotInRegistry(
        f"{name} is not in its registry, so the hub could not start.",
        fix=f"invoke build-hub --image {image.key} --push, or pick another tag",
    )
    reference = image.reference.with_tag(tag)
    if is_in_registry(session, reference, name, absent, force=force, dry_run=dry_run) and (
        refusal := _check_base(session, image, on, tag)
    ):
        unless_forced(session, refusal, force=force)


def _check_base(session: Session, image: Image, on: fleet.Hub, tag: str) -> Failure | None:
    verdict = candidates.fits(session.git, on, image, tag, session.registry, session.settings)
    if isinstance(verdict, Doubt):
        session.console.warn(verdict.why)
    return verdict if isinstance(verdict, BaseMismatch) else None


def stop(c: Context, *, hub: str, dry_run: bool, no_commit: bool, pr: bool, yes: bool) -> None:
    """End a trial: take the override out, so that the hub follows the chart again."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    name = _hub_on_trial(outer, hub)
    with propose(f"stop-{name}", then=f"invoke deploy --hub {name}") as session:
        found = images.load(session.work_tree, session.settings)
        hubs = fleet.load(session.work_tree, session.settings)
        on = hubs.named(name)
        change = trials.end(session.git, hubs, on, found.production, commit=not no_commit)
        if not change.edits:
            session.console.say(f"{on.name} overrides no hub image; it follows the chart already")
            return
        sharing.about_sharing(session, change, yes=yes or dry_run)
        message = (
            f"End the trial on {on.name}\n\nThe hub follows {found.production.values_file} again.\n"
        )
        if carry_out(
            session, change.edits, message, dry_run=dry_run, commit=not no_commit, yes=yes
        ):
            _about_what_is_left(session, found, on)
            tell_next(session, f"invoke deploy --hub {on.name}", pushed=True)


def _about_what_is_left(session: Session, found: Images, on: fleet.Hub) -> None:
    """Warn where another file of the hub's overrides the image too."""
    name, tag = trials.override(session.work_tree, on, found.production)
    if name or tag:
        session.console.warn(
            f"{on.name} does not follow the chart yet: another of its files says {name}:{tag}. "
            f"To end that too, run the same command again."
        )


def _hub_on_trial(session: Session, hub: str) -> str:
    """Return the name of the hub that is meant; raises UnknownHub."""
    hubs = fleet.load(session.work_tree, session.settings)
    if hub:
        return hubs.named(hub).name
    return _pick_trial(session, hubs, images.load(session.work_tree, session.settings).production)


def _pick_trial(session: Session, hubs: fleet.Fleet, production: Image) -> str:
    if not ask.interactive():
        raise ask.MissingValue("--hub")
    choices = []
    for hub in hubs.hubs:
        try:
            name, tag = trials.override(session.work_tree, hub, production)
        except Failure:
            continue  # this hub deploys no hub image of ours
        if name or tag:
            choices.append(
                Choice(
                    hub.name, f"{hub.name}  {name or production.name}:{tag or '(the chart’s tag)'}"
                )
            )
    if not choices:
        raise ask.NothingToChoose("--hub")
    return ask.select("--hub", "Which trial?", choices)

"""What user-image.set does: look the image up, warn of what counts more, edit the line."""

from __future__ import annotations

from functools import partial

from invoke.context import Context

from hubimages import fleet, trials
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.bodies import sharing
from hubimages.commands.common import NotInRegistry, carry_out, is_in_registry
from hubimages.commands.proposing import proposing, tell_next
from hubimages.commands.session import Session, start
from hubimages.fleet import Hub
from hubimages.listing import Lister
from hubimages.reference import Reference
from hubimages.userimages import choosing, places, setting, wording
from hubimages.userimages.choosing import AmbiguousChoice, NoUserImages, UnknownChoice
from hubimages.userimages.places import DEFAULT, Place, Places


def set_(
    c: Context,
    *,
    hub: str,
    ref: str,
    choice: str,
    force: bool,
    dry_run: bool,
    no_commit: bool,
    pr: bool,
    yes: bool,
) -> None:
    """Set the image of a hub's user servers, or that of one profile choice."""
    outer = start(c)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    hubs = fleet.load(outer.work_tree, outer.settings)
    name = hubs.named(hub or sharing.pick_hub(hubs)).name
    choice = _chosen(_places(outer, hubs.named(name)), choice, yes=yes)
    ref = ref or ask.text("--ref", "Which image (IMAGE:TAG)?")
    image, tag = setting.wanted(ref)
    _look(outer, ref, force=force, dry_run=dry_run)
    slug = "-".join(part for part in (f"set-{name}", choice.replace("/", "-")) if part)
    with propose(slug, then=f"invoke deploy --hub {name}") as session:
        hubs = fleet.load(session.work_tree, session.settings)
        found = _places(session, hubs.named(name))
        place = choosing.choice(found, choice) if choice else found.default
        put = partial(setting.put, session.git, hubs, place, image, tag, commit=not no_commit)
        planned = put()
        if not planned.change.edits:
            session.console.say(f"{name} has {ref} there already; nothing to do")
            return
        _warn(session, found, place)
        for warning in wording.stale([(place, tag)]):
            session.console.warn(warning)
        change, sure = planned.change, yes or dry_run
        if (
            place.label == DEFAULT
            and change.shared
            and trials.can_be_alone(session.work_tree, hubs, change)
        ):
            planned = put(alone=not sharing.with_the_others(session, change, yes=sure))
        else:
            sharing.about_sharing(session, change, yes=sure)
        if planned.also:
            session.console.say(f"written in the same line: {'; '.join(planned.also)}")
        message = f"{name}: {place.label} is {ref}\n\n{_before(place)}{_beside(planned.also)}\n"
        edits = planned.change.edits
        if carry_out(session, edits, message, dry_run=dry_run, commit=not no_commit, yes=yes):
            tell_next(session, f"invoke deploy --hub {name}", pushed=True)


def _before(place: Place) -> str:
    if not place.name:
        return "There was none in the hub's values."
    return f"It was {place.ref} ({place.source})."


def _beside(also: tuple[str, ...]) -> str:
    return f"\nWritten in the same line: {'; '.join(also)}." if also else ""


def _places(session: Session, hub: Hub) -> Places:
    found = places.of(Lister(session.work_tree), hub)
    if found is None:
        raise NoUserImages(hub)
    return found


def _chosen(found: Places, wanted: str, *, yes: bool) -> str:
    """Return the name of the choice that is meant, empty for the default image."""
    if wanted:
        try:
            return _unique(found, choosing.choice(found, wanted))
        except (AmbiguousChoice, UnknownChoice) as failure:
            if not ask.interactive() or not found.choices:
                raise
            some = choosing.named(found.choices, wanted) or found.choices
            return _ask(failure.what, choosing.apart(some))
    if yes or not found.choices or not ask.interactive():
        return ""
    return _ask("Which image?", [found.default, *choosing.apart(found.choices)])


def _unique(found: Places, place: Place) -> str:
    """Return a name of a place that no other choice has, as long as there is one."""
    for name in (place.label, *place.names):
        if len(choosing.apart(choosing.named(found.choices, name))) == 1:
            return name
    return place.label


def _ask(question: str, some: list[Place]) -> str:
    shown = [
        Choice("" if place.label == DEFAULT else place.label, f"{place.label}  {place.ref}")
        for place in some
    ]
    return ask.select("--choice", question, shown)


def _look(session: Session, ref: str, *, force: bool, dry_run: bool) -> None:
    """Refuse an image that is not in its registry; --force overrides and says so."""
    absent = NotInRegistry(
        f"{ref} is not in its registry, so no server could start in it.",
        fix="correct the name or the tag, or push it; --force sets it all the same",
    )
    is_in_registry(session, Reference.parse(ref), ref, absent, force=force, dry_run=dry_run)


def _warn(session: Session, found: Places, place: Place) -> None:
    """Say what can make people get another image than the default one."""
    name = place.hub.name
    if place.label != DEFAULT:
        return
    if found.configurator:
        session.console.warn(
            f"{name} enables the JupyterHub configurator: what somebody sets there counts more than "
            "this, as long as it is set."
        )
    if found.hiding and len(found.hiding) == len(found.profiles):
        session.console.warn(
            f"nobody gets the default image on {name}: each of its profiles names another "
            f"({'; '.join(found.hiding[:8])}). --choice sets one of those: "
            f"{'; '.join(choosing.options(found.choices)[:8])}"
        )
    elif found.hiding:
        session.console.warn(
            f"these profiles of {name} do not use the default image: {'; '.join(found.hiding[:8])}"
        )

"""What user-image.bump does: ask the registries, let tags be picked, and edit hub after hub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from invoke.context import Context

from hubimages import fleet
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.bodies.scoping import Scope
from hubimages.commands.bodies.userimage_edits import Work
from hubimages.commands.boundary import Finding
from hubimages.commands.proposing import proposing, tell_next
from hubimages.commands.session import Session, start
from hubimages.errors import Failure
from hubimages.registry import Registry, Unknown
from hubimages.userimages import asking, wording
from hubimages.userimages.asking import Name
from hubimages.userimages.offers import Current, Newer, NoOrder, Offer, Tagged
from hubimages.userimages.places import Place
from hubimages.userimages.scope import Found

_PATIENCE = 120  # seconds that a registry which says 429 is waited for


class NobodyToAsk(Failure):
    """Tags are to be picked, and there is nobody to ask."""

    def __init__(self) -> None:
        super().__init__(
            "Which tags are wanted cannot be asked for without a terminal.",
            fix="add --latest, which takes the newest tag of each image's family",
        )


def bump(
    c: Context,
    *,
    hub: str,
    cluster: str,
    everything: bool,
    choice: str,
    latest: bool,
    dry_run: bool,
    no_commit: bool,
    pr: bool,
    yes: bool,
) -> None:
    """Offer newer tags of user images from their registries, and set the chosen ones."""
    session = start(c)
    propose = proposing(session, pr=pr, no_commit=no_commit, dry_run=dry_run)
    if not latest and not ask.interactive():
        raise NobodyToAsk
    hubs = fleet.load(session.work_tree, session.settings)
    meant = Scope(hub=hub, cluster=cluster, everything=everything)
    scope = meant.known(hubs)
    insecure = frozenset(session.settings.insecure_registries)
    with Registry(insecure=insecure, patience=_PATIENCE) as registry:
        registry.prepare()
        found = Found.of(session.work_tree, scope, choice)
        offers = asking.offers(
            registry,
            found.places,
            latest=latest,
            platform=session.settings.platform,
            progress=session.console.tick,
        )
    found.problems += meant.problems(hubs)
    _say_offers(session, found, offers)
    chosen = _chosen(found.places, offers, latest=latest)
    work = Work(
        outer=session,
        propose=propose,
        scope=scope,
        choice=choice,
        offers=offers,
        chosen=chosen,
        behind=frozenset(p.hub.name for p in found.places if (p.name or "", p.tag) in chosen),
        dry_run=dry_run,
        commit=not no_commit,
        yes=yes,
    )
    for one in scope:
        work.do(one)
    if work.bumped:
        tell_next(session, f"invoke deploy --hub {','.join(work.bumped)}", pushed=True)
    untold = sum(1 for offer in offers.values() if _untold(offer, latest=latest))
    for problem in found.problems:
        session.console.error(str(problem))
    if untold and not dry_run:
        session.console.error(f"{untold} image(s) could not be told about; the others are done")
    if found.problems or work.failed or (untold and not dry_run):
        raise Finding


def _untold(offer: Offer, *, latest: bool) -> bool:
    """Whether a question stays open: no answer, or no newest one that --latest could take."""
    match offer:
        case Unknown():
            return True
        case Newer():
            return latest and offer.newest is None
        case Current() | NoOrder():
            return False


def _say_offers(session: Session, found: Found, offers: Mapping[Name, Offer]) -> None:
    say, now = session.console.say, datetime.now(UTC)
    for spot, place in found.charts.items():
        session.console.detail(
            f"{place.ref} ({spot[0]}:{spot[1] + 1}) is of the chart's own values, and stays"
        )
    for (name, tag), offer in offers.items():
        image = f"{name}:{tag}" if tag else name
        match offer:
            case Newer():
                first = offer.tags[0]
                note = f"; {offer.note}" if offer.note else ""
                say(f"{image} → {first.tag}, {wording.age(first.created, now)}{note}")
            case Unknown(why, fix):
                session.console.warn(f"{image}: not known. {why}" + (f" → {fix}" if fix else ""))
            case NoOrder(why):
                session.console.detail(f"{image} stays: {why}")
            case Current():
                pass
    current = sum(isinstance(offer, Current) for offer in offers.values())
    say(f"{current} of {len(offers)} image(s) are the newest of their family")


def _chosen(
    found: Sequence[Place], offers: Mapping[Name, Offer], *, latest: bool
) -> dict[Name, Tagged]:
    """Return the tag that each image is to get, as the newest or as picked by the person."""
    chosen = {}
    for name, offer in offers.items():
        if not isinstance(offer, Newer):
            continue
        if latest:
            picked = offer.newest
        else:
            where = [place for place in found if (place.name, place.tag) == name]
            picked = _pick(name[0], offer, where)
        if picked and picked.tag != offer.present.tag:
            chosen[name] = picked
    return chosen


def _pick(image: str, offer: Newer, where: Iterable[Place]) -> Tagged:
    hubs = list(dict.fromkeys(place.hub.name for place in where))
    on = ", ".join(hubs[:3]) + (f" and {len(hubs) - 3} more" if len(hubs) > 3 else "")
    now, each = datetime.now(UTC), {one.tag: one for one in (*offer.tags, offer.present)}
    width = max(map(len, each))
    shown = [
        Choice(tag, wording.row(one, now, present=one is offer.present, width=width))
        for tag, one in each.items()
    ]
    question = f"{image} ({on}): which tag?"
    return each[ask.select("--latest", question, shown, default=offer.tags[0].tag)]

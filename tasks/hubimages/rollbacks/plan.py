"""The edits that bring images back, and whether they do just that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from hubimages import edits, imagevalues, trials
from hubimages.edits import Edit
from hubimages.errors import Failure
from hubimages.fleet import Fleet, Hub
from hubimages.git import Git
from hubimages.images import Images
from hubimages.listing import Lister
from hubimages.rollbacks.look import Back, Named
from hubimages.tree import Overlaid, WorkTree


class NotBack(Failure):
    """The edits would not give the hub the image that it had."""

    def __init__(self, hub: Hub, wanted: Named, found: str) -> None:
        super().__init__(
            f"{hub.name} would run {found} after the edit, not {wanted[0]}:{wanted[1]}.",
            fix=f"invoke hubs.list shows where it is said; edit that by hand, then invoke deploy --hub {hub.name}",
        )


class ReachesOthers(Failure):
    """The edits would give another image to a hub that is not meant."""

    def __init__(self, hub: Hub, image: Named | None) -> None:
        runs = ":".join(image) if image else "no image"
        super().__init__(
            f"{hub.name} would run {runs} after the edit, and it is none of the hubs that were named.",
            fix="name it too, or edit by hand (invoke hubs.list shows where each image is said)",
        )


def plan(
    git: Git, fleet: Fleet, images: Images, backs: Sequence[Back], *, commit: bool
) -> tuple[tuple[Edit, ...], dict[str, list[str]]]:
    """Return the edits that bring images back, and the other hubs that those reach, by file.

    A line that only these hubs follow is edited where it stands; else each hub gets an override of
    its own, or loses the one that kept it from the image it had. Raises NotBack, NoOwnFile …
    """
    production, found, shared = images.production, dict[str, Edit](), dict[str, list[str]]()
    in_chart = [back for back in backs if back.source == production.values_file]
    if in_chart and _are_all_followers(git, fleet, in_chart, production.values_file):
        before = Counter(back.before for back in in_chart).most_common(1)[0][0]
        change = imagevalues.naming(production.values_paths, name=before[0], tag=before[1])
        edit = edits.plan(git, production.values_file, change, commit=commit)
        found |= {edit.path: edit} if edit else {}
        backs = [back for back in backs if back not in in_chart or back.before != before]
    for back in backs:
        made = _of_one(git, fleet, images, back, found.values(), commit=commit)
        found |= {edit.path: edit for edit in made.edits}
        shared |= made.shared
    return tuple(found.values()), shared


def _are_all_followers(git: Git, fleet: Fleet, backs: Sequence[Back], file: str) -> bool:
    """Whether every hub that follows a chart's line is among these."""
    chosen, lister = {back.hub.name for back in backs}, Lister(WorkTree(git.root))
    others = (lister.describe(hub).hub_image for hub in fleet.hubs if hub.name not in chosen)
    return not any(image and image.source.startswith(f"{file}:") for image in others)


def _of_one(
    git: Git, fleet: Fleet, images: Images, back: Back, before: Iterable[Edit], *, commit: bool
) -> trials.Change:
    """Return the edits of one hub, after those that were planned before."""
    production = images.production
    ending = trials.end(git, fleet, back.hub, production, commit=commit)
    after = _runs(_with(git, [*before, *ending.edits]), back.hub)
    if ending.edits and not ending.shared and after == back.before:
        return ending
    return trials.begin(git, fleet, back.hub, production, back.before, commit=commit)


def verify(
    git: Git,
    fleet: Fleet,
    backs: Sequence[Back],
    planned: Sequence[Edit],
    shared: Mapping[str, Sequence[str]],
) -> None:
    """Raise NotBack where a hub would not run what it ran before, and ReachesOthers.

    shared has the other hubs that the edits of a file are known to reach.
    """
    wanted = {back.hub.name: back.before for back in backs}
    told = {name for names in shared.values() for name in names}
    now, then = Lister(WorkTree(git.root)), _with(git, planned)
    for hub in fleet.hubs:
        after = _runs(then, hub)
        if hub.name in wanted:
            if after != wanted[hub.name]:
                found = ":".join(after) if after else "no image"
                raise NotBack(hub, wanted[hub.name], found)
        elif hub.name not in told and after != _runs(now, hub):
            raise ReachesOthers(hub, after)


def _with(git: Git, planned: Iterable[Edit]) -> Lister:
    """Return what says what hubs run once edits are made."""
    return Lister(Overlaid(WorkTree(git.root), {edit.path: edit.after for edit in planned}))


def _runs(lister: Lister, hub: Hub) -> Named | None:
    found = lister.describe(hub).hub_image
    return found.whole if found else None

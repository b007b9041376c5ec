"""The image that a hub ran before, from git's history, and the edits that bring it back.

A rollback is told by the last line of its commit's message, so that the same command again does not
go back and forth between two images.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from posixpath import join, normpath

from hubimages import edits, imagevalues, trials
from hubimages.config import Settings
from hubimages.edits import Edit
from hubimages.errors import Failure
from hubimages.fleet import Fleet, Hub
from hubimages.git import Git
from hubimages.history import History
from hubimages.images import Images
from hubimages.lifecycle.ontrial import hub_then
from hubimages.listing import Lister
from hubimages.tree import Overlaid, Tree, WorkTree

TRAILER = "Rolled-back-from"
Named = tuple[str, str]  # an image's name and tag


class NothingBefore(Failure):
    """History knows no other image of a hub."""

    def __init__(self, hub: Hub, now: Named | None, *, shallow: bool) -> None:
        runs = f", which runs {now[0]}:{now[1]}" if now else ""
        super().__init__(
            f"git's history knows no image that {hub.name}{runs}, had before.",
            fix="git fetch --unshallow" if shallow else "add --tag TAG, to name one",
        )


class NotBack(Failure):
    """The edits would not give the hub the image that it had."""

    def __init__(self, hub: Hub, wanted: Named, found: str) -> None:
        super().__init__(
            f"{hub.name} would run {found} after the edit, not {wanted[0]}:{wanted[1]}.",
            fix=f"invoke hubs.list shows where it is said; edit that by hand, then invoke deploy --hub {hub.name}",
        )


@dataclass(frozen=True, kw_only=True)
class Back:
    """A hub, what it runs, and what it ran before; until is the last commit that had that."""

    hub: Hub
    now: Named
    before: Named
    until: str
    source: str  # path of the file that says what it runs now
    done: str = ""  # the commit of an earlier rollback that gave it what it has now


def look(git: Git, hub: Hub, settings: Settings, tag: str = "") -> Back:
    """Return what a hub ran before what it runs in HEAD; with tag, that one. Raises NothingBefore."""
    lister = Lister(WorkTree(git.root))
    listed = lister.describe(hub).hub_image
    now = (listed.name, listed.tag) if listed and listed.name and listed.tag else None
    if listed is None or now is None:
        raise NothingBefore(hub, None, shallow=git.shallow)
    source = listed.source.rpartition(":")[0]
    folder = join(normpath(settings.clusters_dir), hub.cluster)
    history = History.of(git, [normpath(settings.charts_dir), folder])
    since, passed = "", False  # the oldest commit of those that give the hub what it has now
    for commit, then in history.back(lambda tree: _image(tree, folder, hub)):
        if then is None or then == now:
            since = commit.id if then and not passed else since
            continue
        passed = True
        if not tag and (done := _rolled_back(git, since)):
            return Back(hub=hub, now=now, before=now, until=done, source=source, done=done)
        if tag in ("", then[1]):
            return Back(hub=hub, now=now, before=then, until=commit.id, source=source)
    if tag:
        return Back(hub=hub, now=now, before=(now[0], tag), until="", source=source)
    raise NothingBefore(hub, now, shallow=git.shallow)


def _image(tree: Tree, folder: str, hub: Hub) -> Named | None:
    """Return what a hub ran then; None where that cannot be told, or was nothing whole."""
    with suppress(Failure):
        then = hub_then(tree, folder, hub)
        lister = Lister(tree)
        found = lister.describe(then).hub_image if then else None
        if found and found.name and found.tag and not lister.problems:
            return found.name, found.tag
    return None


def _rolled_back(git: Git, commit: str) -> str:
    """Return the commit where it is a rollback's, else nothing."""
    if not commit:
        return ""
    body = git.ask("log", "--max-count=1", "--format=%B", commit)
    return commit if re.search(rf"^{TRAILER}: \S+$", body, re.MULTILINE) else ""


def plan(
    git: Git, fleet: Fleet, images: Images, backs: Sequence[Back], *, commit: bool
) -> tuple[tuple[Edit, ...], dict[str, list[str]]]:
    """Return the edits that bring images back, and the other hubs that those reach, by file.

    A line that only these hubs follow is edited where it stands; else each hub gets an override of
    its own, or loses the one that kept it from the image it had. Raises NotBack, NoOwnFile …
    """
    production, found, shared = images.production, dict[str, Edit](), dict[str, list[str]]()
    in_chart = [back for back in backs if back.source == production.values_file]
    if in_chart and _all_followers(git, fleet, in_chart, production.values_file):
        name, tag = in_chart[0].before

        def change(text: str) -> str:
            for path in production.values_paths:
                text = imagevalues.put(text, path, name=name, tag=tag)
            return text

        edit = edits.plan(git, production.values_file, change, commit=commit)
        found |= {edit.path: edit} if edit else {}
        backs = [back for back in backs if back not in in_chart]
    for back in backs:
        made = _of_one(git, fleet, images, back, commit=commit)
        found |= {edit.path: edit for edit in made.edits}
        shared |= made.shared
    return tuple(found.values()), shared


def _all_followers(git: Git, fleet: Fleet, backs: Sequence[Back], file: str) -> bool:
    """Whether every hub that follows a chart's line is among these, and all had the same before."""
    chosen, lister = {back.hub.name for back in backs}, Lister(WorkTree(git.root))
    for hub in fleet.hubs:
        listed = lister.describe(hub).hub_image
        if hub.name not in chosen and listed and listed.source.startswith(f"{file}:"):
            return False
    return len({back.before for back in backs}) == 1


def _of_one(git: Git, fleet: Fleet, images: Images, back: Back, *, commit: bool) -> trials.Change:
    tree, production = WorkTree(git.root), images.production
    ending = trials.end(git, fleet, back.hub, production, commit=commit)
    if ending.edits and not ending.shared and _after(tree, back.hub, ending.edits) == back.before:
        return ending
    return trials.begin(git, fleet, back.hub, production, back.before, commit=commit)


def verify(git: Git, backs: Sequence[Back], planned: Sequence[Edit]) -> None:
    """Raise NotBack where a hub would not run what it ran before."""
    for back in backs:
        after = _after(WorkTree(git.root), back.hub, planned)
        if after != back.before:
            raise NotBack(back.hub, back.before, ":".join(after) if after else "no image")


def _after(tree: Tree, hub: Hub, planned: Sequence[Edit]) -> Named | None:
    lister = Lister(Overlaid(tree, {edit.path: edit.after for edit in planned}))
    found = lister.describe(hub).hub_image
    return (found.name, found.tag) if found and found.name and found.tag else None


def message(backs: Sequence[Back]) -> str:
    """Return the commit message."""
    names = ", ".join(back.hub.name for back in backs)
    tags = {back.before[1] for back in backs}
    subject = f"Roll {names} back" + (f" to {tags.pop()}" if len(tags) == 1 else "")
    rows = [
        f"{back.hub.name} runs {':'.join(back.before)} again"
        + (f", as until {back.until[:12]}." if back.until else ".")
        for back in backs
    ]
    trailers = dict.fromkeys(f"{TRAILER}: {':'.join(back.now)}" for back in backs)
    return "\n\n".join([subject, "\n".join(rows), "\n".join(trailers)]) + "\n"

"""The image that a hub ran before, from git's history.

A rollback is told by its commit's message, so that the same command again does not go back and
forth between two images.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from posixpath import join, normpath

from hubimages.config import Settings
from hubimages.errors import Failure
from hubimages.fleet import Hub
from hubimages.git import Git
from hubimages.history import History
from hubimages.lifecycle.ontrial import hub_then
from hubimages.listing import Lister
from hubimages.tree import Tree

TRAILER = "Rolled-back-from"
Named = tuple[str, str]  # an image's name and tag


class NothingBefore(Failure):
    """History knows no other image of a hub."""

    def __init__(self, hub: Hub, now: Named | None, *, shallow: bool) -> None:
        other = f"other than {now[0]}:{now[1]} " if now else ""
        super().__init__(
            f"git's history knows no image {other}that {hub.name} had.",
            fix="git fetch --unshallow" if shallow else "add --tag TAG, to name one",
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
    """Return what a hub ran before what it runs in HEAD; with tag, that one. Raises NothingBefore.

    HEAD, rather than the work tree, where an interrupted rollback may have left its edit.
    """
    folder = join(normpath(settings.clusters_dir), hub.cluster)
    history = History.of(git, [normpath(settings.charts_dir), folder])
    listed = Lister(history.newest).describe(hub).hub_image
    now = listed.whole if listed else None
    if listed is None or now is None:
        raise NothingBefore(hub, None, shallow=git.shallow)
    source = listed.source.rpartition(":")[0]
    since, passed = "", False  # the oldest commit of those that give the hub what it has now
    for commit, then in history.back(lambda tree: _image(tree, folder, hub)):
        if then is None or then == now:
            since = commit.id if then and not passed else since
            continue
        passed = True
        if not tag and (done := _rolled_back(git, since, hub, now)):
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
        if found and not lister.problems:
            return found.whole
    return None


def _rolled_back(git: Git, commit: str, hub: Hub, now: Named) -> str:
    """Return the commit where it is a rollback that gave a hub what it has now, or merged one."""
    found = git.try_ask("log", "-z", "--format=%B", f"{commit}^1..{commit}") if commit else None
    for body in (found or "").split("\0"):
        trailer = re.search(rf"^{TRAILER}: \S+$", body, re.MULTILINE)
        if trailer and re.search(rf"^{re.escape(row(hub, now))}", body, re.MULTILINE):
            return commit
    return ""


def row(hub: Hub, image: Named) -> str:
    """Return what a rollback's message says of a hub."""
    return f"{hub.name} runs {':'.join(image)} again"


def message(backs: Sequence[Back]) -> str:
    """Return the commit message."""
    few = len(backs) <= 3
    names = ", ".join(back.hub.name for back in backs) if few else f"{len(backs)} hubs"
    tags = {back.before[1] for back in backs}
    subject = f"Roll {names} back" + (f" to {tags.pop()}" if len(tags) == 1 else "")
    rows = [
        row(back.hub, back.before) + (f", as until {back.until[:12]}." if back.until else ".")
        for back in backs
    ]
    trailers = dict.fromkeys(f"{TRAILER}: {':'.join(back.now)}" for back in backs)
    return "\n\n".join([subject, "\n".join(rows), "\n".join(trailers)]) + "\n"

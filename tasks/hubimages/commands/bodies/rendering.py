"""What render does."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Any

from invoke.context import Context

from hubimages import edits, fleet, scratch
from hubimages.commands.boundary import Finding
from hubimages.commands.session import Session, emit, start
from hubimages.console import Console
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Fleet, Hub, UnknownHub
from hubimages.rendering import differences
from hubimages.rendering.differences import Difference
from hubimages.rendering.hiding import hidden
from hubimages.rendering.manifests import Manifests
from hubimages.rendering.render import Rendered, Renderer, renderer
from hubimages.tree import WorkTree


class NoRevision(Failure):
    """--since names nothing that this clone has."""

    def __init__(self, rev: str) -> None:
        super().__init__(
            f"This clone has no commit `{rev}`.",
            fix="name a commit, a branch or a tag, such as HEAD~1 or origin/main; "
            "git fetch, if it is newer (--unshallow, if the clone is shallow)",
        )


class NotThen(Failure):
    """A hub cannot be rendered as it was at --since, so there is nothing to compare with."""

    def __init__(self, rev: str, failure: Failure) -> None:
        super().__init__(
            f"At {rev[:10]} the hub cannot be rendered: {failure.what}",
            fix="compare with another revision, or leave --since out",
        )


def render(c: Context, *, hub: str, since: str, output: str, json: bool) -> None:
    """Print what Helm would install on a hub, from your files as they are now."""
    session = start(c)
    hubs = fleet.load(session.work_tree, session.settings)
    on = hubs.named(hub or _pick(hubs))
    rev = _commit(session, since)
    run, settings = session.git.run, session.settings
    with renderer(run, session.git.root, settings, without_secrets=True) as here:
        rendered = here.render(on)
        _about_secrets(session, rendered)
        differ = _since(session, here, rendered, rev) if rev else None
    if output:
        _write(Path(output), rendered.manifests.text)
        session.console.say(f"wrote {output}")
    if json:
        emit(_as_json(rendered, differ))
    elif differ is not None:
        _say_differences(on, since, differ)
    elif not output:
        found = rendered.manifests
        sys.stdout.write(hidden(found) if rendered.values.confidential else found.text)
    if rendered.disagreement:
        session.console.error(rendered.disagreement)
        raise Finding


def _pick(hubs: Fleet) -> str:
    from hubimages.commands.bodies import sharing  # late: it brings all that edits values

    return sharing.pick_hub(hubs)


def _write(path: Path, text: str) -> None:
    try:
        edits.write(path, text, private=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise BadFile(path, f"cannot be written: {error.strerror}.") from None


def _commit(session: Session, since: str) -> str:
    if not since:
        return ""
    found = session.git.full(since)
    if found is None:
        raise NoRevision(since)
    return found


def _about_secrets(session: Session, rendered: Rendered) -> None:
    for path in rendered.values.left_out:
        session.console.warn(
            f"{path} is encrypted and could not be decrypted here; rendered without it"
        )
    if rendered.values.confidential:
        session.console.detail("note: what is secret is shown as ***; --output writes it as it is")


def _since(
    session: Session, here: Renderer, rendered: Rendered, rev: str
) -> tuple[Difference, ...]:
    """Return how a hub differs from what it was at a commit; where it was not, all of it is new."""
    scratch.sweep(session.git)
    git, settings, made_up = session.git, session.settings, here.made_up(rendered)
    with (
        scratch.worktree(git, rev, ()) as root,
        renderer(git.run, root, settings, without_secrets=True) as there,
    ):
        try:
            before = _rendered_then(there, rendered.hub)
        except Failure as failure:
            raise NotThen(rev, failure) from failure
    return differences.differences(before, rendered.manifests, made_up)


def _rendered_then(there: Renderer, hub: Hub) -> Manifests:
    try:
        then = fleet.load(WorkTree(there.root), there.settings).named(hub.name)
    except UnknownHub:
        return Manifests("")
    return there.render(then).manifests


def _as_json(rendered: Rendered, differ: tuple[Difference, ...] | None) -> dict[str, Any]:
    found = rendered.manifests
    return {
        "hub": rendered.hub.name,
        "release": rendered.placement.release,
        "namespace": rendered.placement.namespace,
        "hub_image": _image(found.hub_image),
        "user_image": _image(rendered.user_image),
        "listed": _image(rendered.listed),
        "agrees": rendered.disagreement is None,
        "left_out": rendered.values.left_out,
        "differences": differ,
    }


def _image(found: Any) -> dict[str, str | None] | None:
    return {"name": found.name, "tag": found.tag} if found else None


def _say_differences(hub: Hub, since: str, differ: tuple[Difference, ...]) -> None:
    report = Console(stream=sys.stdout)
    if not differ:
        report.say(f"{hub.name}: nothing differs from {since}")
    for difference in differ:
        report.say(str(difference))

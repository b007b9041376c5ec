"""What deploy does where the repository has a deployer of its own, or where merging deploys."""

from __future__ import annotations

from collections.abc import Sequence

from hubimages.commands import ask
from hubimages.commands.session import Session, emit
from hubimages.deploying import elsewhere
from hubimages.fleet import Hub
from hubimages.listing import Lister
from hubimages.tree import WorkTree


def by_another(
    session: Session,
    committed: WorkTree,
    hubs: Sequence[Hub],
    *,
    dry_run: bool,
    yes: bool,
    json: bool,
) -> None:
    """Run `deploy_command` for each hub, or say that the merge is what deploys."""
    say, command = session.console.say, session.settings.deploy_command
    lister = Lister(committed)
    images = {hub.name: _image(lister, hub) for hub in hubs}
    for name, image in images.items():
        say(f"{name}  → {image}")
    if command == elsewhere.MERGE:
        say(
            "`deploy_command` is none: merging is what deploys here (Argo CD, Flux, a workflow). "
            "Nothing was run; next: git push, and merge"
        )
    elif dry_run:
        for line in elsewhere.shown(command, hubs):
            say(f"would run: {line}")
    else:
        if ask.interactive():
            ask.confirm("Deploy?", yes=yes, default=False)
        for hub in hubs:
            elsewhere.deploy(session.git.run, session.git.root, command, [hub])
            session.console.did(f"deployed {hub.name}")
        say(f"deployed {len(hubs)} hub(s) with {command.split()[0]}")
    if json:
        emit([{"hub": name, "new": image} for name, image in images.items()])


def _image(lister: Lister, hub: Hub) -> str:
    found = lister.describe(hub).hub_image
    return ":".join(part for part in (found.name, found.tag) if part) if found else "(the chart's)"

"""What deploy does where the repository has a deployer of its own, or where merging deploys."""

from __future__ import annotations

from collections.abc import Sequence

from hubimages.commands import ask
from hubimages.commands.session import Session, emit
from hubimages.config import Settings
from hubimages.deploying import elsewhere
from hubimages.deploying.one import State
from hubimages.errors import Failure
from hubimages.fleet import Hub
from hubimages.listing import Lister
from hubimages.tree import WorkTree


class HelmsAffair(Failure):
    """A flag was given of which the repository's own deployer would never hear."""

    def __init__(self, flag: str, command: str, fix: str) -> None:
        super().__init__(
            f"{flag} is for deployments with Helm, and `deploy_command` is {command!r} here.",
            fix=fix,
        )


def refuse_for_another(settings: Settings, *, canary: str, context: str) -> None:
    """Raise HelmsAffair for flags that would be passed over without a word."""
    command = settings.deploy_command
    if command != elsewhere.HELM and canary:
        first = f"leave it out; first: invoke deploy --hub {canary}"
        raise HelmsAffair("--canary", command, fix=first)
    if command != elsewhere.HELM and context:
        raise HelmsAffair(
            "--context", command, fix="leave it out; that program chooses the cluster"
        )


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
    states: dict[str, State] = dict.fromkeys(images, "not begun")
    failure: Failure | None = None
    for name, image in images.items():
        say(f"{name}  → {image}")
    if command == elsewhere.MERGE:
        say(
            "`deploy_command` is none: merging is what deploys here (Argo CD, Flux, a workflow). "
            "Nothing was run; next: git push, and merge"
        )
    elif dry_run:
        for hub in hubs:
            say(f"would run: {elsewhere.shown(command, hub)}")
    else:
        if ask.interactive():
            ask.confirm("Deploy?", yes=yes, default=False)
        failure = _run(session, hubs, states)
    if json:
        emit([{"hub": name, "new": images[name], "state": states[name]} for name in images])
    if failure:
        raise failure


def _run(session: Session, hubs: Sequence[Hub], states: dict[str, State]) -> Failure | None:
    """Deploy hub after hub, note down what came of each, and return what failed."""
    command = session.settings.deploy_command
    for hub in hubs:
        try:
            elsewhere.deploy(session.git.run, session.git.root, command, hub)
        except Failure as failure:
            states[hub.name] = "failed"
            return failure
        states[hub.name] = "deployed"
        session.console.did(f"deployed {hub.name}")
    session.console.say(f"deployed {len(hubs)} hub(s) with {command.split()[0]}")
    return None


def _image(lister: Lister, hub: Hub) -> str:
    found = lister.describe(hub).hub_image
    return str(found) if found else "(the chart's)"

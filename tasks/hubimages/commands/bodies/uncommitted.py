"""Files of the hubs that are not committed, where what is deployed is what is committed."""

from __future__ import annotations

from collections.abc import Sequence

from hubimages.commands import ask
from hubimages.commands.session import Session
from hubimages.deploying import elsewhere
from hubimages.errors import Failure
from hubimages.fleet import Hub
from hubimages.rendering import inputs
from hubimages.tree import WorkTree


class NotInTheDeployment(Failure):
    """Files of the hubs are not committed, and what is deployed is what is committed."""

    def __init__(self, paths: Sequence[str]) -> None:
        shown = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
        super().__init__(
            f"Uncommitted changes would not be deployed: {shown}. What is deployed is what is committed.",
            fix="commit them (git add … && git commit) or set them aside (git stash --include-untracked)",
        )


class WouldBeInTheDeployment(Failure):
    """Files of the hubs are not committed, and the repository's own deployer would take them."""

    def __init__(self, refusal: Failure, command: str) -> None:
        super().__init__(
            f"`{command}` reads the work tree. {refusal.what.replace(' not', '', 1)}",
            fix=refusal.fix,
        )


def settle(
    session: Session, committed: WorkTree, hubs: Sequence[Hub], *, yes: bool, dry_run: bool
) -> None:
    """Ask about changes that are not in the deployment; without a terminal that is a refusal."""
    paths = {path for hub in hubs for path in inputs.of(committed, hub, session.settings)}
    changed = session.git.changed(sorted(paths))
    if not changed:
        return
    refusal: Failure = NotInTheDeployment(changed)
    command = session.settings.deploy_command
    theirs = command not in (elsewhere.HELM, elsewhere.MERGE)
    if theirs:
        refusal = WouldBeInTheDeployment(refusal, command)
    if not dry_run and (theirs or not (yes or ask.interactive())):
        raise refusal
    session.console.warn(refusal.what)
    asked = not dry_run and not yes
    if asked and not ask.agreed("Go on with the commit, without them?", default=False):
        raise refusal

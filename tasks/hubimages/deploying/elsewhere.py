"""A repository that has a deployer of its own: `deploy_command`, for instance `deployer deploy {cluster} {hub}`."""

from __future__ import annotations

import shlex
from pathlib import Path

from hubimages.errors import BadConfiguration, CommandFailed, Failure
from hubimages.fleet import Hub
from hubimages.process import Runner
from hubimages.redaction import quoted

HELM, MERGE = "helm", "none"  # what deploy_command can be beside the words of a program


class DeployerFailed(Failure):
    """The repository's own deployer ended with an error."""

    def __init__(self, hub: Hub, error: CommandFailed) -> None:
        super().__init__(
            f"{hub.name}: {error.what}",
            fix="mend what it names, then run the same command again",
        )


def argv(command: str, hub: Hub) -> list[str]:
    """Return the words of deploy_command for a hub; raises BadConfiguration."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadConfiguration(
            f"`deploy_command` under `hubimages:` is {command!r}: {error}.",
            fix='for instance deploy_command: "deployer deploy {cluster} {hub}"',
        ) from None
    return [word.format(cluster=hub.cluster, hub=hub.hub) for word in words]


def deploy(run: Runner, root: Path, command: str, hub: Hub) -> None:
    """Run the deployer for a hub, in the repository's root; raises DeployerFailed, CommandMissing."""
    try:
        run.stream(argv(command, hub), cwd=root)
    except CommandFailed as error:
        raise DeployerFailed(hub, error) from error


def shown(command: str, hub: Hub) -> str:
    """Return the command as a person would type it."""
    return quoted(argv(command, hub))

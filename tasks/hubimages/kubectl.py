"""The `kubectl` command, for what Helm does not tell: whether a Deployment has rolled out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.process import Runner

_SLACK = 15.0  # seconds beyond kubectl's own time-out


class RolloutFailed(Failure):
    """A Deployment did not roll out, or its state cannot be told."""

    def __init__(self, deployment: str, namespace: str, said: str) -> None:
        super().__init__(
            f"The Deployment {deployment} in namespace {namespace} has not rolled out: {said}",
            fix=f"kubectl describe deployment {deployment} --namespace {namespace}",
        )


@dataclass(frozen=True)
class Kubectl:
    """kubectl, led to one namespace of one context."""

    run: Runner
    context: str
    namespace: str

    def is_there(self) -> bool:
        """Whether there is a kubectl command at all."""
        try:
            return self.run(["kubectl", "version", "--client"], check=False, timeout=60).code == 0
        except (CommandMissing, CommandTimedOut):
            return False

    def rollout(self, deployment: str, seconds: int) -> None:
        """Wait until a Deployment's new pods, and no old ones, are ready; raises RolloutFailed."""
        words = ["rollout", "status", f"deployment/{deployment}", f"--timeout={seconds}s"]
        self._ask(deployment, words, seconds + _SLACK)

    def image(self, deployment: str, container: str) -> str | None:
        """Return the image of a container of a Deployment, or None where it has none of that name."""
        said = self._ask(deployment, ["get", "deployment", deployment, "--output=json"], _SLACK * 4)
        found = json.loads(said)["spec"]["template"]["spec"]["containers"]
        return next((str(one["image"]) for one in found if one["name"] == container), None)

    def _ask(self, deployment: str, words: list[str], timeout: float) -> str:
        where = [f"--context={self.context}", f"--namespace={self.namespace}"]
        try:
            return self.run(["kubectl", *words, *where], timeout=timeout).stdout
        except CommandFailed as error:
            said = (
                error.stderr.strip() or error.stdout.strip() or "it did not say why"
            ).splitlines()
            raise RolloutFailed(deployment, self.namespace, said[-1]) from None
        except CommandTimedOut as error:
            raise RolloutFailed(deployment, self.namespace, error.what) from None

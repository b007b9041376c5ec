"""The `kubectl` command, for what Helm does not tell: whether a Deployment has rolled out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.process import Runner

_QUESTION = 60.0  # seconds for a question, which kubectl asks five times
_NOT_ROLLED_OUT = ("timed out waiting", "exceeded its progress deadline")
_SLACK = 15.0  # seconds beyond kubectl's own time-out


class KubectlFailed(Failure):
    """kubectl ended with an error, or did not end; it has no answer to what was asked."""

    def __init__(self, doing: str, said: str) -> None:
        super().__init__(f"{doing}: {said}", fix="run the same command again once that is mended")


class RolloutFailed(Failure):
    """A Deployment did not roll out, by kubectl's own word."""

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
        """Wait until a Deployment's new pods, and no old ones, are ready.

        Raises RolloutFailed where they do not become so, KubectlFailed where that cannot be told.
        """
        words = ["rollout", "status", f"deployment/{deployment}", f"--timeout={seconds}s"]
        try:
            self._ask(words, seconds + _SLACK)
        except (CommandFailed, CommandTimedOut) as error:
            said = _said(error)
            if any(word in said for word in _NOT_ROLLED_OUT):
                raise RolloutFailed(deployment, self.namespace, said) from None
            raise KubectlFailed("kubectl rollout status", said) from None

    def image(self, deployment: str, container: str) -> str | None:
        """Return the image of a container of a Deployment, or None where it has none of that name.

        Raises KubectlFailed where the Deployment cannot be seen.
        """
        words = ["get", "deployment", deployment, "--output=json"]
        try:
            found = json.loads(self._ask(words, _QUESTION))
        except (CommandFailed, CommandTimedOut) as error:
            raise KubectlFailed("kubectl get deployment", _said(error)) from None
        containers = found["spec"]["template"]["spec"]["containers"]
        return next((str(one["image"]) for one in containers if one["name"] == container), None)

    def delete_secret(self, name: str) -> None:
        """Delete a Secret; raises KubectlFailed."""
        try:
            self._ask(["delete", "secret", name], _QUESTION)
        except (CommandFailed, CommandTimedOut) as error:
            raise KubectlFailed(f"The Secret {name} cannot be deleted", _said(error)) from None

    def _ask(self, words: list[str], timeout: float) -> str:
        where = [f"--context={self.context}", f"--namespace={self.namespace}"]
        return self.run(["kubectl", *words, *where], timeout=timeout).stdout


def _said(error: CommandFailed | CommandTimedOut) -> str:
    if isinstance(error, CommandTimedOut):
        return error.what
    lines = (error.stderr.strip() or error.stdout.strip()).splitlines()
    return lines[-1] if lines else "it did not say why"

"""What goes wrong with Helm and the cluster behind it, told apart by what Helm prints.

Helm has one exit code for everything, so its words are all there is. They are those of its
versions 3 and 4.
"""

from __future__ import annotations

import re

from hubimages.errors import CommandFailed, CommandTimedOut, Failure

_LONGEST = 800  # characters of Helm's own words
_UNREACHABLE = (
    "cluster unreachable",
    "connection refused",
    "connection reset",
    "no such host",
    "i/o timeout",
    "tls handshake timeout",
    "x509:",
    "unable to connect to the server",
    "the server is currently unable to handle the request",
    "http: server gave http response to https client",
    "unexpected eof",
)
_FORBIDDEN = (
    "forbidden",
    "unauthorized",
    "must be logged in",
    "getting credentials",
    "asked for the client to provide credentials",
)
_BUSY = "another operation (install/upgrade/rollback) is in progress"
_SLOW = ("timed out waiting", "deadline exceeded", "resource not ready", "not ready. status:")
_REJECTED = ("admission webhook", "is invalid:", "denied the request", "validation failed")


class NoHelm(Failure):
    """There is no `helm` command."""

    def __init__(self) -> None:
        super().__init__(
            "There is no `helm` command on the PATH, and hubs are rendered and deployed with it.",
            fix="install Helm 3 or 4: https://helm.sh/docs/intro/install/",
        )


class HelmTooOld(Failure):
    """The `helm` command is of a version that is not known here."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"`helm version` says {said or 'nothing'}; Helm 3 or 4 is needed.",
            fix="install Helm 3 or 4: https://helm.sh/docs/intro/install/",
        )


class HelmFailed(Failure):
    """Helm ended with an error that is none of the others here."""


class ChartBroken(HelmFailed):
    """A chart cannot be rendered with these values, or its dependencies cannot be had."""


class ClusterSilent(HelmFailed):
    """The cluster cannot be reached, or does not answer."""


class NotAllowed(HelmFailed):
    """The cluster does not let this person do it."""


class BadRelease(HelmFailed):
    """Another operation on the release is under way, or was cut off."""


class NotReady(HelmFailed):
    """What was installed did not become ready in its time."""


class Rejected(HelmFailed):
    """The cluster does not take what the chart makes."""


def meaning(error: CommandFailed | CommandTimedOut, doing: str) -> HelmFailed:
    """Return what a failed helm command means; doing says what was being done, as a noun."""
    if isinstance(error, CommandTimedOut):
        return ClusterSilent(
            f"{doing}: no answer within {error.seconds:.0f} s.",
            fix="see whether `helm list` answers, then run the same command again",
        )
    if error.status < 0:
        return HelmFailed(
            f"{doing}: helm was ended by signal {-error.status}.",
            fix="run the same command again: it takes back what had been begun, and goes on",
        )
    said = _said(error)
    low = said.lower()
    if _BUSY in low:
        return BadRelease(
            f"{doing}: Helm says that another operation on this release is in progress.",
            fix="wait for it to end, then run the same command again",
        )
    lost = (
        "cluster unreachable" in low
    )  # while it waited: nothing got ready because nothing was seen
    if not lost and any(word in low for word in _SLOW):
        return NotReady(
            f"{doing}: it did not become ready in time. {said}",
            fix="see what its pods say: kubectl get pods, kubectl describe pod, kubectl logs deployment/hub",
        )
    if any(word in low for word in _FORBIDDEN):
        return NotAllowed(
            f"{doing}: the cluster refuses this login. {said}",
            fix="log in to the cluster, or ask who runs it for the rights that are named",
        )
    if any(word in low for word in _REJECTED):
        return Rejected(
            f"{doing}: the cluster does not take what the chart makes. {said}",
            fix="mend the values or the chart that it names, commit, and run the same command again",
        )
    if any(word in low for word in _UNREACHABLE):
        return ClusterSilent(
            f"{doing}: the cluster cannot be reached. {said}",
            fix="see whether `helm list` answers (VPN, login, kubeconfig), then run the same command again",
        )
    return HelmFailed(f"{doing}: {said}", fix="mend what it names, then run the same command again")


def broken_chart(error: CommandFailed | CommandTimedOut, doing: str, fix: str) -> ChartBroken:
    """Return what a failure of Helm means that no cluster had a part in."""
    if isinstance(error, CommandTimedOut):
        return ChartBroken(f"{doing}: helm did not end within {error.seconds:.0f} s.", fix=fix)
    return ChartBroken(f"{doing}: {_said(error)}", fix=fix)


def _said(error: CommandFailed) -> str:
    """Return Helm's own words: from its first `Error:` on, in one line where they are short."""
    text = (error.stderr or error.stdout).strip()
    found = re.search(r"^Error: ", text, re.MULTILINE)  # Helm 4 writes warnings before it
    words = " ".join(text[found.end() if found else 0 :].split())
    return words if len(words) < _LONGEST else f"… {words[-_LONGEST:]}"

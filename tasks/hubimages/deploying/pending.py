"""Releases that Helm calls pending: another deployment is under way, or one was cut off.

Helm refuses any upgrade then, for ever, and does not say which of the two it is. One of ours that
was killed is known by a note that it left on this machine; what others began is taken for cut off
once it is older than any deployment takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from hubimages import locks
from hubimages.deploying.standing import Standing
from hubimages.errors import Failure
from hubimages.helm import Helm, Release, Revision
from hubimages.kubectl import Kubectl


class UnderWay(Failure):
    """A release is pending, and may be another's deployment that is under way."""

    def __init__(self, release: Release, last: Revision, minutes: int) -> None:
        since = f" since {last.updated:%H:%M:%S %Z}" if last.updated else ""
        super().__init__(
            f"Revision {last.number} of {release} is {last.status}{since}: another deployment is under way, "
            "or was cut off elsewhere.",
            fix=f"wait for it; after {minutes} minutes it is taken for cut off. If nobody is deploying, --force goes on now",
        )


class AlsoHere(Failure):
    """Another run on this machine is deploying the same release."""

    def __init__(self, release: Release) -> None:
        super().__init__(
            f"Another run on this machine is deploying {release}.",
            fix="wait for it to end, then run the same command again",
        )


class NeverInstalled(Failure):
    """The first installation was cut off, and it takes kubectl to have Helm forget it."""

    def __init__(self, release: Release) -> None:
        super().__init__(
            f"The first installation of {release} was cut off. To go on, Helm has to forget it, for which "
            "kubectl is needed, and it is not there.",
            fix="install kubectl; or, which removes all that was installed and its volumes: "
            f"helm uninstall {release.name} --namespace {release.namespace} --kube-context {release.context}",
        )


@dataclass(frozen=True)
class Note:
    """What a deployment leaves on this machine until it has ended: the last revision before it."""

    release: Release

    @property
    def path(self) -> Path:
        """Where it stands."""
        key = sha256(str(self.release).encode()).hexdigest()[:16]
        return locks.folder() / f"deploying-{key}"

    def is_of(self, revision: Revision) -> bool:
        """Whether a revision was begun on this machine: the next one, or the way back from that."""
        try:
            before = int(self.path.read_text())
        except (OSError, ValueError):
            return False
        return before < revision.number <= before + 2

    def put(self, last: Revision | None) -> None:
        """Note down the last revision."""
        self.path.write_text(str(last.number if last else 0))

    def remove(self) -> None:
        """Take it away: what was begun has ended."""
        self.path.unlink(missing_ok=True)


@contextmanager
def alone(release: Release) -> Iterator[None]:
    """Let one run on this machine deploy a release at a time; raises AlsoHere."""
    from filelock import Timeout

    lock = locks.lock(str(release))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AlsoHere(release) from None
    try:
        yield
    finally:
        lock.release()


def settle(
    helm: Helm, release: Release, found: Standing, *, seconds: int, force: bool, now: datetime
) -> bool:
    """Take a deployment that was cut off back, so that Helm takes another one; return whether there was one.

    The hub goes back to what it ran before. Where it had never been installed, Helm forgets that it
    tried, and what it had made by then stays, volumes above all. Raises UnderWay, NeverInstalled.
    """
    last = found.last
    if last is None or not last.pending:
        return False
    longest = timedelta(seconds=2 * seconds + 60)
    old = last.updated is not None and now - last.updated > longest
    if not (force or old or Note(release).is_of(last)):
        raise UnderWay(release, last, int(longest.total_seconds() // 60) + 1)
    if found.deployed:
        Note(release).put(last)
        helm.rollback(release, found.deployed.number, seconds=seconds)
        return True
    kubectl = Kubectl(helm.run, release.context, release.namespace)
    if not kubectl.is_there():
        raise NeverInstalled(release)
    # rather than `helm uninstall`, which would remove the hub's volumes
    kubectl.delete_secret(f"sh.helm.release.v1.{release.name}.v{last.number}")
    return True


def now() -> datetime:
    """Return the time with its zone, as Helm has it."""
    return datetime.now(UTC)

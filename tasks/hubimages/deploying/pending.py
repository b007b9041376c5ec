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


class UnderWay(Failure):
    """A release is pending, and may be another's deployment that is under way."""

    def __init__(self, release: Release, last: Revision, minutes: int) -> None:
        since = f" since {last.updated:%H:%M:%S %Z}" if last.updated else ""
        super().__init__(
            f"Revision {last.number} of {release} is {last.status}{since}: another deployment is under way, "
            "or was cut off elsewhere.",
            fix=f"wait for it; after {minutes} minutes it is taken for cut off. If nobody is deploying, --force goes on now",
        )


@dataclass(frozen=True)
class Note:
    """What a deployment leaves on this machine for as long as Helm works for it: a revision's number."""

    release: Release

    @property
    def path(self) -> Path:
        """Where it stands."""
        return locks.folder() / f"deploying-{sha256(str(self.release).encode()).hexdigest()[:16]}"

    def is_of(self, revision: Revision) -> bool:
        """Whether a revision was begun on this machine, and never ended."""
        try:
            return self.path.read_text() == str(revision.number)
        except OSError:
            return False

    @contextmanager
    def of_next(self, last: Revision | None) -> Iterator[None]:
        """Note down the revision that Helm is about to make; gone once Helm has ended by itself."""
        self.path.write_text(str(last.number + 1 if last else 1))
        try:
            yield
        except Failure:
            self.path.unlink(missing_ok=True)
            raise
        self.path.unlink(missing_ok=True)


def settle(
    helm: Helm, release: Release, found: Standing, *, seconds: int, force: bool, now: datetime
) -> bool:
    """Take a deployment that was cut off back, so that Helm takes another one; return whether there was one.

    The hub goes back to what it ran before, or stays what the first installation has made of it.
    Raises UnderWay.
    """
    last = found.last
    if last is None or not last.pending:
        return False
    longest = timedelta(seconds=2 * seconds + 60)
    old = last.updated is not None and now - last.updated > longest
    if not (force or old or Note(release).is_of(last)):
        raise UnderWay(release, last, int(longest.total_seconds() // 60) + 1)
    to = found.deployed or last
    helm.rollback(release, to.number, seconds=seconds)
    return True


def now() -> datetime:
    """Return the time with its zone, as Helm has it."""
    return datetime.now(UTC)

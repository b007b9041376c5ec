"""What can be said of a tag; what nobody could tell is None, and a note says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hubimages.redaction import redact

PinsFrom = Literal["commit", "labels"]


def shown(text: str) -> str:
    """Return what others wrote, in a label or a commit, without credentials and control characters."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in redact(text))


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What an image was built from.

    id is abbreviated where only the tag tells it. date is the author's, ISO 8601; subject and
    date are None where the commit is not in this clone, branches are the remote's that have it.
    """

    id: str
    here: bool
    subject: str | None = None
    date: str | None = None
    on_main: bool | None = None
    branches: tuple[str, ...] = ()
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Where and when a file first named the tag; date is the committer's, ISO 8601."""

    path: str
    commit: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Promoted:
    """The name that the same bits were built under; same_digest is None where it is not known."""

    name: str
    tag: str
    same_digest: bool | None


@dataclass(frozen=True, kw_only=True)
class Use:
    """A hub that runs it, and the path:line that says so; follows: it is the chart that says so."""

    hub: str
    source: str
    follows: bool


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is known of a tag (or digest) of an image; size is compressed, in bytes."""

    image: str
    name: str
    tag: str
    digest: str | None
    commit: Commit | None
    pins: tuple[str, ...]
    pins_from: PinsFrom | None
    base: str | None
    size: int | None
    layers: int | None
    platforms: tuple[str, ...]
    created: str | None
    source: str | None
    recorded: Recorded | None
    promoted_from: Promoted | None
    hubs: tuple[Use, ...]
    notes: tuple[str, ...]

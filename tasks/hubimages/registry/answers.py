"""What a registry can say; a caller matches on the class, so that "don't know" is never a no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hubimages.errors import Failure


class Unanswered(Failure):
    """A registry, or what lies on the way to it, gave no answer; it ends as an Unknown."""


@dataclass(frozen=True)
class There:
    """The registry has it; digest is that of the manifest or index which the tag names."""

    digest: str


@dataclass(frozen=True)
class NotThere:
    """The registry was asked and has no such repository, tag or digest."""


@dataclass(frozen=True)
class Unknown:
    """The registry did not say; why is a sentence or two, fix the next command or act, or empty."""

    why: str
    fix: str = ""

    @classmethod
    def because(cls, failure: Failure) -> Unknown:
        """Return a failure as an answer."""
        return cls(failure.what, failure.fix)


Answer = There | NotThere | Unknown


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One platform's image: what runs.

    size is the sum of its layers as they are sent (compressed), in bytes; created is as the
    builder wrote it, in general RFC 3339.
    """

    digest: str
    config_digest: str
    labels: Mapping[str, str] = field(hash=False)
    created: str | None
    size: int
    layers: int


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a tag names.

    digest is that of the index, or of the manifest where there is no index; platforms are written
    `os/arch` or `os/arch/variant`; manifest is None where the platform asked for is not among them.
    """

    digest: str
    platforms: tuple[str, ...]
    manifest: Manifest | None


@dataclass(frozen=True)
class Granted:
    """The registry opened an upload, so a push can begin."""


@dataclass(frozen=True)
class NotLoggedIn:
    """No login is kept for this registry, and without one it takes no push."""

    why: str
    fix: str


@dataclass(frozen=True)
class Refused:
    """A login is kept, and the registry does not accept it, or not for pushing here."""

    why: str
    fix: str


@dataclass(frozen=True)
class RepositoryMissing:
    """The registry has no such repository, and does not make one by itself."""

    why: str
    fix: str


PushRights = Granted | NotLoggedIn | Refused | RepositoryMissing | Unknown

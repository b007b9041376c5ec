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
    """The registry did not say; why is a sentence or two, fix the next command or act, or empty.

    denied says that it will not say to us: the image is closed to whoever asked, if it is there.
    """

    why: str
    fix: str = ""
    denied: bool = field(default=False, compare=False)

    @classmethod
    def because(cls, failure: Failure) -> Unknown:
        """Return a failure as an answer."""
        return cls(failure.what, failure.fix)


Answer = There | NotThere | Unknown


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One platform's image: what runs.

    size is the sum of its layers as they are sent (compressed), in bytes; created is as the
    builder wrote it, in general RFC 3339; diff_ids are the digests of its layers unpacked, from
    the lowest up, and empty where the configuration does not say them.
    """

    digest: str
    config_digest: str
    labels: Mapping[str, str] = field(hash=False)
    created: str | None
    size: int
    layers: int
    diff_ids: tuple[str, ...] = ()


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


PushRefusal = NotLoggedIn | Refused | RepositoryMissing | Unknown
PushRights = Granted | PushRefusal


@dataclass(frozen=True)
class Copied:
    """The target's tag names the image, by the same digest; already says that it did before."""

    digest: str
    already: bool = False


@dataclass(frozen=True)
class Taken:
    """The target's tag names another image (digest), which stays as it is."""

    digest: str


@dataclass(frozen=True)
class Differs:
    """The image was written, and the tag then names another one, or none: somebody interferes."""

    digest: str | None


Copying = Copied | Taken | Differs | NotThere | PushRefusal

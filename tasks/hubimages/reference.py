"""The name of an image, as people write it and as a registry knows it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hubimages.errors import Failure

DOCKER_HUB = "docker.io"

# The grammar of docker's own references: https://github.com/distribution/reference
_HOST_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"(?:{_HOST_LABEL}(?:\.{_HOST_LABEL})*|\[[0-9A-Fa-f:]+\])"
_REGISTRY = re.compile(rf"{_HOST}(?::(?P<port>[0-9]{{1,5}}))?")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_LONGEST = 255  # characters of registry and repository together


class BadReference(Failure):
    """A text is not the name of an image."""

    def __init__(self, text: str, why: str, *, fix: str = "") -> None:
        super().__init__(
            f"{text!r} is not the name of an image: {why}",
            fix=fix or "write it as REGISTRY/REPOSITORY:TAG, for instance quay.io/org/hub:1.0",
        )
        self.why = why


def is_tag(text: str) -> bool:
    """Whether text can be an image's tag."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether text is the digest of a manifest or blob, as `sha256:` and 64 hex digits."""
    return _DIGEST.fullmatch(text) is not None


@dataclass(frozen=True)
class Reference:
    """One image: where it is kept and which one of its versions.

    registry is a host with an optional port, `docker.io` for Docker Hub; repository is the path
    there, `library/…` for Docker Hub's official images. Whatever is built raises BadReference
    unless every part is well formed, so that parts can be put into URLs as they are.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __post_init__(self) -> None:
        if why := self._flaw():
            raise BadReference(str(self), why)

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Return the image that text names by docker's rules, or raise BadReference.

        The first part is a registry only where it has a dot or a colon or is `localhost`.
        """
        if "://" in text:
            raise BadReference(
                text, "it starts like a web address.", fix="leave out the part up to ://"
            )
        rest, at, digest = text.partition("@")
        name, tag = split_tag(rest)
        registry, repository = _split_registry(name)
        try:
            return cls(registry, repository, tag, digest if at else None)
        except BadReference as bad:
            raise BadReference(text, bad.why) from None

    @property
    def name(self) -> str:
        """The image's name without tag and digest, as docker writes it: short for Docker Hub."""
        if self.registry != DOCKER_HUB:
            return f"{self.registry}/{self.repository}"
        for short in (self.repository.removeprefix("library/"), self.repository):
            if _split_registry(short) == (self.registry, self.repository):
                return short
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        return f"{self.name}{tag}" + ("" if self.digest is None else f"@{self.digest}")

    def with_tag(self, tag: str) -> Reference:
        """Return the same image under another tag, and without a digest."""
        return replace(self, tag=tag, digest=None)

    def _flaw(self) -> str | None:
        found = _REGISTRY.fullmatch(self.registry)
        if not found or int(found["port"] or 0) > 65535:
            return f"{self.registry!r} is not a registry's host."
        if not self.repository:
            return "it names no repository."
        if not _REPOSITORY.fullmatch(self.repository):
            if _REPOSITORY.fullmatch(self.repository.lower()):
                return "a repository is written in lower case."
            return f"{self.repository!r} is not a repository."
        if len(self.registry) + 1 + len(self.repository) > _LONGEST:
            return f"it is longer than {_LONGEST} characters."
        if self.tag is not None and not is_tag(self.tag):
            return (
                f"{self.tag!r} is not a tag (at most 128 of A-Z a-z 0-9 _ . -, not led by . or -)."
            )
        if self.digest is not None and not is_digest(self.digest):
            return f"{self.digest!r} is not a digest (sha256: and 64 hex digits)."
        return None


def split_tag(text: str) -> tuple[str, str | None]:
    """Split off the tag; a colon before the last slash is a registry's port."""
    name, colon, tag = text.rpartition(":")
    return (text, None) if not colon or "/" in tag else (name, tag)


def _split_registry(name: str) -> tuple[str, str]:
    """Split a name into registry and repository as docker does."""
    first, slash, rest = name.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, rest = DOCKER_HUB, name
    if first == f"index.{DOCKER_HUB}":
        first = DOCKER_HUB
    if first == DOCKER_HUB and rest and "/" not in rest:
        rest = f"library/{rest}"
    return first, rest

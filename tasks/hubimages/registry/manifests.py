"""Reading what a registry sends: manifests, indexes, configs; all of it checked, none trusted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from hubimages.reference import is_digest
from hubimages.registry.answers import Manifest, Unanswered

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
ACCEPT = ", ".join(INDEXES + MANIFESTS)
_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
_ATTESTATION = "unknown/unknown"  # what buildx files provenance under, beside the platforms


class Unexpected(Unanswered):
    """A registry sent something else than the distribution and image specifications say."""

    def __init__(self, what: str, *, sender: str = "The registry") -> None:
        super().__init__(f"{sender} sent {what}.", fix="check that this address is a registry")
        self.thing = what


def digest_of(body: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of a manifest or blob."""
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def checked(body: bytes, digest: str) -> bytes:
    """Return body if it is what digest says, else raise Unexpected."""
    if digest_of(body, digest.partition(":")[0]) != digest:
        raise Unexpected(f"content that is not what its digest says ({digest})")
    return body


@dataclass(frozen=True)
class Index:
    """Several platforms' manifests under one tag: pairs of platform and digest."""

    entries: tuple[tuple[str, str], ...]

    def choose(self, platform: str) -> str | None:
        """Return the digest for a platform; `linux/arm64` also stands for `linux/arm64/v8`."""
        for name, digest in self.entries:
            if name == platform:
                return digest
        return next((d for name, d in self.entries if name.startswith(f"{platform}/")), None)


@dataclass(frozen=True)
class Layers:
    """One platform's manifest: its config and the sizes of its layers in bytes."""

    config: str
    sizes: tuple[int, ...]


def read_manifest(body: bytes) -> Index | Layers:
    """Return what a manifest's bytes say, or raise Unexpected."""
    content = _object(_load(body))
    if content.get("schemaVersion") != 2:
        raise Unexpected("no manifest of the second schema")
    if "manifests" in content:
        return Index(tuple(_entries(content["manifests"])))
    config = _object(content.get("config"))
    if config.get("mediaType") not in _CONFIGS:
        raise Unexpected("a manifest of something that is no container image")
    layers = [_object(layer) for layer in _list(content.get("layers"))]
    return Layers(_digest(config), tuple(_size(layer) for layer in layers))


@dataclass(frozen=True)
class Blob:
    """A config or layer: its digest, and its size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class Parts:
    """Everything that a manifest or index is made of, whatever it is for."""

    media_type: str
    manifests: tuple[str, ...]
    blobs: tuple[Blob, ...]


def read_parts(body: bytes, told: str) -> Parts:
    """Return the parts of a manifest, or raise Unexpected; told is the registry's `Content-Type`.

    Layers that are not to be distributed, and say where else they are, are left out: registries
    take the manifest without them.
    """
    content = _object(_load(body))
    media_type = content.get("mediaType") or told.partition(";")[0].strip()
    if media_type in INDEXES:
        entries = [_object(entry) for entry in _list(content.get("manifests"))]
        return Parts(media_type, tuple(map(_digest, entries)), ())
    if media_type not in MANIFESTS:
        raise Unexpected("a manifest of a kind that is not known")
    layers = [_object(layer) for layer in _list(content.get("layers"))]
    kept = [_object(content.get("config")), *(layer for layer in layers if not _is_foreign(layer))]
    blobs = {_digest(part): Blob(_digest(part), _size(part)) for part in kept}
    return Parts(media_type, (), tuple(blobs.values()))


def _is_foreign(layer: dict[str, Any]) -> bool:
    kind = str(layer.get("mediaType"))
    return bool(layer.get("urls")) and (".foreign." in kind or ".nondistributable." in kind)


def read_config(body: bytes, digest: str, layers: Layers) -> tuple[str, Manifest]:
    """Return the platform and the facts of one image, from its config's bytes and its manifest.

    digest is the manifest's. Raises Unexpected.
    """
    content = _object(_load(body))
    labels = _object(_object(content.get("config") or {}).get("Labels") or {})
    if not all(isinstance(value, str) for value in labels.values()):
        raise Unexpected("labels that are no text")
    created = content.get("created")
    layered = _object(content.get("rootfs") or {})
    return _platform(content), Manifest(
        digest=digest,
        config_digest=layers.config,
        labels=labels,
        created=created if isinstance(created, str) else None,
        size=sum(layers.sizes),
        layers=len(layers.sizes),
        diff_ids=tuple(_text(one) for one in _list(layered.get("diff_ids") or [])),
    )


def read_tags(body: bytes) -> list[str]:
    """Return one page of a repository's tags, or raise Unexpected."""
    tags = _object(_load(body)).get("tags")
    return [_text(tag) for tag in _list([] if tags is None else tags)]


def error_codes(body: bytes) -> list[str] | None:
    """Return the codes of a registry's error answer; None where it is not one."""
    try:
        errors = _list(_object(_load(body)).get("errors"))
    except Unexpected:
        return None
    codes = [error.get("code") for error in errors if isinstance(error, dict)]
    return [code for code in codes if isinstance(code, str)]


def _entries(manifests: object) -> list[tuple[str, str]]:
    entries = []
    for each in _list(manifests):
        entry = _object(each)
        platform = _platform(_object(entry.get("platform") or {}))
        if platform != _ATTESTATION:
            entries.append((platform, _digest(entry)))
    return entries


def _platform(content: dict[str, Any]) -> str:
    parts = [content.get("os") or "unknown", content.get("architecture") or "unknown"]
    return "/".join(_text(part) for part in [*parts, content.get("variant")] if part)


def _load(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unexpected("something that is no JSON") from None


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unexpected("JSON of another shape than was asked for")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Unexpected("JSON of another shape than was asked for")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise Unexpected("a name that is no plain text")
    return value


def _digest(entry: dict[str, Any]) -> str:
    digest = entry.get("digest")
    if not isinstance(digest, str) or not is_digest(digest):
        raise Unexpected("a digest that is none")
    return digest


def _size(entry: dict[str, Any]) -> int:
    size = entry.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise Unexpected("a size that is none")
    return size

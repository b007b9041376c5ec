"""Where an image's name and tag stand in Helm values: {name, tag}, {repository, tag} or one text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, reduce

from hubimages import yamledit

Path = tuple[str | int, ...]
_NAMES = ("name", "repository")


@dataclass(frozen=True)
class Stated:
    """What a values file says of an image; None for what it does not say."""

    name: str | None
    tag: str | None


def stated(text: str, path: Path) -> Stated:
    """Return what a values file says at an image path."""
    found = yamledit.find(text, path)
    if isinstance(found, str):
        whole = found.partition("@")[0]  # a digest is neither
        repository, _, last = whole.rpartition(":")
        tagged = bool(repository) and "/" not in last  # else the colon is that of a port
        return Stated(repository, last) if tagged else Stated(whole, None)
    if not isinstance(found, dict):
        return Stated(None, None)
    name = next((found[key] for key in _NAMES if found.get(key) is not None), None)
    tag = found.get("tag")
    return Stated(None if name is None else str(name), None if tag is None else str(tag))


def changes(text: str, path: Path, *, name: str | None, tag: str | None) -> dict[Path, str]:
    """Return which scalars make a values file say name and tag at an image path."""
    found = yamledit.find(text, path)
    if isinstance(found, str):
        if name is None and tag is None:
            return {}
        now = stated(text, path)
        parts = (name or now.name, tag or now.tag)
        return {path: ":".join(part for part in parts if part)}
    keys = [key for key in _NAMES if isinstance(found, dict) and key in found] or [_NAMES[0]]
    wanted: dict[Path, str] = {(*path, key): name for key in keys} if name is not None else {}
    if tag is not None:
        wanted[*path, "tag"] = tag
    there = found if isinstance(found, dict) else {}
    return {at: value for at, value in wanted.items() if there.get(at[-1]) != value}


def put(text: str, path: Path, *, name: str, tag: str) -> str:
    """Return the values file saying name and tag at an image path; unchanged if it does."""
    wanted = changes(text, path, name=name, tag=tag)
    return yamledit.set_scalars(text, wanted) if wanted else text


def naming(paths: Iterable[Path], *, name: str, tag: str) -> Callable[[str], str]:
    """Return the change that makes a values file say name and tag at several image paths."""
    return lambda text: reduce(partial(put, name=name, tag=tag), paths, text)

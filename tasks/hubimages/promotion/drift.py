"""What is installed in two images, and in what they differ beyond what was to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from hubimages.builds import proof
from hubimages.builds.proof import NoReport, Package
from hubimages.engine import Engine
from hubimages.errors import Failure
from hubimages.registry import Image as Pushed
from hubimages.requirements import Pin


class Drifted(Failure):
    """The new production image is not what was tried, and that was not accepted."""

    def __init__(self, tried: str, drift: Sequence[Difference], undo: str) -> None:
        count = len(drift)
        rows = ", ".join(sorted(_row(d.tried) for d in drift if d.tried))
        hold = f"pin what has to stay in both images ({rows}) and build again; " if rows else ""
        super().__init__(
            f"The new image differs from {tried} in {count} package{'' if count == 1 else 's'} beyond "
            "the promoted pins, and nobody tried that; no hub gets it.",
            fix=f"{hold}or add --accept-drift, or --same-bits; to undo: {undo}",
        )


class NotCompared(Failure):
    """What is installed in the tried image cannot be told."""

    def __init__(self, tried: str, why: str, undo: str) -> None:
        super().__init__(
            f"Whether the new image is what was tried is not known, so no hub gets it. {why}",
            fix=f"make {tried} available to the engine, or add --accept-drift; to undo: {undo}",
        )


@dataclass(frozen=True)
class Difference:
    """One package; None on the side that does not have it."""

    name: str
    tried: Package | None
    new: Package | None

    def __str__(self) -> str:
        return f"{self.name}: {_shown(self.tried)} → {_shown(self.new)}"


def _row(package: Package) -> str:
    """Return the line of a requirements file that asks for this very package."""
    if package.commit and package.url:
        return f"{package.name} @ git+{package.url}@{package.commit}"
    return f"{package.name}=={package.version}"


def _shown(package: Package | None) -> str:
    if package is None:
        return "not installed"
    return f"{package.version} ({package.commit[:12]})" if package.commit else package.version


def differences(
    tried: Iterable[Package], new: Iterable[Package], apart_from: Sequence[Pin] = ()
) -> tuple[Difference, ...]:
    """Return the packages that differ in version, commit or presence, by name.

    apart_from are pins that stay in the experiment: they are meant to differ.
    """
    before, after = _by_name(tried), _by_name(new)
    return tuple(
        Difference(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if _facts(before.get(name)) != _facts(after.get(name))
        and not _is_one_of(name, before.get(name), apart_from)
    )


def _by_name(packages: Iterable[Package]) -> dict[str, Package]:
    return {canonicalize_name(package.name): package for package in packages}


def _facts(package: Package | None) -> tuple[str, str] | None:
    return (package.version, (package.commit or "").lower()) if package else None


def _is_one_of(name: str, package: Package | None, pins: Sequence[Pin]) -> bool:
    return any(pin.name == name or (package and package.is_of(pin)) for pin in pins)


def packages(
    engine: Engine, reference: str, platform: str, found: Pushed | None = None
) -> tuple[Package, ...]:
    """Return what is installed in an image, which is pulled where the engine lacks it.

    found is what the registry has under that name: another one in the engine is not what runs.
    """
    image = engine.image(reference)
    if image is None or (found and image.id not in _ids(found)):
        engine.pull(reference, platform)
        image = engine.image(reference)
    if image is None:
        raise NoReport(reference, "it is not in the engine, although it was pulled.")
    return proof.packages(engine, image, reference)


def _ids(found: Pushed) -> set[str | None]:
    made = found.manifest
    return {found.digest, *((made.digest, made.config_digest) if made else ())}

"""Proving a built image before it is pushed, by running it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from hubimages.engine import Engine, LocalImage
from hubimages.errors import CommandTimedOut, Failure
from hubimages.requirements import Pin
from hubimages.sources.location import Location

HUB_SECONDS = 120  # for the hub to answer; an emulated processor needs far more than a native one
_ALL_SECONDS = 300.0


class ProofFailed(Failure):
    """The image was built, and is not fit to be pushed."""

    def __init__(self, name: str, findings: Sequence[str]) -> None:
        lines = "\n".join(f"  ✗ {line}" for line in findings)
        super().__init__(
            f"{name} was built and did not pass its proof, so it is not pushed:\n{lines}",
            fix=f"mend the image's Dockerfile or requirements and commit; to look inside: docker run -it --rm {name} sh",
        )


class NoReport(Failure):
    """What an image holds could not be read by running it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name} cannot say what is in it: {why}", fix=f"docker run -it --rm {name} sh"
        )
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Package:
    """An installed distribution; url and commit are those of a direct reference (PEP 610)."""

    name: str
    version: str
    url: str | None
    commit: str | None

    def is_of(self, pin: Pin) -> bool:
        """Whether it was installed from the repository of a git pin."""
        if not self.url or not pin.url:
            return False
        return Location(self.url).repository == Location(pin.url).repository


@dataclass(frozen=True)
class Proven:
    """What was proven, a line each, and what is installed."""

    lines: tuple[str, ...]
    packages: tuple[Package, ...]


def prove(engine: Engine, image: LocalImage, name: str, pins: Sequence[Pin]) -> Proven:
    """Run the image and return what was proven; raises ProofFailed."""
    try:
        report = _report(engine, image, name, {"seconds": HUB_SECONDS})
    except NoReport as error:
        raise ProofFailed(name, [error.why]) from error
    findings = [line for line in _findings(image, report, pins) if line]
    if findings:
        raise ProofFailed(name, findings)
    commits = sum(1 for pin in pins if pin.commit)
    proven = [
        f"the hub answers /hub/health after {report['hub']['seconds']:.1f} s",
        "pip check: nothing is missing or in conflict",
        f"it runs as uid {report['uid']}",
    ]
    if commits:
        proven.append(f"{commits} git pin(s) installed from their commits")
    return Proven(tuple(proven), _packages(report))


def packages(engine: Engine, image: LocalImage, name: str) -> tuple[Package, ...]:
    """Return what is installed in an image; raises NoReport where its Python cannot say."""
    return _packages(_report(engine, image, name, {}))


def _report(
    engine: Engine, image: LocalImage, name: str, wanted: dict[str, float]
) -> dict[str, Any]:
    """Return what inside.py says; raises NoReport where it could not even run."""
    script = resources.files("hubimages.builds").joinpath("inside.py").read_text(encoding="utf-8")
    container = f"hubimages-proof-{secrets.token_hex(6)}"
    engine.forget_stopped()
    try:
        done = engine.python(
            image.id,
            script,
            [json.dumps(wanted)],
            name=container,
            platform=image.platform,
            seconds=_ALL_SECONDS,
        )
    except CommandTimedOut as error:
        raise NoReport(name, f"the proof did not end within {_ALL_SECONDS:.0f} s") from error
    try:
        report = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        said = (done.stderr or done.stdout).strip()[-500:]
        raise NoReport(
            name, f"python3 in the image could not run the proof (exit code {done.code}): {said}"
        ) from None
    if not isinstance(report, dict):
        raise NoReport(name, "the image printed something else than the proof's report")
    return report


def _findings(image: LocalImage, report: dict[str, Any], pins: Sequence[Pin]) -> Iterator[str]:
    if report["uid"] == 0 or image.user.partition(":")[0] in {"", "0", "root"}:
        yield "its process runs as root; end the Dockerfile with USER $NB_USER"
    if not report["pip"]["ok"]:
        yield f"pip check: {report['pip']['said'].strip()}"
    for pin in pins:
        if pin.commit:
            yield _installed(pin, _packages(report))
    hub = report["hub"]
    if not hub["ok"]:
        how = "never answered" if hub["status"] is None else f"answered {hub['status']}"
        yield f"the hub {how} at /hub/health within {HUB_SECONDS} s; its log ends with:\n{_tail(hub['said'])}"


def _packages(report: dict[str, Any]) -> tuple[Package, ...]:
    return tuple(Package(**entry) for entry in report["packages"])


def _installed(pin: Pin, packages: Sequence[Package]) -> str:
    """Return what is wrong with how a git pin was installed (PEP 610), or an empty text."""
    same = [package for package in packages if package.is_of(pin)]
    if any((package.commit or "").lower() == (pin.commit or "").lower() for package in same):
        return ""
    if same:
        found = ", ".join(f"{package.name} from {package.commit}" for package in same)
        return f"{pin.package} is pinned to {pin.commit}, but installed is {found}"
    return f"{pin.package} is pinned to {pin.commit}, but nothing in the image was installed from {pin.url}"


def _tail(text: str, lines: int = 15) -> str:
    return "\n".join(f"      {line}" for line in text.strip().splitlines()[-lines:])

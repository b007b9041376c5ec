"""The builders that are there: those of buildx, and docker contexts, each of which is an engine.

https://docs.docker.com/build/builders/
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hubimages.engine.docker import Engine
from hubimages.engine.failures import BuilderSilent, NoBuildx, NoDocker, UnknownBuilder
from hubimages.errors import CommandMissing, CommandTimedOut, Failure
from hubimages.process import Completed, Runner

_LIMIT = 30.0  # seconds; buildx itself waits 20 for a builder
_LINE = re.compile(r"^(?P<key>[A-Z][\w ]*): +(?P<value>.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Builder:
    """A builder as buildx tells of it.

    driver is docker (an engine), docker-container, kubernetes or remote, and empty where what it
    stands for does not say; platforms are empty where it has not been started.
    """

    name: str
    driver: str
    status: str  # running, inactive, …
    platforms: tuple[str, ...]

    def builds_for(self, platform: str) -> bool:
        """Whether it builds for a platform; one that has not been started may."""
        return not self.platforms or platform in self.platforms


def contexts(run: Runner, seconds: float = _LIMIT) -> tuple[str, ...]:
    """Return the names of docker's contexts; none of them is asked anything."""
    try:
        words = ["docker", "context", "ls", "--format", "{{.Name}}"]
        return tuple(run(words, timeout=seconds).stdout.split())
    except CommandMissing:
        raise NoDocker from None


def created(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names of the builders that were made with `docker buildx create`.

    They are read from buildx's folder, since `docker buildx ls` asks every one of them, and one
    that does not answer would hold up the list of all.
    """
    docker = environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    folder = Path(environ.get("BUILDX_CONFIG") or f"{docker}/buildx") / "instances"
    return tuple(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else ()


def engine(run: Runner, name: str) -> Engine:
    """Return the engine that a builder's images come to: a context's own, or else docker's choice."""
    return Engine(run, name if name and name in contexts(run) else "")


def inspect(run: Runner, name: str, *, seconds: float = _LIMIT) -> Builder:
    """Return what a builder says of itself, without starting it; no name is that in use.

    Raises UnknownBuilder, NoBuildx, and BuilderSilent where what it stands for does not answer.
    """
    done = _inspected(run, name, seconds)
    found = _read(done.stdout)
    said = done.stderr.strip().removeprefix("ERROR: ")
    if done.code and f'no builder "{name}" found' in said:
        raise UnknownBuilder(name, created(), contexts(run))
    if done.code and ("unknown command" in said or "is not a docker command" in said):
        raise NoBuildx(f"The builder {name}")
    if done.code or ("Error" in found and "Platforms" not in found):
        raise BuilderSilent(name, *found.get("Error", [])[:1] or [said or f"exit code {done.code}"])
    platforms = ",".join(found.get("Platforms", [])).replace("*", "")  # marks what a person set
    return Builder(
        name=", ".join(found.get("Name", [name])[:1]),
        driver=", ".join(found.get("Driver", [])),
        status=", ".join(dict.fromkeys(found.get("Status", []))),
        platforms=tuple(dict.fromkeys(filter(None, map(str.strip, platforms.split(","))))),
    )


def survey(run: Runner, seconds: float) -> Iterator[tuple[str, Builder | Failure]]:
    """Yield every context and every builder that was made, with what it says of itself.

    All are asked at once, and one that does not answer is a BuilderSilent or NoEngine after so
    many seconds. Raises NoDocker.
    """
    from concurrent.futures import ThreadPoolExecutor  # which only this needs

    there = contexts(run, seconds)

    def ask(name: str) -> tuple[str, Builder | Failure]:
        called = f"{'docker context' if name in there else 'buildx builder'} {name}"
        try:
            return called, _surveyed(run, name, name in there, seconds)
        except Failure as failure:
            return called, failure

    with ThreadPoolExecutor(max_workers=16) as pool:
        yield from pool.map(ask, dict.fromkeys((*there, *created())))


def _surveyed(run: Runner, name: str, is_context: bool, seconds: float) -> Builder:
    try:
        return inspect(run, name, seconds=seconds)
    except NoBuildx:
        if not is_context:
            raise
    platform = Engine(run, name, seconds).platform()
    return Builder(name=name, driver="docker", status="running", platforms=(platform,))


def connect(run: Runner, name: str) -> None:
    """Make sure that a remote builder answers, which is not seen before it is used."""
    done = _inspected(run, name, _LIMIT, "--bootstrap")
    if done.code:
        said = (done.stderr.strip().splitlines() or ["it did not say why"])[-1]
        raise BuilderSilent(name, said.removeprefix("ERROR: "))


def _read(said: str) -> dict[str, list[str]]:
    """Return what buildx says by its words; a builder of several nodes says most of it of each."""
    found: dict[str, list[str]] = {}
    for line in _LINE.finditer(said):
        found.setdefault(line["key"], []).append(line["value"].strip())
    return found


def _inspected(run: Runner, name: str, seconds: float, *options: str) -> Completed:
    try:
        words = ["docker", "buildx", "inspect", *options, *([name] if name else [])]
        return run(words, check=False, timeout=seconds)
    except CommandMissing:
        raise NoDocker from None
    except CommandTimedOut as silent:
        raise BuilderSilent(name, f"no answer within {seconds:.0f} s") from silent

"""What a build is done with: chartpress's way of calling docker, and which of docker's builders."""

from __future__ import annotations

import platform as machine
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from hubimages.config import BuilderChoice
from hubimages.engine import BuilderSilent, Engine, NoBuildx, NoDocker, builders
from hubimages.errors import Failure

Program = Literal["docker-build", "docker-buildx"]


class WrongBuilder(Failure):
    """The builder that was asked for cannot do what is wanted."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a build is wanted; name is that of a buildx builder or docker context, or empty."""

    platform: str
    choice: BuilderChoice = "auto"
    name: str = ""
    cache: bool = False


@dataclass(frozen=True, kw_only=True)
class Builder:
    """What a build is done with; env is what leads chartpress's docker there."""

    program: Program  # chartpress's --builder
    name: str = ""  # of a buildx builder or docker context; empty for docker's own choice
    driver: str = "docker"
    env: Mapping[str, str | None] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return it as doctor and the build's first line show it."""
        return f"{self.program} with {self.name} ({self.driver})" if self.name else self.program


def choose(asked: Asked, engine: Engine) -> Builder:
    """Return the builder for what is asked, having asked the engine that its images come to.

    Raises NoDocker, NoEngine, NoPermission, NoBuildx, UnknownBuilder, BuilderSilent or WrongBuilder.
    """
    if asked.name and not engine.context:
        return _named(asked, engine)
    here = engine.platform()
    program = _program(asked, here, engine)
    if program == "docker-buildx" and not engine.has_buildx():
        raise NoBuildx(f"Building for {asked.platform} on a {here} engine")
    if program == "docker-build" and here != asked.platform:
        raise WrongBuilder(
            f"docker-build builds for the engine's own platform, {here}, and {asked.platform} is wanted.",
            fix="--builder docker-buildx, or --platform " + here,
        )
    driver = "docker"
    if program == "docker-buildx" and asked.cache:  # which depends on the driver that is in use
        driver = builders.inspect(engine.run, engine.context).driver
    return Builder(program=program, name=engine.context, driver=driver, env=engine.env)


def _named(asked: Asked, engine: Engine) -> Builder:
    """Return a builder of buildx's that was named, whose images are loaded into the engine."""
    found = builders.inspect(engine.run, asked.name)
    if asked.choice == "docker-build":
        raise WrongBuilder(
            f"docker-build builds in the engine itself, and {asked.name} is a builder of buildx's.",
            fix="leave out --builder (in invoke.yaml: `builder`), or --builder-name",
        )
    if not found.builds_for(asked.platform):
        raise WrongBuilder(
            f"The builder {asked.name} builds for {', '.join(found.platforms)}, and {asked.platform} is wanted.",
            fix="--builder-name with another (invoke doctor lists them), or --platform",
        )
    if found.driver == "remote":
        builders.connect(engine.run, asked.name)
    engine.platform()
    return _of_buildx(asked.name, found.driver)


def _of_buildx(name: str, driver: str) -> Builder:
    env = {"BUILDX_BUILDER": name}
    return Builder(program="docker-buildx", name=name, driver=driver, env=env)


def likely(asked: Asked, find: Callable[[], Engine]) -> Builder:
    """Return the builder that a dry run shows; without an engine it goes by this machine.

    Raises UnknownBuilder.
    """
    cpu = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine.machine(), machine.machine())
    here, engine = f"linux/{cpu}", None
    with suppress(Failure):
        engine = find()
        here = engine.platform()
    if asked.name and not (engine and engine.context):
        return _of_buildx(asked.name, _driver(asked.name, engine))
    program = _program(asked, here, engine)
    return Builder(program=program, name=asked.name, env=engine.env if engine else {})


def _driver(name: str, engine: Engine | None) -> str:
    with suppress(NoDocker, NoBuildx, BuilderSilent):
        if engine:
            return builders.inspect(engine.run, name).driver
    return "buildx"


def _program(asked: Asked, here: str, engine: Engine | None) -> Program:
    if asked.choice != "auto":
        return asked.choice
    if asked.platform != here:
        return "docker-buildx"
    # plain docker build may be the classic builder, which knows no cache in a registry
    caching = asked.cache and (engine is None or engine.has_buildx())
    return "docker-buildx" if caching else "docker-build"

"""What a machine and a clone need for the work, each point a yes, a no or an unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import assert_never

from hubimages import agreement, chartpress, charts, fleet, kubeconfig
from hubimages.agreement import BaseMismatch, Doubt
from hubimages.builds import preflight
from hubimages.builds.builder import Asked, choose
from hubimages.config import Settings
from hubimages.deploying import elsewhere
from hubimages.engine import Engine, NoDocker, builders
from hubimages.engine.builders import Builder
from hubimages.errors import CommandFailed, CommandMissing, Failure
from hubimages.git import Git
from hubimages.helm import Helm
from hubimages.images import Image, Images
from hubimages.registry import Granted, NotLoggedIn, Refused, Registry, RepositoryMissing, Unknown
from hubimages.splitting import rewriting
from hubimages.tree import WorkTree

_SURVEY = 5.0  # seconds for each builder to say what it is


@dataclass(frozen=True, kw_only=True)
class Point:
    """One thing that was looked at; ok is None where it could not be told."""

    name: str
    ok: bool | None
    detail: str
    fix: str = ""


def _point(name: str, look: Callable[[], str], *, otherwise: str = "") -> Point:
    """Return what look says, or its failure; otherwise is the fix of one that names none."""
    try:
        return Point(name=name, ok=True, detail=look())
    except Failure as failure:
        return _failed(name, failure, otherwise)


def _failed(name: str, failure: Failure, otherwise: str = "") -> Point:
    fix = failure.fix or otherwise or "mend what it names, then run this again"
    return Point(name=name, ok=False, detail=failure.what, fix=fix)


def examine(
    git: Git, engine: Engine, registry: Registry, images: Images, settings: Settings
) -> Iterator[Point]:
    """Yield every point in the order in which the work needs them."""
    yield _point("git", lambda: _git(git))
    yield _point("git identity", lambda: _identity(git))
    yield _point("full clone", lambda: _full(git))
    yield _point("docker command", lambda: _version(git, ["docker", "--version"], NoDocker()))
    here = _point("engine", engine.platform, otherwise="see what `docker version` says")
    yield here
    if here.ok:
        yield _point("builder", lambda: _builder(engine, settings, here.detail))
    yield _buildx(engine)
    yield from _builders(engine, settings)
    program = chartpress.command()
    absent = Failure(f"{program} is not there.", fix="pip install chartpress")
    yield _point("chartpress", lambda: _version(git, [program, "--version"], absent))
    split = "Only user-image.split needs it."
    yield _optional("git-filter-repo", lambda: f"git-filter-repo {rewriting.ready()}", split)
    yield from _deployment(git, settings)
    hub_images = (images.production, *images.experiments)
    for image in hub_images:
        yield _agrees(git, image)
    with ThreadPoolExecutor(max_workers=8) as pool:
        yield from pool.map(lambda image: _push_rights(registry, image), hub_images)


def _git(git: Git) -> str:
    said = git.ask("--version")
    found = re.search(r"(\d+)\.(\d+)", said)
    if found and (int(found[1]), int(found[2])) < (2, 36):
        raise Failure(
            f"{said} is older than 2.36, which hubimages needs.", fix="install a newer git"
        )
    return said


def _identity(git: Git) -> str:
    who = git.identity()
    if who is None:
        raise Failure(
            "git does not know who commits here.",
            fix='git config --global user.name "Your Name" && git config --global user.email you@example.org',
        )
    return re.sub(r">.*", ">", who)


def _full(git: Git) -> str:
    if git.shallow:
        raise preflight.ShallowClone
    return "history is complete"


def _version(git: Git, argv: list[str], absent: Failure) -> str:
    """Return what a program says of its version; raises absent where there is none."""
    try:
        return git.run(argv, timeout=30).stdout.strip()
    except CommandMissing:
        raise absent from None
    except CommandFailed as error:
        raise Failure(error.what, fix=f"see what `{' '.join(argv)}` says") from None


def _builder(engine: Engine, settings: Settings, here: str) -> str:
    """Return which builder would be used, as build-hub decides it."""
    asked = Asked(
        platform=settings.platform,
        choice=settings.builder,
        name=settings.builder_name,
        cache=settings.cache,
    )
    return f"{choose(asked, engine)} for {settings.platform}, on a {here} engine"


def _buildx(engine: Engine) -> Point:
    """Say whether buildx is there; where it is needed, its absence is the builder's failure."""
    try:
        found = engine.has_buildx()
    except Failure:
        found = False
    if found:
        return Point(name="buildx", ok=True, detail="docker buildx is there")
    return Point(
        name="buildx",
        ok=None,
        detail="`docker buildx` is not there; only building for another platform needs it.",
        fix="https://docs.docker.com/go/buildx/ (on Debian: sudo apt-get install docker-buildx)",
    )


def _builders(engine: Engine, settings: Settings) -> Iterator[Point]:
    """Say of every docker context and buildx builder what it builds for; none of them is started."""
    try:
        for name, found in builders.survey(engine.run, _SURVEY):
            yield _one(name, found, settings.platform)
    except Failure:
        return  # no docker, which the point before says


def _one(name: str, found: Builder | Failure, platform: str) -> Point:
    if isinstance(found, Failure):
        fix = found.fix or "docker context ls, docker buildx ls"
        return Point(name=name, ok=None, detail=found.what, fix=fix)
    how = f"{found.driver}, {found.status}"
    if found.driver == "remote" and found.status != "running":
        fix = f"docker buildx inspect --bootstrap {found.name} says more"
        return Point(name=name, ok=None, detail=f"{how}: it does not answer", fix=fix)
    detail = f"{how}: {', '.join(found.platforms) or 'not started yet'}"
    if not found.builds_for(platform):
        detail += f" (not {platform})"
    return Point(name=name, ok=True, detail=detail)


def _deployment(git: Git, settings: Settings) -> Iterator[Point]:
    """Say what deploy and render would find; where another program deploys, none of it is needed."""
    if settings.deploy_command != elsewhere.HELM:
        detail = f"not needed: `deploy_command` is {settings.deploy_command}"
        yield Point(name="deployment", ok=True, detail=detail)
        return
    yield _optional("helm", lambda: Helm(git.run).version, "Only deploy and render need it.")
    yield _optional("kubeconfig", _context, "Only deploy needs it.")
    kubectl, where = ["kubectl", "version", "--client"], "https://kubernetes.io/docs/tasks/tools/"
    yield _optional(
        "kubectl", lambda: _first_line(git, kubectl, where), "Only deploy asks it, after Helm."
    )
    hubs = fleet.load(WorkTree(git.root), settings).hubs
    if any(fleet.is_secret(path) for hub in hubs for path in hub.values_files):
        words, why = ["sops", "--version"], "The encrypted values files need it."
        yield _optional("sops", lambda: _first_line(git, words, "https://getsops.io"), why)


def _optional(name: str, look: Callable[[], str], why: str) -> Point:
    """Return what look says; what is missing is no failure, since not everybody needs it."""
    try:
        return Point(name=name, ok=True, detail=look())
    except Failure as failure:
        return Point(name=name, ok=None, detail=f"{failure.what} {why}", fix=failure.fix)


def _first_line(git: Git, argv: list[str], where: str) -> str:
    absent = Failure(f"There is no `{argv[0]}` command.", fix=f"install it: {where}")
    return _version(git, argv, absent).partition("\n")[0].strip()


def _context() -> str:
    config = kubeconfig.load()
    found = config.named("")
    return f"context {found.name}, of {len(config.contexts)} in {config.where}"


def _agrees(git: Git, image: Image) -> Point:
    name = f"base and chart of {image.key}"
    try:
        dependency = charts.jupyterhub(WorkTree(git.root), image.chart)
        verdict = agreement.compare(f"`{image.key}`", image.base, dependency)
    except Failure as failure:
        return _failed(name, failure)
    match verdict:
        case None:
            return Point(name=name, ok=True, detail=str(image.base))
        case Doubt(why):
            written = f"{image.dockerfile}, and the chart's version in {image.chart}/Chart.yaml"
            return Point(name=name, ok=None, detail=why, fix=f"compare FROM in {written}")
        case BaseMismatch():
            return _failed(name, verdict)
        case _:
            assert_never(verdict)


def _push_rights(registry: Registry, image: Image) -> Point:
    name = f"push to {image.name}"
    try:
        answer = registry.push_rights(image.reference)
    except Failure as failure:
        return _failed(name, failure)
    match answer:
        case Granted():
            return Point(name=name, ok=True, detail="the registry would take it")
        case NotLoggedIn(why, fix) | Refused(why, fix) | RepositoryMissing(why, fix):
            return Point(name=name, ok=False, detail=why, fix=fix)
        case Unknown(why, fix):
            again = fix or "run this again once the registry answers"
            return Point(name=name, ok=None, detail=why, fix=again)
        case _:
            assert_never(answer)

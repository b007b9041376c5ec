"""An experiment on the real stack that has run on a hub for some days."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import stack
import stack.gitserver
from integration.running import Ran, hubimages

HUB = "example/staging"
_PACKAGE = '[project]\nname = "{name}"\nversion = "{version}"\ndependencies = [{needs}]\n'
_BUILD = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def ago(days: float) -> Mapping[str, str]:
    """Return the environment of somebody who committed days ago."""
    when = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    return {"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}


def env() -> Mapping[str, str]:
    """Return the environment of somebody who works now."""
    return {**os.environ, **stack.gitserver.GIT_ENV}


def project(name: str, version: str, *needs: str) -> dict[str, str]:
    """Return the pyproject.toml of a package that needs others, by their git addresses."""
    rows = ", ".join(f'"{need}"' for need in needs)
    return {"pyproject.toml": _PACKAGE.format(name=name, version=version, needs=rows) + _BUILD}


@dataclass(frozen=True)
class Life:
    """A repository whose experimental image pins a package, and needs another that nothing pins."""

    repo: stack.HubRepository
    package: stack.Repository
    loose: stack.Repository
    tag: str  # on trial

    def promote(self, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run experiment.promote."""
        return hubimages(self.repo, "experiment.promote", *words, env=env)

    def release_loose(self, version: str = "2.0") -> None:
        """Let a newer release of what nothing pins appear."""
        name = self.loose.clone.name
        self.loose.commit(project(name, version), f"{name} {version}")

    def subjects(self, since: str) -> list[str]:
        """Return the subjects of the commits after one, oldest first."""
        return self.repo.git("log", "--reverse", "--format=%s", f"{since}..HEAD").splitlines()

    @property
    def pin(self) -> str:
        """The experiment's line in the requirements."""
        return f"git+{self.package.url}@{self.package.git('rev-parse', 'HEAD')}"


def begin(
    repo: stack.HubRepository, server: stack.GitServer, name: str, *, days: float = 9
) -> Life:
    """Pin a package in the experimental image, build and push it, and try it on a hub, days ago."""
    loose = server.package(f"org/loose-{name}", "1.0")
    package = server.package(f"org/tried-{name}", "0.1")
    need = f"loose-{name} @ git+{loose.url}@main"
    package.commit(project(f"tried-{name}", "0.2", need), "Need another")
    then = ago(days)
    hubimages(
        repo,
        "experiment.add",
        "--requirement",
        f"git+{package.url}@main",
        "--reason",
        "logins",
        env=then,
    ).ok()
    repo.git("push", "--quiet", "origin", "main")
    built = hubimages(
        repo, "build-hub", "--image", "hub-experimental", "--push", "--json", env=then
    )
    tag = built.ok().json["tag"]
    hubimages(repo, "experiment.try", "--hub", HUB, "--tag", tag, env=then).ok()
    return Life(repo, package, loose, tag)

"""Hub repositories with a clock: each commit on a day that the test names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hubs
from hubimages import fleet
from hubimages.config import Settings
from hubimages.git import Git
from hubimages.history import History
from hubimages.lifecycle.look import look, paths
from hubimages.lifecycle.standing import Experiment, Status
from hubimages.lifecycle.step import step
from hubimages.listing import Lister
from hubimages.process import Processes
from hubimages.tree import Committed, WorkTree
from hubs import FakeRegistry, Shape
from repositories import RUN, Repository

START = datetime(2024, 1, 1, 12, tzinfo=UTC)
OURS = "helm-charts/images/hub-experimental/requirements.txt"
THEIRS = "helm-charts/images/hub/requirements.txt"
STAGING = "config/clusters/example/staging.values.yaml"
TAG = "0.0.1-0.dev.git.1.h0000000"


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def override(tag: str = TAG, name: str = "hub-experimental") -> str:
    return f"jupyterhub:\n  hub:\n    image:\n      name: {hubs.NAME}{name}\n      tag: {tag}\n"


@dataclass
class Life:
    """A repository; commits are made on days since START."""

    repo: Repository
    shape: Shape = "folders"

    @property
    def ours(self) -> str:
        return hubs.requirements(self.shape)

    def on(
        self, number: float, files: dict[str, str] | None = None, message: str = "Change"
    ) -> str:
        """Write files and commit everything on a day."""
        self.repo.clock = int(day(number).timestamp()) - 60
        return self.repo.commit(files, message)

    def git(self, number: float, *words: str) -> str:
        """Run git on a day."""
        self.repo.clock = int(day(number).timestamp())
        return self.repo.git(*words)

    def status(
        self, number: float, registry: FakeRegistry | None = None, settings: Settings | None = None
    ) -> Status:
        """Look at everything on a day."""
        settings = settings or Settings()
        git = Git.at(self.repo.root, Processes())
        where = paths(WorkTree(self.repo.root), settings)
        tree = Committed(git, frozenset(git.changed([*where, settings.clusters_dir])))
        return look(
            git,
            History.of(git, where),
            fleet.load(tree, settings).hubs,
            Lister(tree),
            registry or FakeRegistry(),  # type: ignore[arg-type]
            settings,
            now=day(number),
        )

    def experiment(self, number: float, registry: FakeRegistry | None = None) -> Experiment:
        (found,) = self.status(number, registry).experiments
        return found

    def next(self, number: float, registry: FakeRegistry | None = None) -> str:
        """Return what is next for the experiment on a day, as people read it."""
        found = self.status(number, registry)
        return step(found, found.experiments[0]).text

    def since(self, number: float = 50) -> dict[str, float | None]:
        """Return by package on which day its change began."""
        return {
            change.package: (change.since - START) / timedelta(days=1) if change.since else None
            for change in self.experiment(number).changes
        }


def make(folder: Path, shape: Shape = "folders") -> Life:
    """Make a hub repository on day 0, whose experiment is like production."""
    repo = Repository.init(folder)
    life = Life(repo, shape)
    life.on(0, hubs.files(shape))
    return life


def clone(life: Life, folder: Path, depth: int) -> Life:
    """Return a clone with only the newest commits."""
    RUN(["git", "clone", "--quiet", "--depth", str(depth), life.repo.root.as_uri(), str(folder)])
    return Life(Repository(folder), life.shape)

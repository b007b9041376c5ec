"""A copy of a hub's chart with its dependencies in place, so that nobody's own charts/ is touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join

from hubimages import charts, scratch
from hubimages.charts import Dependency
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.helm import Helm
from hubimages.rendering.archives import Archives
from hubimages.tree import WorkTree

# the last is one chart in two versions, each under an alias: nothing else is left in charts/
_THERE = ("ok", "unpacked", "too many matches")


class MissingDependency(Failure):
    """A chart would be rendered without one of its dependencies: Helm does that without a word."""

    def __init__(self, chart: str, name: str, status: str) -> None:
        super().__init__(
            f"{chart}/Chart.yaml depends on {name}, and what is there is `{status}`, so the hub would be without it.",
            fix=f"see `dependencies:` in {chart}/Chart.yaml: name, version, repository; "
            "where a Chart.lock is older: helm dependency update",
        )


@dataclass
class Staging:
    """Charts of one tree, copied once each for all hubs that deploy them."""

    root: Path  # of the repository's files: the work tree, or a scratch worktree of a commit
    home: Path  # the copies stand here
    helm: Helm
    archives: Archives
    _made: dict[tuple[str, str | None], Path] = field(default_factory=dict)

    def chart(self, hub: Hub) -> Path:
        """Return the folder of a hub's chart, ready to render; raises BadFile, ChartBroken, MissingDependency."""
        at = (hub.chart, hub.chart_override)
        if at not in self._made:
            home = self.home / str(len(self._made))
            self._prepare(home, hub.chart, hub.chart_override, frozenset())
            self._made[at] = home / hub.chart
        return self._made[at]

    def _prepare(self, home: Path, chart: str, override: str | None, above: frozenset[str]) -> None:
        """Copy a chart and, before its own, the dependencies of those that it includes by file://."""
        tree, target, file = WorkTree(self.root), home / chart, join(chart, "Chart.yaml")
        if chart.startswith(("..", "/")):
            raise BadFile(file, "is outside of the repository.")
        if chart in above:
            raise BadFile(file, "the chart includes itself.")
        if tree.read(file) is None:
            raise BadFile(file, "is not there.")
        if not (target / "Chart.yaml").exists():
            shutil.copytree(
                self.root / chart, target, ignore_dangling_symlinks=True, dirs_exist_ok=True
            )
        chart_file = charts.chart_file(tree, chart, override)
        wanted = charts.dependencies(tree, chart_file)
        if chart_file == override:
            text = tree.read(override) or ""
            (target / "Chart.yaml").write_text(text, "utf-8", "surrogateescape")
            (target / "Chart.lock").unlink(missing_ok=True)  # it locks what is replaced
        else:
            wanted = charts.locked(tree, chart, wanted)
        self._fill(home, chart, wanted, override, above | {chart})
        for name, status in self.helm.dependencies(target) if wanted else ():
            if status not in _THERE:
                raise MissingDependency(chart, name, status)

    def _fill(
        self,
        home: Path,
        chart: str,
        wanted: tuple[Dependency, ...],
        override: str | None,
        above: frozenset[str],
    ) -> None:
        into = home / chart / "charts"
        ours = {folder: one for one in wanted if (folder := charts.folder(one, chart)) is not None}
        for folder, one in ours.items():
            self._prepare(home, folder, override, above)
            if into / one.name != home / folder:  # unpacked there once, and older than the folder
                shutil.rmtree(into / one.name, ignore_errors=True)
        others = [one for one in wanted if one.repository and charts.folder(one, chart) is None]
        if not all("://" in one.repository and charts.is_exact(one.version) for one in others):
            self.helm.update_dependencies(home / chart)  # it chooses, where a range is given
        elif wanted:
            into.mkdir(exist_ok=True)
            _remove_others(into, wanted)
            for one in others:
                if not (into / _archive(one)).exists():
                    self.archives.put(one, into)
            for folder in ours:
                self.helm.package(home / folder, into)


def _archive(dependency: Dependency) -> str:
    return f"{dependency.name}-{dependency.version}.tgz"


def _remove_others(into: Path, wanted: tuple[Dependency, ...]) -> None:
    """Remove the archives that nothing asks for any more, as `helm dependency update` does."""
    fetched = {_archive(one) for one in wanted if one.repository}
    kept = tuple(f"{one.name}-" for one in wanted if not one.repository)
    for old in into.glob("*.tgz"):
        if old.name not in fetched and not (kept and old.name.startswith(kept)):
            old.unlink()


@contextmanager
def staging(root: Path, helm: Helm, archives: Archives) -> Iterator[Staging]:
    """Yield a place for charts of a tree; it is gone afterwards."""
    with scratch.folder("charts") as home:
        yield Staging(root, home, helm, archives)

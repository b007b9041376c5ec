"""A copy of a hub's chart with its dependencies in place, so that nobody's own charts/ is touched."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join

from hubimages import charts
from hubimages.charts import Dependency
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.helm import Helm
from hubimages.rendering.archives import Archives
from hubimages.tree import WorkTree


class MissingDependency(Failure):
    """A chart would be rendered without one of its dependencies: Helm does that without a word."""

    def __init__(self, chart: str, name: str, status: str) -> None:
        super().__init__(
            f"{chart}/Chart.yaml depends on {name}, and what is there is `{status}`, so the hub would be without it.",
            fix=f"see `dependencies:` in {chart}/Chart.yaml: name, version, repository",
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
        if chart in above:
            raise BadFile(join(chart, "Chart.yaml"), "the chart includes itself.")
        tree, target = WorkTree(self.root), home / chart
        if tree.read(join(chart, "Chart.yaml")) is None:
            raise BadFile(join(chart, "Chart.yaml"), "is not there.")
        if not target.exists():
            shutil.copytree(self.root / chart, target, ignore_dangling_symlinks=True)
        chart_file = charts.chart_file(tree, chart, override)
        if chart_file == override:
            (target / "Chart.yaml").write_text(
                tree.read(override) or "", "utf-8", "surrogateescape"
            )
            (target / "Chart.lock").unlink(missing_ok=True)  # it locks what is replaced
        self._fill(home, chart, charts.dependencies(tree, chart_file), override, above)

    def _fill(
        self,
        home: Path,
        chart: str,
        wanted: tuple[Dependency, ...],
        override: str | None,
        above: frozenset[str],
    ) -> None:
        into, ours = home / chart / "charts", []
        for one in wanted:
            folder = charts.folder(one, chart)
            if folder is not None:
                if folder.startswith(".."):
                    why = f"`{one.repository}` leads out of the repository."
                    raise BadFile(one.chart_file, why)
                self._prepare(home, folder, override, above | {chart})
                ours.append((home / folder, into / Path(folder).name))
        others = [one for one in wanted if one.repository and charts.folder(one, chart) is None]
        if all("://" in one.repository and charts.is_exact(one.version) for one in others):
            self._fetch(others, into)
        else:
            self._by_helm(home / chart)
        for source, copy in ours:
            _replace(source, copy)
        for name, status in self.helm.dependencies(home / chart) if wanted else ():
            if status not in ("ok", "unpacked"):
                raise MissingDependency(chart, name, status)

    def _fetch(self, published: list[Dependency], into: Path) -> None:
        """Put the archives of exact versions in, as `helm dependency update` does: others go."""
        wanted = {f"{one.name}-{one.version}.tgz": one for one in published}
        for one in published:
            for old in into.glob(f"{one.name}-[0-9v]*.tgz"):
                if old.name not in wanted:
                    old.unlink()
        for name, one in wanted.items():
            if not (into / name).exists():
                self.archives.put(one, into)

    def _by_helm(self, chart: Path) -> None:
        """Let Helm choose versions, where a range of them is given."""
        self.helm.update_dependencies(chart, locked=(chart / "Chart.lock").exists())
        shutil.rmtree(chart / "tmpcharts", ignore_errors=True)


def _replace(source: Path, copy: Path) -> None:
    """Put a chart's folder in place of what Helm or the person has put there for it."""
    for old in copy.parent.glob(f"{copy.name}-*.tgz"):
        old.unlink()
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy)


@contextmanager
def staging(root: Path, helm: Helm, archives: Archives) -> Iterator[Staging]:
    """Yield a place for charts of a tree; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hubimages-charts-") as home:
        yield Staging(root, Path(home), helm, archives)

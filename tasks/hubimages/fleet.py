"""The hubs of all clusters, and which values files each of them is made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from posixpath import basename, join, normpath
from typing import TYPE_CHECKING, Any, TypeAlias

from hubimages import charts
from hubimages.charts import Dependency
from hubimages.config import Settings
from hubimages.errors import BadFile, Failure
from hubimages.tree import Branching, Tree
from hubimages.yamlread import line_of, load_mapping

if TYPE_CHECKING:
    from hubimages.images import Image


class UnknownHub(Failure):
    """A hub was named that no cluster.yaml has."""

    def __init__(self, name: str, known: list[str], where: str) -> None:
        near = [hub for hub in known if name.rpartition("/")[2] in hub]
        shown = near or known
        super().__init__(
            f"There is no hub `{name}` below {where}.",
            fix="write CLUSTER/HUB, for instance "
            + (
                ", ".join(shown[:8]) + (", …" if len(shown) > 8 else "")
                if shown
                else "example/staging"
            ),
        )


class NotDeployed(Failure):
    """A hub's chart does not contain the chart of the production image."""

    def __init__(self, hub: Hub, chart: str) -> None:
        super().__init__(
            f"{hub.name} deploys {hub.chart}, which does not include {chart}, so its hub image is not set there.",
            fix=f"see `dependencies:` in {hub.chart}/Chart.yaml",
        )


@dataclass(frozen=True, kw_only=True)
class Hub:
    """One hub; paths are relative to the repository's root."""

    cluster: str
    hub: str
    chart: str  # the folder of the chart that is deployed
    chart_override: str | None  # a Chart.yaml that replaces the chart's own for this hub
    values_files: tuple[str, ...]  # in the order in which Helm merges them

    @property
    def name(self) -> str:
        """The hub's name as it is typed: cluster/hub."""
        return f"{self.cluster}/{self.hub}"

    @property
    def readable_files(self) -> tuple[str, ...]:
        """The values files that are not encrypted, judged by their names."""
        return tuple(path for path in self.values_files if not is_secret(path))

    def image_paths(self, tree: Tree, production: Image) -> tuple[tuple[str | int, ...], ...]:
        """Return where this hub's values say its hub image; raises NotDeployed."""
        keys = charts.keys_down_to(tree, self.chart, production.chart, self.chart_override)
        if keys is None:
            raise NotDeployed(self, production.chart)
        return tuple((*keys, *path) for path in production.values_paths)

    def jupyterhub(self, tree: Tree) -> Dependency | None:
        """Return the jupyterhub chart that this hub deploys."""
        return charts.jupyterhub(tree, self.chart, self.chart_override)


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Every hub of every cluster.yaml."""

    where: str
    hubs: tuple[Hub, ...]
    clusters: tuple[str, ...] = ()  # those without hubs, or with a broken cluster.yaml, as well
    problems: tuple[BadFile, ...] = ()  # of cluster.yaml files that could not be read
    notes: tuple[str, ...] = ()  # on folders that were passed over

    def named(self, name: str) -> Hub:
        """Return the hub `cluster/hub`; raises UnknownHub, or BadFile where its cluster is broken."""
        found = next((hub for hub in self.hubs if hub.name == name), None)
        if found is None:
            for problem in self.problems:
                if name.partition("/")[0] in problem.path.split("/"):
                    raise problem
            raise UnknownHub(name, [hub.name for hub in self.hubs], self.where)
        return found

    def several(self, names: str) -> list[Hub]:
        """Return the hubs that are named with commas between them, each once; raises as named()."""
        each = dict.fromkeys(name.strip() for name in names.split(","))
        return [self.named(name) for name in each]

    @cached_property
    def _users(self) -> dict[str, list[Hub]]:
        users: dict[str, list[Hub]] = {}
        for hub in self.hubs:
            for path in dict.fromkeys(hub.values_files):
                users.setdefault(path, []).append(hub)
        return users

    def others_with(self, path: str, hub: Hub) -> list[Hub]:
        """Return the other hubs that a values file belongs to."""
        return [other for other in self._users.get(path, []) if other != hub]


def is_secret(path: str) -> bool:
    """Whether a values file is encrypted where it is committed, by the usual names."""
    name = basename(path)
    return name.startswith(("enc-", "secret")) or ".secret." in name


def line_in_cluster(
    tree: Tree, settings: Settings, hub: Hub, key: str, path: str
) -> tuple[str, int]:
    """Return cluster.yaml and its line at which a hub names a file, or has the key for it."""
    file = join(normpath(settings.clusters_dir), hub.cluster, "cluster.yaml")
    text = tree.read(file) or ""
    hubs = load_mapping(text, file)["hubs"]
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in hubs]
    index = names.index(hub.hub)
    said = hubs[index].get(key)
    at: list[str | int] = ["hubs", index, key]
    if isinstance(said, list):
        folder = file.rpartition("/")[0]
        at += [n for n, one in enumerate(said) if normpath(join(folder, str(one))) == path][:1]
    return file, line_of(text, *at)


def load(tree: Branching, settings: Settings) -> Fleet:
    """Read every cluster.yaml below the clusters' folder; what is broken hides no other hub."""
    where = normpath(settings.clusters_dir)
    found = {
        name: _cluster(tree, join(where, name), settings) for name in sorted(tree.folders(where))
    }
    each = [entry for entries in found.values() for entry in entries]
    return Fleet(
        where=where,
        hubs=tuple(entry for entry in each if isinstance(entry, Hub)),
        clusters=tuple(name for name, entries in found.items() if _is_cluster(entries)),
        problems=tuple(entry for entry in each if isinstance(entry, BadFile)),
        notes=tuple(entry for entry in each if isinstance(entry, str)),
    )


_Entry: TypeAlias = Hub | BadFile | str  # the last is a note on a folder that is no cluster's


def _is_cluster(entries: Sequence[_Entry]) -> bool:
    return not any(isinstance(entry, str) for entry in entries)


def _cluster(tree: Tree, folder: str, settings: Settings) -> list[_Entry]:
    path = join(folder, "cluster.yaml")
    try:
        text = tree.read(path)
        if text is None:
            return [f"{folder} has no cluster.yaml and was passed over"]
        return list(_entries(load_mapping(text, path), _File(path, text), settings))
    except BadFile as problem:
        if basename(folder).startswith("template"):
            return [f"{folder} is a template and was passed over"]
        return [problem]


@dataclass(frozen=True)
class _File:
    """A cluster.yaml, to name its mistakes with their lines."""

    path: str
    text: str

    def wrong(self, why: str, *at: str | int) -> BadFile:
        return BadFile(self.path, why, line=line_of(self.text, *at))


def _entries(cluster: dict[str, Any], file: _File, settings: Settings) -> Iterator[Hub | BadFile]:
    hubs = cluster.get("hubs") or []
    if not isinstance(hubs, list):
        raise file.wrong("`hubs` has to be a list.", "hubs")
    seen: set[str] = set()
    for index, entry in enumerate(hubs):
        try:
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                raise file.wrong(f"hub {index + 1} has no `name`.", "hubs", index)
            if entry["name"] in seen:
                why = f"hub {index + 1} is called {entry['name']}, as one before it."
                raise file.wrong(why, "hubs", index, "name")
            seen.add(entry["name"])
            yield _hub(entry, file, index, settings)
        except BadFile as problem:
            yield problem


def _hub(entry: dict[str, Any], file: _File, index: int, settings: Settings) -> Hub:
    name, here = entry["name"], file.path.rpartition("/")[0]
    files = entry.get("helm_chart_values_files") or []
    if not isinstance(files, list) or not all(isinstance(one, str) for one in files):
        why = f"`helm_chart_values_files` of {name} has to be a list of paths."
        raise file.wrong(why, "hubs", index, "helm_chart_values_files")
    chart = entry.get("helm_chart")
    if not isinstance(chart, str):
        raise file.wrong(f"hub {name} has no `helm_chart`.", "hubs", index, "helm_chart")
    override = entry.get("chart_override")
    if not isinstance(override, str | None):
        why = f"`chart_override` of {name} has to be a path."
        raise file.wrong(why, "hubs", index, "chart_override")
    return Hub(
        cluster=basename(here),
        hub=name,
        chart=normpath(join(settings.charts_dir, chart)),
        chart_override=normpath(join(here, override)) if override else None,
        values_files=tuple(normpath(join(here, one)) for one in files),
    )

"""Helm charts as this repository has them: which jupyterhub they depend on, and how deep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from posixpath import basename, join, normpath
from typing import Any

from hubimages.errors import BadFile
from hubimages.tree import Tree
from hubimages.yamlread import line_of, load_mapping

_RELEASE = re.compile(r"\d+\.\d+\.\d+(-(alpha|beta|rc)\.?\d*)?")
_EXACT = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """One entry of a Chart.yaml's dependencies."""

    name: str
    alias: str | None
    version: str
    repository: str
    chart_file: str  # path of the Chart.yaml that says so
    index: int  # its place in the list

    @property
    def key(self) -> str:
        """The key under which the parent's values reach this chart."""
        return self.alias or self.name


def is_release(version: str) -> bool:
    """Whether this is one exact released version, not a range and not a development version."""
    return _RELEASE.fullmatch(version) is not None


def is_exact(version: str) -> bool:
    """Whether this names one version rather than a range of them."""
    return _EXACT.fullmatch(version) is not None


def dependencies(tree: Tree, chart_file: str) -> tuple[Dependency, ...]:
    """Return the dependencies that a Chart.yaml lists; none where the file is missing."""
    text = tree.read(chart_file)
    if text is None:
        return ()
    listed = load_mapping(text, chart_file).get("dependencies") or []
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        line = line_of(text, "dependencies")
        raise BadFile(chart_file, "`dependencies` has to be a list of mappings.", line=line)
    return tuple(_dependency(item, chart_file, index, text) for index, item in enumerate(listed))


def _dependency(item: dict[str, Any], chart_file: str, index: int, text: str) -> Dependency:
    name, alias = item.get("name"), item.get("alias")
    if not isinstance(name, str) or not isinstance(alias, str | None):
        why = f"dependency {index + 1} has no `name`, or an odd `alias`."
        raise BadFile(chart_file, why, line=line_of(text, "dependencies", index))
    return Dependency(
        name=name,
        alias=alias,
        version=str(item.get("version") or ""),
        repository=str(item.get("repository") or ""),
        chart_file=chart_file,
        index=index,
    )


def locked(tree: Tree, chart: str, wanted: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """Return dependencies whose range of versions is narrowed to what a chart's Chart.lock chose.

    They are as they were where there is none, or it is of other dependencies.
    """
    chosen = dependencies(tree, join(chart, "Chart.lock"))
    if [(one.name, one.repository) for one in chosen] != [(d.name, d.repository) for d in wanted]:
        return wanted
    return tuple(
        one if is_exact(one.version) else replace(one, version=lock.version)
        for one, lock in zip(wanted, chosen, strict=True)
    )


def version_line(tree: Tree, dependency: Dependency) -> int:
    """Return the line of its Chart.yaml that says a dependency's version."""
    text = tree.read(dependency.chart_file) or ""
    return line_of(text, "dependencies", dependency.index, "version")


def missing(tree: Tree, chart: str, override: str | None = None) -> tuple[str, ...]:
    """Return each Chart.yaml that is deployed by a path of this repository, and is not there."""
    below = _walk(tree, normpath(chart), override)
    folders = [normpath(chart), *(found.folder for found in below if found.folder)]
    wanted = [
        *([override] if override else []),
        *(join(folder, "Chart.yaml") for folder in folders),
    ]
    return tuple(path for path in dict.fromkeys(wanted) if tree.read(path) is None)


def folders(tree: Tree, chart: str, override: str | None = None) -> tuple[str, ...]:
    """Return the folders of the charts below one that this repository holds itself."""
    below = _walk(tree, normpath(chart), override)
    return tuple(dict.fromkeys(found.folder for found in below if found.folder))


def jupyterhub(tree: Tree, chart: str, override: str | None = None) -> Dependency | None:
    """Return the jupyterhub dependency of a chart, its own or that of a chart it includes.

    chart is the chart's folder; override a Chart.yaml that a cluster deploys instead of the one
    of the chart that it names.
    """
    for below in _walk(tree, normpath(chart), override):
        if below.dependency.name == "jupyterhub":
            return below.dependency
    return None


def way_to_jupyterhub(
    tree: Tree, chart: str, override: str | None = None
) -> tuple[tuple[str, str | None], ...] | None:
    """Return the values keys that lead to the jupyterhub chart, each with that chart's folder.

    The folder is None for a chart that this repository does not hold. None where no jupyterhub
    chart is deployed.
    """
    folders: dict[tuple[str, ...], str | None] = {}
    for below in _walk(tree, normpath(chart), override):
        folders[below.keys] = below.folder
        if below.dependency.name == "jupyterhub":
            ways = [below.keys[: depth + 1] for depth in range(len(below.keys))]
            return tuple((keys[-1], folders[keys]) for keys in ways)
    return None


def keys_down_to(
    tree: Tree, chart: str, target: str, override: str | None = None
) -> tuple[str, ...] | None:
    """Return the values keys that lead from a chart to one that it includes by file://.

    () for the chart itself, ("basehub",) for a chart that includes basehub, None where the
    target is not in it.
    """
    if normpath(chart) == normpath(target):
        return ()
    for below in _walk(tree, normpath(chart), override):
        if below.folder == normpath(target):
            return below.keys
    return None


@dataclass(frozen=True)
class _Below:
    keys: tuple[str, ...]
    dependency: Dependency
    folder: str | None  # of a chart that this repository holds itself


def _walk(
    tree: Tree, chart: str, override: str | None, seen: frozenset[str] = frozenset()
) -> Iterator[_Below]:
    """Yield every dependency below a chart with the keys that lead to it, nearest first."""
    if chart in seen:  # a chart that includes itself: Helm would refuse it
        return
    listed = [
        _Below((d.key,), d, folder(d, chart))
        for d in dependencies(tree, chart_file(tree, chart, override))
    ]
    yield from listed
    for here in listed:
        if here.folder is not None:
            for found in _walk(tree, here.folder, override, seen | {chart}):
                yield _Below((*here.keys, *found.keys), found.dependency, found.folder)


def chart_file(tree: Tree, chart: str, override: str | None) -> str:
    """Return the Chart.yaml that counts for a chart's folder: its own, or the override that is for it."""
    own = join(chart, "Chart.yaml")
    if override and _name(tree, override) in {_name(tree, own), basename(chart)}:
        return override
    return own


def _name(tree: Tree, chart_file: str) -> str | None:
    text = tree.read(chart_file)
    return load_mapping(text, chart_file).get("name") if text is not None else None


def folder(dependency: Dependency, chart: str) -> str | None:
    """Return the folder of a dependency that this repository holds itself, or None."""
    path = dependency.repository.removeprefix("file://")
    return normpath(join(chart, path)) if path != dependency.repository else None

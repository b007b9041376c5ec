"""Charts: which jupyterhub they depend on, and through which keys values reach it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubimages import charts
from hubimages.errors import BadFile
from hubimages.tree import WorkTree
from repositories import CORPUS


def _chart(name: str, *dependencies: str) -> str:
    listed = "".join(f"  - {dependency}\n" for dependency in dependencies)
    return f"apiVersion: v2\nname: {name}\n" + (f"dependencies:\n{listed}" if listed else "")


JUPYTERHUB = "{name: jupyterhub, version: 4.3.3, repository: https://example.org/charts}"
FILES = {
    "c/basehub": _chart("basehub", "{name: other, version: 1.0.0}", JUPYTERHUB),
    "c/daskhub": _chart("daskhub", "{name: basehub, version: 1, repository: 'file://../basehub'}"),
    "c/outer": _chart("outer", "{name: daskhub, version: 1, repository: file://../daskhub/, alias: inner}"),
    "c/aliased": _chart("aliased", JUPYTERHUB.replace("}", ", alias: hub}")),
    "c/ring": _chart("ring", "{name: ring, version: 1, repository: file://../ring}"),
    "c/plain": _chart("plain"),
}  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    for folder, text in FILES.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "Chart.yaml").write_text(text)
    return WorkTree(tmp_path)


@pytest.mark.parametrize(
    ("chart", "file"),
    [
        ("c/basehub", "c/basehub/Chart.yaml"),
        ("c/basehub/", "c/basehub/Chart.yaml"),
        ("c/daskhub", "c/basehub/Chart.yaml"),
        ("c/outer", "c/basehub/Chart.yaml"),
        ("c/aliased", "c/aliased/Chart.yaml"),
    ],
)
def test_jupyterhub_is_found_however_deep(chart: str, file: str, tree: WorkTree) -> None:
    found = charts.jupyterhub(tree, chart)
    assert found
    assert (found.name, found.version, found.chart_file) == ("jupyterhub", "4.3.3", file)


@pytest.mark.parametrize("chart", ["c/plain", "c/ring", "c/missing"])
def test_a_chart_without_it(chart: str, tree: WorkTree) -> None:
    assert charts.jupyterhub(tree, chart) is None


@pytest.mark.parametrize(
    ("chart", "target", "keys"),
    [
        ("c/basehub", "c/basehub", ()),
        ("c/./basehub/", "c/basehub", ()),
        ("c/daskhub", "c/basehub", ("basehub",)),
        ("c/outer", "c/daskhub", ("inner",)),
        ("c/outer", "c/basehub", ("inner", "basehub")),
        ("c/basehub", "c/daskhub", None),
        ("c/ring", "c/basehub", None),
        ("c/missing", "c/basehub", None),
    ],
)
def test_the_keys_down_to_a_chart(
    chart: str, target: str, keys: tuple[str, ...] | None, tree: WorkTree
) -> None:
    assert charts.keys_down_to(tree, chart, target) == keys


def test_a_cluster_s_own_chart_file_takes_the_place_of_the_chart_s(tree: WorkTree) -> None:
    newer = FILES["c/basehub"].replace("4.3.3", "4.4.0-beta.1")
    (tree.root / "override.yaml").write_text(newer)
    for chart in ("c/basehub", "c/outer"):
        found = charts.jupyterhub(tree, chart, "override.yaml")
        assert found
        assert (found.version, found.chart_file) == ("4.4.0-beta.1", "override.yaml")
    assert charts.keys_down_to(tree, "c/outer", "c/basehub", "override.yaml") == (
        "inner",
        "basehub",
    )
    found = charts.jupyterhub(tree, "c/aliased", "override.yaml")
    assert found
    assert found.version == "4.3.3"


def test_an_alias_is_the_key(tree: WorkTree) -> None:
    (dependency,) = charts.dependencies(tree, "c/aliased/Chart.yaml")
    assert (dependency.name, dependency.key, dependency.index) == ("jupyterhub", "hub", 0)
    assert [d.key for d in charts.dependencies(tree, "c/basehub/Chart.yaml")] == [
        "other",
        "jupyterhub",
    ]


@pytest.mark.parametrize(
    "dependencies",
    [
        "[jupyterhub]",
        "[{version: 1}]",
        "[{name: [x]}]",
        "[{name: x, alias: [y]}]",
    ],
)
def test_a_mistake_names_the_chart_file(dependencies: str, tree: WorkTree) -> None:
    (tree.root / "c/plain/Chart.yaml").write_text(f"name: plain\ndependencies: {dependencies}\n")
    with pytest.raises(BadFile, match=r"c/plain/Chart\.yaml"):
        charts.jupyterhub(tree, "c/plain")


def test_a_dependency_without_a_version_has_none(tree: WorkTree) -> None:
    (tree.root / "c/plain/Chart.yaml").write_text("dependencies: [{name: jupyterhub, version: }]\n")
    found = charts.jupyterhub(tree, "c/plain")
    assert found
    assert found.version == ""
    assert not charts.is_exact(found.version)


@pytest.mark.parametrize(
    ("version", "exact", "release"),
    [
        ("4.3.3", True, True),
        ("4.0.0-beta.1", True, True),
        ("4.0.0-rc1", True, True),
        ("4.3.4-0.dev.git.7026.h2a7f3c5", True, False),
        ("0.0.1-set.by.chartpress", True, False),
        ("4.3", False, False),
        ("^4.3.3", False, False),
        (">=4.3.3", False, False),
        ("4.3.3 - 4.4.0", False, False),
        ("4.x", False, False),
        ("4.3.3\n", False, False),
        ("", False, False),
    ],
)
def test_versions(version: str, exact: bool, release: bool) -> None:
    assert (charts.is_exact(version), charts.is_release(version)) == (exact, release)


@pytest.mark.parametrize(
    ("version", "lock", "wanted"),
    [
        ("^4.2.0", "{name: jupyterhub, version: 4.2.1, repository: https://a.org}", "4.2.1"),
        ("4.2.0", "{name: jupyterhub, version: 4.2.1, repository: https://a.org}", "4.2.0"),
        ("^4.2.0", "{name: jupyterhub, version: 4.2.1, repository: https://b.org}", "^4.2.0"),
        ("^4.2.0", "{name: other, version: 4.2.1, repository: https://a.org}", "^4.2.0"),
        ("^4.2.0", "", "^4.2.0"),
    ],
)
def test_a_lock_narrows_ranges(tmp_path: Path, version: str, lock: str, wanted: str) -> None:
    one = f'{{name: jupyterhub, alias: hub, version: "{version}", repository: https://a.org}}'
    (tmp_path / "Chart.yaml").write_text(_chart("a", one))
    if lock:
        (tmp_path / "Chart.lock").write_text(f"dependencies: [{lock}]\ndigest: sha256:0\n")
    tree = WorkTree(tmp_path)
    (found,) = charts.locked(tree, "", charts.dependencies(tree, "Chart.yaml"))
    assert (found.version, found.key) == (wanted, "hub")


def test_the_corpus() -> None:
    if not CORPUS.is_dir():
        pytest.skip("needs shared/corpus/2i2c-infrastructure beside the repository")
    tree = WorkTree(CORPUS)
    base = charts.jupyterhub(tree, "helm-charts/basehub")
    assert base
    assert charts.is_exact(base.version)
    assert charts.jupyterhub(tree, "helm-charts/daskhub") == base
    assert charts.keys_down_to(tree, "helm-charts/daskhub", "helm-charts/basehub") == ("basehub",)

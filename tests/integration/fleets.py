"""Generated fleets for Helm: charts that include charts, and values files with all that YAML has."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import join
from typing import Any

import yaml

from hubimages import charts as own_charts
from hubimages.fleet import Hub
from hubimages.process import Processes
from hubimages.tree import WorkTree
from stack.chartrepo import package

_run = Processes()
# What the chart makes up at random where nobody set it.
MADE_UP = re.compile(r"^( *hub\.config\.ConfigurableHTTPProxy\.auth_token:) .*$", re.MULTILINE)
_SHOWS_ALL = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}-values
data:
  values.yaml: |
    {{{{- .Values | toYaml | nindent 4 }}}}
"""


def charts(url: str) -> dict[str, str]:
    """Return the files of charts that hubs deploy, by path; url is where jupyterhub is published."""
    hub = f"{{name: jupyterhub, version: 4.3.3, repository: {url}}}"
    deep = "{name: basehub, version: 0.1.0, repository: file://../basehub}"
    on = {
        "basehub": [hub],
        "daskhub": [deep],
        "deephub": ["{name: daskhub, version: 0.1.0, alias: below, repository: file://../daskhub}"],
        "rangehub": [hub.replace("4.3.3", '">=4.2.0 <4.3.3"')],
        "twohub": [
            hub.replace("}", ", alias: old}").replace("4.3.3", "4.2.0"),
            hub.replace("}", ", alias: new, condition: new.enabled}"),
        ],
        "mixedhub": [deep, hub.replace("}", ", alias: other}").replace("4.3.3", "~4.2")],
        "innerhub": ["{name: inner, version: 0.1.0, repository: file://charts/inner}", hub],
    }
    made = {
        f"{name}/Chart.yaml": "\n".join(
            [f"apiVersion: v2\nname: {name}\nversion: 0.1.0\ndependencies:"]
            + [f"  - {one}" for one in listed]
        )
        + "\n"
        for name, listed in on.items()
    }
    made |= {f"{name}/templates/values.yaml": _SHOWS_ALL.format(name=name) for name in on}
    made["innerhub/charts/inner/Chart.yaml"] = "apiVersion: v2\nname: inner\nversion: 0.1.0\n"
    made["innerhub/charts/inner/values.yaml"] = "nothing: null\nfrom: inner\n"
    made["innerhub/charts/inner/templates/values.yaml"] = _SHOWS_ALL.format(name="inner")
    made["basehub/values.yaml"] = (
        "jupyterhub:\n  hub:\n    image: {name: quay.io/example/hub, tag: '1.0'}\n"
        "  singleuser: {extraEnv: {A: a, B: b}, list: [1, 2]}\n"
    )
    made["basehub/.helmignore"] = "*.orig\n/old/\n"
    made["basehub/templates/values.yaml.orig"] = _SHOWS_ALL.format(name="left-over")
    made["daskhub/.helmignore"] = "values.yaml.bak\nsecond/\n"
    made["basehub/templates/second/values.yaml"] = _SHOWS_ALL.format(name="second")
    made["daskhub/values.yaml"] = "basehub:\n  jupyterhub:\n    hub: {image: {tag: 2.0-dask}}\n"
    return {join("helm-charts", path): text for path, text in made.items()}


KEYS = {
    "basehub": ("jupyterhub",),
    "daskhub": ("basehub", "jupyterhub"),
    "deephub": ("below", "basehub", "jupyterhub"),
    "rangehub": ("jupyterhub",),
    "twohub": ("new",),
    "mixedhub": ("basehub", "jupyterhub"),
    "innerhub": ("jupyterhub",),
}
_SCALARS = (
    *("1.10", '"1.10"', "'1.10'", "0012", "1e3", "12345678901234567890", "null", "~", "yes"),
    *("true", '"true"', "2026-01-02", '""', "|\n{0}two\n{0}lines", ">-\n{0}folded\n{0}text"),
    *("plain words", "'it''s'", '"a \\"b\\" \\u00e9"', "{{}}", "[]", "0x1F", "1_000"),
    *("&anchor text", "{{inside: flow, list: [a, null, 1.50]}}", "[1, two, {{three: 3}}]"),
)
_NAMES = ("A", "B", "c-d", "'1'", "on", "deep")


def _mapping(rng: random.Random, indent: int, depth: int) -> str:
    """Return a random block mapping."""
    pad, lines, anchor = " " * indent, [], f"base{rng.randrange(10**9)}"
    anchored = rng.random() < 0.3
    if anchored:
        lines.append(f"{pad}base: &{anchor} {{x: 1, y: two}}")
    for name in rng.sample(_NAMES, rng.randint(1, 4)):
        if depth and rng.random() < 0.4:
            lines.append(f"{pad}{name}:\n{_mapping(rng, indent + 2, depth - 1)}")
        else:
            said = rng.choice(_SCALARS).replace("&anchor", f"&a{rng.randrange(10**9)}")
            lines.append(f"{pad}{name}: " + said.format(" " * (indent + 2)).replace(" -", " '-'"))
    if anchored:
        lines.append(f"{pad}merged:\n{pad}  <<: *{anchor}\n{pad}  y: three")
    return "\n".join(lines)


def _values(rng: random.Random, keys: tuple[str, ...]) -> str:
    """Return a random values file for a chart whose jupyterhub is below keys."""
    tag = rng.choice(['"1.10"', "'2026.01'", "plain-tag", "1.2.3", '"0012"'])
    below = "".join(f"{' ' * (2 * n)}{key}:\n" for n, key in enumerate(keys))
    pad = " " * (2 * len(keys))
    hub = f"{pad}hub:\n{pad}  image:\n{pad}    tag: {tag}\n" if rng.random() < 0.5 else ""
    free = "singleuser" if rng.random() < 0.7 else "anything"
    text = f"{below}{hub}{pad}{free}:\n{_mapping(rng, len(pad) + 2, 2)}\n"
    if rng.random() < 0.2:
        text = f"# a comment\n{text}---\nsecond: document\n"
    if rng.random() < 0.25:
        text = text.replace("\n", "\r\n")
    return text.rstrip("\r\n") if rng.random() < 0.3 else text


def files(seed: int, url: str) -> dict[str, str]:
    """Return a fleet's files by path: two clusters whose hubs share files, one with a chart override."""
    rng, made = random.Random(seed), charts(url)
    where = "config/clusters"
    for cluster in ("one", "two"):
        entries: list[Mapping[str, Any]] = []
        for chart, keys in KEYS.items():
            named = [
                f"{chart}.values.yaml",
                f"../one/{chart}-common.values.yaml",
                f"{chart}-2.yaml",
            ]
            files = rng.sample(named, rng.randint(1, 3))
            for file in files:
                path = join(where, cluster, file).replace("two/../", "").replace("one/../", "")
                made.setdefault(path, _values(rng, keys))
            override = {"chart_override": "basehub.yaml"} if chart in ("basehub", "daskhub") else {}
            hub = {"name": f"{chart}-hub", "domain": "example.org", "helm_chart": chart}
            entries.append(
                {**hub, **(override if cluster == "two" else {}), "helm_chart_values_files": files}
            )
        made[f"{where}/{cluster}/cluster.yaml"] = yaml.safe_dump({"name": cluster, "hubs": entries})
    made[f"{where}/two/basehub.yaml"] = made["helm-charts/basehub/Chart.yaml"].replace(
        "4.3.3", "4.2.1"
    )
    return made


def published(root: Path) -> set[tuple[str, str]]:
    """Return name and version of each chart that a repository's charts take from elsewhere."""
    tree = WorkTree(root)
    listed = [
        one
        for path in _chart_files(root)
        for one in own_charts.dependencies(tree, path.relative_to(root).as_posix())
    ]
    return {(one.name, one.version) for one in listed if not one.repository.startswith("file:")}


def publish(root: Path, url: str) -> None:
    """Have a repository's charts take from url what others publish."""
    for path in _chart_files(root):
        text = path.read_text()
        path.write_text(re.sub(r"repository: (https|oci)://\S+", f"repository: {url}", text))


def stand_in(folder: Path, name: str, version: str) -> bytes:
    """Return the archive of a chart that shows all values that reach it."""
    said = f"apiVersion: v2\nname: {name}\nversion: {version}\n"
    write(
        folder,
        {f"{name}/Chart.yaml": said, f"{name}/templates/a.yaml": _SHOWS_ALL.format(name=name)},
    )
    return package(folder / name, version)


def _chart_files(root: Path) -> list[Path]:
    return [*root.glob("helm-charts/*/Chart.yaml"), *root.glob("config/clusters/*/*chart*.yaml")]


def write(root: Path, made: Mapping[str, str]) -> None:
    """Write files below root, line endings as they are."""
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())


@dataclass
class ByHand:
    """What a person would type, in a copy of the repository for each chart that is overridden."""

    root: Path
    copies: Path

    def template(self, hub: Hub) -> str:
        """Return what `helm template` prints after `helm dependency update`, bottom-up."""
        at = self.copies / f"{hub.chart} {hub.chart_override}".replace("/", "-")
        if not at.exists():
            shutil.copytree(self.root, at, ignore=shutil.ignore_patterns(".git"))
            self._update(at, hub.chart, hub.chart_override)
        values = [word for path in hub.values_files for word in ("-f", str(at / path))]
        words = ["helm", "template", hub.hub, str(at / hub.chart), "-n", hub.hub, *values]
        return _run(words).stdout

    def _update(self, at: Path, chart: str, override: str | None) -> None:
        if override and own_charts.chart_file(WorkTree(at), chart, override) == override:
            shutil.copyfile(at / override, at / chart / "Chart.yaml")
        for one in own_charts.dependencies(WorkTree(at), join(chart, "Chart.yaml")):
            below = own_charts.folder(one, chart)
            if below is not None:
                self._update(at, below, override)
        _run(["helm", "dependency", "update", str(at / chart)])


def without_made_up(text: str) -> str:
    """Return manifests without what a chart makes up at random."""
    return MADE_UP.sub(r"\1 ***", text)

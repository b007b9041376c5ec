"""Values files laid over each other: by hand, and against Helm itself where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import stack
from hubimages import values
from hubimages.errors import BadFile
from hubimages.fleet import Hub
from hubimages.listing import Lister
from hubimages.tree import WorkTree
from hubimages.values import Document, Merged
from unavailable import or_skip

WORDS = """\
[1.10, 1e3, 0755, 0o755, 0899, 08, -017, 1:30, 20240318, 12345e6, 0x1F, +0x10, 0b11, 1_000, 1_0.5,
 2024-03-18, "2024-03-18T10:00:00Z", y, n, Yes, OFF, true, +5, -0.0, 0.0, .5, 5., -.5, 1e-7, 1e-6,
 1e20, 1e21, 1.5e300, 123456789012345678901234, '5', "1.10", !!str 1.10, 1e999,
 ._5, x, -, "yes", 1.0]
"""
MERGES = """\
base: &base {a: 2, b: {c: 3}}
more: &more {a: 4, d: 5}
after: {<<: *base, a: 1}
before: {a: 1, <<: *base}
several: {<<: [*base, *more]}
alias: *base
twice: {a: {b: 1}, a: {c: 2}}
quoted: {"<<": 1}
keys: {1: one, 1.10: two, yes: three, 2024-01-01: four}
"""


def document(text: str, path: str = "a.yaml") -> Document:
    return values.parse(text, path)


def merged(*texts: str) -> Merged:
    return values.merged(document(text, f"{n}.yaml") for n, text in enumerate(texts))


def plain(here: Merged) -> Any:
    """Return what stands somewhere as Helm's templates see it, every text as it prints."""
    if here.text is not None:
        return here.text
    if here.mapping:
        return {key: plain(value) for key, value in here.items()}
    return [plain(value) for _, value in here.items()]


# --- by hand --------------------------------------------------------------------------------------


def test_mappings_merge_and_the_source_is_the_line_that_wins() -> None:
    here = merged("a:\n  b: 1\n  c: 2\n", "\na:\n  c:\n    3\n", "", "d: [1]\n")
    assert plain(here) == {"a": {"b": "1", "c": "3"}, "d": ["1"]}
    found = {key: value.source for key, value in (here.at("a") or Merged()).items()}
    assert found == {"b": "0.yaml:2", "c": "1.yaml:4"}


@pytest.mark.parametrize(
    ("files", "left"),
    [
        (("a: {b: 1}", "a: null"), {}),
        (("a: {b: 1}", "a: ~", "a: {c: 2}"), {"a": {"c": "2"}}),  # the null is gone, b stays gone
        (("a: {b: 1}", "a: 5", "a: {c: 2}"), {"a": {"c": "2"}}),
        (("a: [1, 2]", "a: [3]"), {"a": ["3"]}),
        (("a: [1]", "a: {b: 1}"), {"a": {"b": "1"}}),
        (("a: {b: {c: 1, d: 2}}", "a: {b: {c: null}}"), {"a": {"b": {"d": "2"}}}),
        (("a:", "b: {}"), {"b": {}}),
    ],
)
def test_files_of_a_release(files: tuple[str, ...], left: object) -> None:
    assert plain(merged(*files)) == left


@pytest.mark.parametrize(
    ("files", "chart", "left"),
    [
        (("a: {b: 1}",), "a: {c: 2}", {"a": {"c": "2", "b": "1"}}),
        (("a: null",), "a: {c: 2}", {}),
        (("a: null", "a: {b: 1}"), "a: {c: 2}", {"a": {"c": "2", "b": "1"}}),  # undone: c is back
        (("a: 5",), "a: {c: 2}", {"a": "5"}),
        (("a: {b: 1}",), "a: 5", {"a": {"b": "1"}}),
        (("a: {b: 1}",), "a: null", {"a": {"b": "1"}}),
        (("a: [1]",), "a: [2, 3]", {"a": ["1"]}),
        ((), "a: {c: 2}", {"a": {"c": "2"}}),
        (("a: {c: null}",), "a: {c: {d: 1}}", {"a": {}}),
    ],
)
def test_files_over_a_chart(files: tuple[str, ...], chart: str, left: object) -> None:
    assert plain(merged(*files).over(document(chart))) == left


def test_a_null_reaches_the_values_of_a_subchart() -> None:
    """As since Helm 3.14; before, the subchart's own value came back."""
    top, sub = document("sub: {a: 1, b: {c: 1}, d: 1}"), document("{a: 0, b: {c: 0, e: 0}, d: 0}")
    here = merged("sub: {a: null, b: {c: null}}").over(top).at("sub")
    assert here
    assert plain(here.over(sub)) == {"b": {"e": "0"}, "d": "1"}
    here = merged("sub: {b: {c: 2}}").over(document("sub: {a: null, b: null}")).at("sub")
    assert here
    assert plain(here.over(sub)) == {"b": {"c": "2", "e": "0"}, "d": "0"}


def test_an_alias_has_the_line_of_its_anchor() -> None:
    here = merged("x: &x\n  tag: one\ny: *x\nz:\n  <<: *x\n  name: z\n")
    assert {key: value.down("tag").source for key, value in here.items()} == dict.fromkeys(  # type: ignore[union-attr]
        "xyz", "0.yaml:2"
    )


def test_a_mapping_that_merges_itself_ends() -> None:
    assert plain(merged("a: &a\n  b: 1\n  <<: *a\n")) == {"a": {"b": "1"}}


def test_a_list_goes_by_its_indices() -> None:
    here = merged("a: [x, {b: z}, null]").at("a")
    assert here
    assert [key for key, _ in here.items()] == ["0", "1"]
    assert here.at("3") is None
    assert here.at("x") is None
    assert (found := here.down("1", "b"))
    assert found.text == "z"
    assert here.down("0", "b", "c") is None


def test_text_is_of_scalars_only() -> None:
    assert Merged().text is None
    assert merged("a: {}").text is None
    assert (found := merged("a: |\n  two\n  lines\n").at("a"))
    assert found.text == "two\nlines\n"


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~", "null\n"])
def test_an_empty_file(text: str) -> None:
    assert document(text).root is None
    assert plain(merged("a: 1", text)) == {"a": "1"}


def test_of_several_documents_the_first_counts() -> None:
    assert plain(merged("a: 1\n---\nb: 2\n")) == {"a": "1"}


def test_line_endings_and_byte_order_mark() -> None:
    assert plain(merged("\ufeffa: 1\r\nb: 2\r\n")) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("a: 1\nb: [", "v.yaml:", "is not YAML"),
        ("a: 1\n\tb: 2\n", "v.yaml:2", "is not YAML"),
        ("{{ template }}\n", "v.yaml:1", ""),
        ("a: *x\n", "v.yaml:1", "undefined alias"),
        ("a: 1\nb: \udc80\n", "v.yaml:2", "is not UTF-8"),
        ("a: \x00\n", "v.yaml:", "is not YAML"),
        ("# a list\n- a\n", "v.yaml:2", "has to be a mapping"),
        ("text\n", "v.yaml:1", "has to be a mapping"),
    ],
)
def test_a_broken_file_names_path_and_line(text: str, where: str, why: str) -> None:
    if text.startswith("{{"):
        text = "a: {{ b }}: c\n"
    with pytest.raises(BadFile) as caught:
        document(text, "v.yaml")
    assert str(caught.value).startswith(where)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("text", "is_it"),
    [("a: ENC[x]\nsops:\n  mac: x\n", True), ("a: {sops: 1}", False), ("", False)],
)
def test_a_file_of_sops_says_so(text: str, is_it: bool) -> None:
    assert document(text).encrypted is is_it


def test_a_large_integer_stays_what_it_is() -> None:
    """As since Helm 3.17; before, it went through a float."""
    assert plain(merged("a: [9223372036854775807, 18446744073709551615]")) == {
        "a": ["9223372036854775807", "18446744073709551615"]
    }


# --- against Helm ---------------------------------------------------------------------------------

CHART = "apiVersion: v2\nname: {name}\nversion: 1.0.0\n"
DEPENDENCY = (
    "dependencies: [{{name: {name}, version: 1.0.0, repository: {where}, alias: {alias}}}]\n"
)
SHOW = "{{ toJson .Values }}\n"


@dataclass(frozen=True)
class Helm:
    """A real Helm, and its version."""

    program: str
    version: tuple[int, ...]

    @property
    def nulls_reach_subcharts(self) -> bool:
        return self.version >= (3, 14)

    def run(self, *words: str, cwd: Path) -> str:
        done = subprocess.run([self.program, *words], cwd=cwd, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def values(self, chart: Path, files: list[str]) -> dict[str, Any]:
        """Return the values that each chart's template sees, by the chart's path."""
        flags = [word for file in files for word in ("-f", file)]
        found = re.findall(
            r"^# Source: (\S+)/templates/show.yaml\n(.*)$",
            self.run("template", "x", str(chart), *flags, cwd=chart.parent),
            re.MULTILINE,
        )
        return {path: json.loads(shown, parse_int=str, parse_float=str) for path, shown in found}


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Find Helm, or fetch one; of the session, since the unit tests' network is closed."""
    program = shutil.which("helm")
    if program is None:
        with or_skip():
            program = str(stack.helm_3())
    try:
        said = subprocess.run([program, "version", "--short"], capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"{program} does not run here: {error}")
    number = re.search(r"v(\d+)\.(\d+)", said.stdout)
    assert number, said
    return Helm(program, (int(number[1]), int(number[2])))


def chart(folder: Path, own: str, dependency: str = "") -> None:
    """Write a chart that shows its values."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART.format(name=folder.name) + dependency)
    (folder / "values.yaml").write_text(own)
    (folder / "templates" / "show.yaml").write_text(SHOW)


def helms(value: Any) -> Any:
    """Return what Helm shows in the shape of plain(): a null is as good as nothing."""
    match value:
        case dict():
            return {key: helms(v) for key, v in value.items() if v is not None and key != "global"}
        case list():
            return [helms(v) for v in value if v is not None]
        case bool():
            return str(value).lower()
    return value


def test_words_and_merge_keys_are_what_helm_makes_of_them(helm: Helm, tmp_path: Path) -> None:
    chart(tmp_path / "top", "")
    text = f"words: {WORDS}{MERGES}"
    (tmp_path / "a.yaml").write_text(text)
    shown = helms(helm.values(tmp_path / "top", ["a.yaml"])["top"])
    ours = plain(merged(text))
    assert shown == ours


KEYS = st.sampled_from("abc")
SCALARS = st.sampled_from(["x", "1.10", 7, 1.5, True, "", "yes"])
LISTS = st.lists(st.one_of(SCALARS, st.none(), st.dictionaries(KEYS, SCALARS)), max_size=2)


def trees(*, nulls: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    leaf: st.SearchStrategy[Any] = st.one_of(SCALARS, LISTS, *([st.none()] if nulls else []))
    below = st.recursive(leaf, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=5)
    return st.dictionaries(KEYS, below, max_size=3)


def with_subcharts(data: st.DataObject, helm: Helm, *keys: str) -> dict[str, Any]:
    """Draw values of a chart with what they say of its subcharts, whose keys are given."""
    own = data.draw(trees())
    inner = own
    for key in keys if data.draw(st.booleans()) else ():
        inner[key] = data.draw(trees(nulls=helm.nulls_reach_subcharts))
        inner = inner[key]
    return own


# Each example is a process; making a failing one smaller would be hundreds of them.
@settings(max_examples=50, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(data=st.data())
def test_values_through_nested_charts_are_helms(helm: Helm, data: st.DataObject) -> None:
    files = [
        with_subcharts(data, helm, "inner", "leaf") for _ in range(data.draw(st.integers(1, 3)))
    ]
    top = with_subcharts(data, helm, "inner", "leaf")
    middle = with_subcharts(data, helm, "leaf")
    leaf = data.draw(trees())
    texts = [yaml.safe_dump(one) for one in (*files, top, middle, leaf)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        below = folder / "top" / "charts" / "middle"
        chart(
            folder / "top", texts[-3], DEPENDENCY.format(name="middle", where="''", alias="inner")
        )
        chart(below, texts[-2], DEPENDENCY.format(name="leaf", where="''", alias="leaf"))
        chart(below / "charts" / "leaf", texts[-1])
        for number in range(len(files)):
            (folder / f"{number}.yaml").write_text(texts[number])
        shown = helm.values(folder / "top", [f"{number}.yaml" for number in range(len(files))])
    here = merged(*texts[: len(files)]).over(document(texts[-3]))
    ours = {"top": here}
    for path, key, text in (
        ("top/charts/inner", "inner", texts[-2]),
        ("top/charts/inner/charts/leaf", "leaf", texts[-1]),
    ):
        here = (here.at(key) or Merged()).over(document(text))
        ours[path] = here
    for path, found in ours.items():
        deeper = {"inner", "leaf"}
        left = {key: v for key, v in plain(found).items() if key not in deeper}
        assert left == {key: v for key, v in helms(shown[path]).items() if key not in deeper}, path


def test_a_hub_through_charts_by_file_is_what_helm_would_deploy(helm: Helm, tmp_path: Path) -> None:
    charts = tmp_path / "helm-charts"
    image = "hub:\n  image:\n    name: {}\n    tag: {}\n"
    chart(charts / "jupyterhub", image.format("quay.io/a/own", "0.1") + "    pullPolicy: Always\n")
    for name, below, alias, own in (
        ("basehub", "jupyterhub", "jupyterhub", "jupyterhub:\n  hub: {image: {tag: 1.10}}\n"),
        (
            "outer",
            "basehub",
            "base",
            "base: {jupyterhub: {hub: {image: {name: quay.io/a/outer}}}}\n",
        ),
    ):
        chart(
            charts / name,
            own,
            DEPENDENCY.format(name=below, where=f"file://../{below}", alias=alias),
        )
    files = (
        "base: {jupyterhub: {hub: {image: {tag: x}}}}\n",
        "base: {jupyterhub: {hub: {image: 5}}}\n",
    )
    last = "base: {jupyterhub: {hub: {image: {}}}}\n"
    for number, text in enumerate((*files, last)):
        (tmp_path / f"{number}.yaml").write_text(text)
    names = [str(tmp_path / f"{number}.yaml") for number in range(3)]
    hub = Hub(
        cluster="c",
        hub="h",
        chart="helm-charts/outer",
        chart_override=None,
        values_files=tuple(Path(name).name for name in names),
    )
    found = Lister(WorkTree(tmp_path)).describe(hub).hub_image
    for name in ("basehub", "outer"):
        helm.run("dependency", "update", f"helm-charts/{name}", cwd=tmp_path)
    shown = helm.values(charts / "outer", names)["outer/charts/base/charts/jupyterhub"]
    assert found
    assert shown["hub"]["image"] | {"name": found.name, "tag": found.tag} == shown["hub"]["image"]
    assert found.source == "helm-charts/basehub/values.yaml:2"

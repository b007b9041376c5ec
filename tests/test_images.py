"""What chartpress.yaml says of its images, in both shapes and in odd ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from hubimages import images
from hubimages.config import Settings
from hubimages.errors import BadFile
from hubimages.images import Image, Images, MissingRequirements, NoRequirements, UnknownImage
from hubimages.tree import WorkTree
from repositories import CORPUS

HUB = "FROM q/k8s-hub:4.3.3\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n"
SHARED = "FROM q/k8s-hub:4.3.3\nARG F\nCOPY $F /r.txt\nRUN pip install -r /r.txt\n"


@dataclass(frozen=True)
class Files:
    """A tree that is a dictionary."""

    files: dict[str, str]

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def exists(self, path: str) -> bool:
        return any(name == path or name.startswith(f"{path}/") for name in self.files)


def _load(config: str, files: dict[str, str] | None = None, **settings: str) -> Images:
    chosen = Settings(**settings)  # type: ignore[arg-type]
    path = "chartpress.yaml" if chosen.charts_dir == "." else f"{chosen.charts_dir}/chartpress.yaml"
    return images.load(Files({path: config, **(files or {})}), chosen)


def _one(options: str, chart: str = "") -> Image:
    return _load(f"charts: [{{name: c, {chart} images: {{hub: {{{options}}}}}}}]").named("hub")


# --- paths and names -------------------------------------------------------------------------------


def test_what_is_not_said_is_as_chartpress_has_it() -> None:
    image = _one("", "imagePrefix: q/o/,")
    assert (image.name, image.chart) == ("q/o/hub", "helm-charts/c")
    assert image.context == "helm-charts/images/hub"
    assert image.dockerfile == "helm-charts/images/hub/Dockerfile"
    assert image.values_file == "helm-charts/c/values.yaml"
    assert set(image.paths) == {"helm-charts/chartpress.yaml", image.context, image.dockerfile}
    assert image.values_paths == ()
    assert image.base_version is None


def test_what_is_said() -> None:
    image = _one(
        "imageName: q/other, contextPath: ../ctx, dockerfilePath: x/Dockerfile, paths: [../w, y/*],"
        "valuesPath: [a.0.b, c], buildArgs: {N: 1, T: text}, rebuildOnContextPathChanges: false,"
        "extraBuildCommandOptions: [--network=host, 1]",
        "chartPath: ../charts/c, imagePrefix: q/o/, baseVersion: 1.2.3-0.dev,",
    )
    assert (image.name, image.chart) == ("q/other", "charts/c")
    assert image.context == "ctx"
    assert image.dockerfile == "helm-charts/x/Dockerfile"
    assert set(image.paths) == {
        "helm-charts/chartpress.yaml", "helm-charts/x/Dockerfile", "w", "helm-charts/y/*",
    }  # fmt: skip
    assert set(image.inputs) == {*image.paths, "ctx"}
    assert image.values_paths == (("a", 0, "b"), ("c",))
    assert image.build_args == {"N": "1", "T": "text"}
    assert image.build_options == ("--network=host", "1")
    assert image.base_version == "1.2.3-0.dev"


@pytest.mark.parametrize(
    ("charts_dir", "context"),
    [(".", "images/hub"), ("a/b", "a/b/images/hub"), ("with space", "with space/images/hub")],
)
def test_the_charts_may_stand_anywhere(charts_dir: str, context: str) -> None:
    found = _load("charts: [{name: c, images: {hub: {}}}]", charts_dir=charts_dir)
    assert found.named("hub").context == context


def test_a_context_that_is_all_there_is() -> None:
    found = _load("charts: [{name: c, images: {hub: {contextPath: .}}}]", charts_dir=".")
    assert (found.named("hub").context, found.named("hub").dockerfile) == (".", "Dockerfile")


def test_several_charts_anchors_and_merges() -> None:
    found = _load(
        """\
x-shared: &shared
  contextPath: images/hub
  valuesPath: jupyterhub.hub.image
charts:
  - name: one
    images:
      hub: &hub {<<: *shared, imageName: q/hub}
  - name: none
  - name: two
    imagePrefix: q/two-
    images:
      experiment: {<<: *hub, imageName: q/experiment}
      third: *shared
"""
    )
    assert [(i.key, i.name, i.chart_index) for i in found.all] == [
        ("hub", "q/hub", 0),
        ("experiment", "q/experiment", 2),
        ("third", "q/two-third", 2),
    ]
    assert {image.context for image in found.all} == {"helm-charts/images/hub"}


def test_yaml_is_read_as_chartpress_reads_it() -> None:
    """Of YAML 1.1's booleans only true and false are some to chartpress; `no` is a text, and true."""
    assert len(_one("rebuildOnContextPathChanges: no").paths) == 3
    assert len(_one("rebuildOnContextPathChanges: false").paths) == 2
    assert _one("buildArgs: {ANSWER: on}").build_args == {"ANSWER": "on"}


# --- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("", "charts"),
        ("charts: {}", "charts"),
        ("- charts", "mapping"),
        ("charts: [", "not YAML"),
        ("charts: [{name: c, images: [hub]}]", "`charts.0.images`"),
        ("charts:\n- name: c\n  images:\n    hub:\n", "`charts.0.images.hub`"),
        ("charts: [{name: c, images: {hub: {buildArgs: [A]}}}]", "buildArgs"),
        ("charts: [{name: c, images: {hub: {paths: x}}}]", "paths"),
        ("charts: [{name: c, images: {hub: {paths: [1]}}}]", "paths"),
        ("charts: [{name: c, images: {hub: {valuesPath: {a: b}}}}]", "valuesPath"),
        ("charts: [{name: c, images: {hub: {valuesPath: [1]}}}]", "valuesPath"),
        ("charts: [{name: c, images: {hub: {contextPath: 3}}}]", "contextPath"),
        ("charts: [{name: c, images: {hub: {contextPath: ../../x}}}]", "contextPath"),
        ("charts: [{name: c, images: {hub: {contextPath: /tmp}}}]", "contextPath"),
        ("charts: [{name: c, images: {hub: {dockerfilePath: [x]}}}]", "dockerfilePath"),
        ("charts: [{name: c, images: {hub: {paths: [':!images/x']}}}]", "paths"),
        ("charts: [{name: c, images: {1: {}}}]", "1"),
        ("charts: [{name: c, baseVersion: 1.2, images: {hub: {}}}]", "baseVersion"),
        ("charts: [{name: c, chartPath: 1, images: {hub: {}}}]", "chartPath"),
        ("charts: [{images: {hub: {}}}]", "name"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(config: str, why: str) -> None:
    with pytest.raises(BadFile, match=rf"helm-charts/chartpress\.yaml.*{why}"):
        _load(config)


@pytest.mark.parametrize(
    ("settings", "line"), [("paths:\n        - 1", 6), ("paths: x", 5), ("valuesPath: 1", 5)]
)
def test_a_mistake_names_its_line(settings: str, line: int) -> None:
    with pytest.raises(BadFile) as caught:
        _load(f"charts:\n- name: c\n  images:\n    hub:\n      {settings}\n")
    assert caught.value.line == line


def test_no_chartpress_yaml() -> None:
    with pytest.raises(BadFile, match=r"elsewhere/chartpress\.yaml") as caught:
        images.load(Files({}), Settings(charts_dir="elsewhere"))
    assert "charts_dir" in caught.value.fix


def test_an_unknown_image_names_those_that_are_there() -> None:
    found = _load("charts: [{name: c, images: {hub: {}, other: {}}}]")
    with pytest.raises(UnknownImage, match="huhb") as caught:
        found.named("huhb")
    assert "hub, other" in caught.value.fix


def test_no_production_image_says_what_to_set() -> None:
    with pytest.raises(UnknownImage) as caught:
        _ = _load("charts: [{name: c, images: {pilot: {}}}]").production
    assert "pilot" in caught.value.fix
    assert "`production`" in caught.value.fix


def test_a_name_that_two_charts_use() -> None:
    found = _load("charts: [{name: a, images: {hub: {}}}, {name: b, images: {hub: {}}}]")
    with pytest.raises(BadFile, match=r"helm-charts/a, helm-charts/b"):
        found.named("hub")


def test_a_missing_dockerfile_is_named() -> None:
    with pytest.raises(BadFile, match=r"images/hub/Dockerfile.*hub"):
        _ = _one("").recipe


# --- hub images ------------------------------------------------------------------------------------

_FOLDERS = (
    "charts: [{name: c, imagePrefix: q/, images: {hub: {}, experiment: {}, other: {}, fork: {}}}]"
)


def _hubs(fork: str) -> Images:
    return _load(
        _FOLDERS,
        {
            "helm-charts/images/hub/Dockerfile": HUB,
            "helm-charts/images/experiment/Dockerfile": HUB.replace("4.3.3", "4.4.0-beta.1"),
            "helm-charts/images/other/Dockerfile": "FROM debian:12\n",
            "helm-charts/images/fork/Dockerfile": fork,
            "helm-charts/images/hub/requirements.txt": "",
        },
    )


def test_experiments_are_the_other_images_on_the_same_base() -> None:
    found = _hubs("FROM q2/k8s-hub:4.3.3\n")
    assert [image.key for image in found.experiments] == ["experiment"]
    assert found.is_production(found.named("hub"))
    assert not found.is_production(found.named("experiment"))
    assert str(found.production.base) == "q/k8s-hub:4.3.3"


@pytest.mark.parametrize(
    "fork", ["# empty\n", "FROM $UNKNOWN\n", "FROM Q/UPPER\n", "FROM scratch\n"]
)
def test_an_image_without_a_base_that_can_be_told_is_no_experiment(fork: str) -> None:
    assert [image.key for image in _hubs(fork).experiments] == ["experiment"]


def test_requirements_of_a_folder_per_image() -> None:
    found = _hubs("")
    assert found.named("hub").requirements == ("helm-charts/images/hub/requirements.txt",)
    with pytest.raises(MissingRequirements, match="experiment/requirements"):
        _ = found.named("experiment").requirements


def test_an_image_without_requirements() -> None:
    with pytest.raises(NoRequirements, match="fork") as caught:
        _ = _hubs("FROM debian:12\n").named("fork").requirements
    assert "pip install -r" in caught.value.fix


def test_requirements_of_images_that_share_a_folder() -> None:
    found = _load(
        "charts: [{name: c, images: {hub: {buildArgs: {F: a.txt}}, experiment: {buildArgs: {F: b.txt}, contextPath: images/hub}}}]",
        {f"helm-charts/images/hub/{name}": text for name, text in
         {"Dockerfile": SHARED, "a.txt": "", "b.txt": ""}.items()},
    )  # fmt: skip
    assert found.named("hub").requirements == ("helm-charts/images/hub/a.txt",)
    assert found.named("experiment").requirements == ("helm-charts/images/hub/b.txt",)
    argument = found.named("experiment").requirements_argument
    assert argument == ("F", "helm-charts/images/hub/b.txt")


def test_images_that_claim_one_values_path() -> None:
    found = _load(
        "charts:\n"
        "- {name: a, images: {hub: {valuesPath: x.y}, two: {valuesPath: [z, x.y, z]}, three: {valuesPath: z.z}}}\n"
        "- {name: b, images: {four: {valuesPath: x.y}, five: {valuesPath: x.y}}}\n"
        "- {name: c, images: {six: {valuesPath: x.y}}}\n"
    )
    assert found.sharing_values_path() == {
        ("helm-charts/a", "x.y"): ["hub", "two"],
        ("helm-charts/b", "x.y"): ["four", "five"],
    }


def test_the_corpus(tmp_path: Path) -> None:
    if not CORPUS.is_dir():
        pytest.skip("needs shared/corpus/2i2c-infrastructure beside the repository")
    found = images.load(WorkTree(CORPUS), Settings())
    assert {image.context for image in found.all} == {"helm-charts/images/hub"}
    assert {"hub": found.production.name}["hub"].startswith("quay.io/")
    assert all(image.build_args["REQUIREMENTS_FILE"].endswith(".txt") for image in found.all)
    assert [path for _, path in found.sharing_values_path()] == ["jupyterhub.hub.image"]

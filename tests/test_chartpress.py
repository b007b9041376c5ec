"""The cut-down chartpress.yaml: what chartpress makes of it, by chartpress's own code."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hubimages import chartpress
from hubimages.errors import BadFile, CommandFailed
from hubimages.process import Completed

CONFIG = """\
# a comment
x-args: &args {COMMON: "1", BRANCH_NAME: "{BRANCH}"}
charts:
  - name: basehub
    imagePrefix: q/o/
    baseVersion: 1.2.3-0.dev
    images:
      hub: &hub
        valuesPath: jupyterhub.hub.image
        contextPath: ../images/hub
        rebuildOnContextPathChanges: no
        buildArgs: {<<: *args, REQUIREMENTS_FILE: "requirements.txt"}
      hub-experimental:
        <<: *hub
        imageName: q/o/experimental
        buildArgs: {<<: *args, REQUIREMENTS_FILE: "ünïcode {TAG}.txt", NUMBER: 5}
        extraBuildCommandOptions:
          - --label=commit={LAST_COMMIT}
          - --label=branch={BRANCH}
          - --label=json={{"a":1}}
          - 7
  - name: other
    images:
      plain:
"""


def _cut(key: str, text: str = CONFIG, **labels: str) -> dict[str, Any]:
    cut = chartpress.cut_down(text, 0, key, labels, "feature/{x}")
    config: dict[str, Any] = YAML(typ="rt").load(cut)
    assert len(config["charts"]) == 1
    return dict(config["charts"][0])


def _rendered(options: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Return build arguments and options as chartpress would render them on a detached HEAD."""
    import chartpress as theirs

    names = {"LAST_COMMIT": "abc1234", "TAG": "1.2.3", "BRANCH": ""}
    return (
        dict(theirs._get_image_build_args(options, names)),
        theirs._get_image_extra_build_command_options(options, names),
    )


@pytest.mark.parametrize("key", ["hub", "hub-experimental"])
def test_one_image_is_left_and_no_values_path(key: str) -> None:
    chart = _cut(key)
    assert list(chart["images"]) == [key]
    options = chart["images"][key]
    assert "valuesPath" not in options
    assert options["contextPath"] == "../images/hub"
    assert chart["baseVersion"] == "1.2.3-0.dev"
    assert chart["imagePrefix"] == "q/o/"


def test_what_the_tag_is_made_from_means_the_same() -> None:
    """`no` is a text to chartpress, and it has to stay one."""
    assert _cut("hub")["images"]["hub"]["rebuildOnContextPathChanges"] == "no"
    told = CONFIG.replace("PathChanges: no", "PathChanges: false")
    assert _cut("hub", told)["images"]["hub"]["rebuildOnContextPathChanges"] is False


def test_arguments_and_options_come_out_as_they_were_meant() -> None:
    options = _cut("hub-experimental", **{"org.x": 'a "{b}" %c', "hubimages.pins": '["x"]'})
    arguments, words = _rendered(options["images"]["hub-experimental"])
    assert arguments == {
        "COMMON": "1",
        "BRANCH_NAME": "feature/{x}",
        "REQUIREMENTS_FILE": "ünïcode 1.2.3.txt",
        "NUMBER": "5",
    }
    assert words == [
        "--label=commit=abc1234",
        "--label=branch=feature/{x}",
        '--label=json={"a":1}',
        "7",
        '--label=org.x=a "{b}" %c',
        '--label=hubimages.pins=["x"]',
    ]


def test_an_image_without_arguments_of_its_own() -> None:
    arguments, words = _rendered(
        _cut("i", "charts: [{name: c, images: {i: {buildArgs: null}}}]", a="b")["images"]["i"]
    )
    assert (arguments, words) == ({}, ["--label=a=b"])


def test_long_and_odd_texts_survive() -> None:
    long = " ".join(["word"] * 200) + "\n\t'\"\\ # : é \U0001f600"
    assert _rendered(_cut("hub", x=long)["images"]["hub"])[1] == [f"--label=x={long}"]


@pytest.mark.parametrize(
    "options",
    ["buildArgs: {A: '{'}", "extraBuildCommandOptions: ['x}']", "buildArgs: {A: 1, A: 2}"],
)
def test_what_chartpress_would_stumble_over_is_a_mistake_of_the_file(options: str) -> None:
    with pytest.raises(BadFile, match=r"chartpress\.yaml"):
        _cut("i", f"charts: [{{name: c, images: {{i: {{{options}}}}}}}]")


def test_the_command_is_that_of_this_environment() -> None:
    assert Path(chartpress.command()).parent == Path(sys.executable).parent


def test_the_words() -> None:
    assert chartpress.argv("docker-build", "linux/amd64")[1:] == [
        "--force-build", "--builder", "docker-build",
    ]  # fmt: skip
    assert chartpress.argv("docker-buildx", "linux/arm64")[1:] == [
        "--force-build", "--builder", "docker-buildx", "--platform", "linux/arm64",
    ]  # fmt: skip


class _Failing:
    """A Runner whose stream ends with exit code 1 and this output."""

    def __init__(self, output: str) -> None:
        self.output = output

    def __call__(self, *_: object, **__: object) -> Completed:
        raise AssertionError("a build is long, its output has to be shown")

    def stream(self, argv: object, **_: object) -> Completed:
        raise CommandFailed("chartpress", 1, self.output, "")


_TRACE = "Traceback (most recent call last):\n  File x\n"


@pytest.mark.parametrize(
    ("output", "shown", "hidden"),
    [
        (f"RUN pip broke\n{_TRACE}subprocess.CalledProcessError: docker build\n", "RUN pip broke", "Traceback"),
        (f"before\n{_TRACE}KeyError: 'charts'\n", "KeyError: 'charts'", "nothing of it"),
        ("RUN pip broke\n", "RUN pip broke", "Traceback"),
        ("", "exit code 1", "Traceback"),
    ],
)  # fmt: skip
def test_a_failed_build_says_what_broke(
    output: str, shown: str, hidden: str, tmp_path: Path
) -> None:
    with pytest.raises(chartpress.BuildFailed) as caught:
        chartpress.build(_Failing(output), tmp_path, builder="docker-build", platform="linux/amd64")
    assert shown in str(caught.value)
    assert hidden not in str(caught.value)
    assert caught.value.fix

"""Settings: what can be set, and that each mistake names its key."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hubimages import config
from hubimages.config import Settings
from hubimages.errors import BadConfiguration


def test_the_defaults_need_no_file() -> None:
    assert config.read({}) == Settings()
    assert config.read(config.defaults()) == Settings()


def test_the_defaults_are_the_contract() -> None:
    assert config.defaults() == {
        "charts_dir": "helm-charts",
        "clusters_dir": "config/clusters",
        "production": "hub",
        "experiment": "hub-experimental",
        "platform": "linux/amd64",
        "builder": "auto",
        "builder_name": "",
        "cache": False,
        "build_concurrency": 2,
        "trial_days": 7,
        "deadline_days": 28,
        "insecure_registries": [],
        "deploy_command": "helm",
        "deploy_timeout": 600,
        "deploy_concurrency": 1,
        "canary_wait": 300,
        "namespace": "{hub}",
        "release": "{hub}",
        "policies": {},
        "excused": [],
    }


def test_what_is_set_is_taken() -> None:
    found = config.read(
        {
            "charts_dir": "deploy/charts/",
            "builder": "docker-buildx",
            "trial_days": 0,
            "builder_name": "farm",
            "cache": True,
            "build_concurrency": 4,
            "insecure_registries": ["registry.example.org:5000"],
        }
    )
    assert found.charts_dir == "deploy/charts"
    assert found.builder == "docker-buildx"
    assert found.trial_days == 0
    assert (found.builder_name, found.cache, found.build_concurrency) == ("farm", True, 4)
    assert config.read({"builder_name": ""}).builder_name == ""
    assert found.insecure_registries == ("registry.example.org:5000",)
    assert found.production == "hub"


@pytest.mark.parametrize(
    ("written", "meant"), [("x/", "x"), ("./", "."), (".", "."), ("/", "/"), ("a//b//", "a//b")]
)
def test_folders_have_no_slash_at_the_end(written: str, meant: str) -> None:
    assert config.read({"clusters_dir": written}).clusters_dir == meant


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("charts_dir", ""),
        ("charts_dir", None),
        ("charts_dir", ["x"]),
        ("production", 7),
        ("builder", "podman"),
        ("builder", ""),
        ("trial_days", "7"),
        ("trial_days", -1),
        ("trial_days", 7.5),
        ("deadline_days", True),
        ("build_concurrency", 0),
        ("cache", "yes"),
        ("cache", 1),
        ("builder_name", None),
        ("deadline_days", None),
        ("insecure_registries", "registry.example.org"),
        ("insecure_registries", [1]),
        ("insecure_registries", None),
    ],
)
def test_what_cannot_be_names_the_key_and_what_it_has_to_be(key: str, value: Any) -> None:
    with pytest.raises(BadConfiguration, match=f"`{key}`") as caught:
        config.read({key: value})
    assert "hubimages" in str(caught.value)
    assert caught.value.fix.startswith("it has to be")


EXCUSE = {"policy": "off-main", "until": "2027-01-31", "reason": "moved", "match": "usage"}


def test_policies_are_switched_and_findings_excused() -> None:
    found = config.read(
        {
            "policies": {"pull-limits": False},
            "excused": [EXCUSE, {**EXCUSE, "until": date(2027, 1, 31), "path": "config/*"}],
        }
    )
    assert found.policies == {"pull-limits": False}
    assert [(one.policy, one.until, one.path, one.match) for one in found.excused] == [
        ("off-main", date(2027, 1, 31), "*", "usage"),
        ("off-main", date(2027, 1, 31), "config/*", "usage"),
    ]
    assert found.excused[0].reason == "moved"


@pytest.mark.parametrize(
    "value", ["pull-limits", ["pull-limits"], {"pull-limits": "off, please"}, None]
)
def test_policies_are_a_mapping_to_on_or_off(value: Any) -> None:
    with pytest.raises(BadConfiguration, match="`policies`"):
        config.read({"policies": value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"reason": None},
        {"until": "next week"},
        {"until": 2027},
        {"match": None},
        {"policy": 7},
        {"paths": "x"},
    ],
)
def test_an_excuse_needs_an_end_and_a_reason(wrong: dict[str, Any]) -> None:
    without = [{key: value for key, value in EXCUSE.items() if key not in wrong}]
    for value in (
        [{**EXCUSE, **wrong}],
        without if "paths" not in wrong else "off-main",
        EXCUSE["policy"],
    ):
        with pytest.raises(BadConfiguration, match="`excused`") as caught:
            config.read({"excused": value})
        assert "until" in caught.value.fix


@pytest.mark.parametrize(
    ("key", "hint"),
    [("chart_dir", "`charts_dir`"), ("zzz", "charts_dir, clusters_dir"), (7, "charts_dir")],
)
def test_a_key_that_there_is_not(key: Any, hint: str) -> None:
    with pytest.raises(BadConfiguration, match=str(key)) as caught:
        config.read({key: "x"})
    assert hint in caught.value.fix

"""pull-limits and mutable-tag: the images that people's servers run in."""

from __future__ import annotations

import pytest

from hubs import Hubs
from tests.policies.conftest import STAGING, TWINS, at, found, only

PROD = "config/clusters/example/prod.values.yaml"
DIGEST = "sha256:" + "d" * 64


def user(image: str) -> str:
    """Return values with a user image, as one text in a profile."""
    return (
        "jupyterhub:\n  singleuser:\n    profileList:\n      - display_name: One\n"
        f"        kubespawner_override:\n          image: {image}\n"
    )


@pytest.mark.parametrize(
    "image", ["pangeo/base-notebook", "ubuntu", "docker.io/rocker/binder", "index.docker.io/a/b"]
)
def test_docker_hub_limits_pulls(repo: Hubs, image: str) -> None:
    repo.write(PROD, user(f"{image}:4.4"))
    finding = only(repo)
    assert at(finding) == ("pull-limits", "warning", PROD, 6)
    assert f"{image}:4.4" in finding.message
    assert "example/prod" in finding.message


def test_a_line_of_several_hubs_is_told_of_once(repo: Hubs) -> None:
    repo.write(TWINS, user("rocker/binder:4.4"))
    assert "research/twin and research/other-twin" in only(repo).message


@pytest.mark.parametrize(
    "tag",
    ["latest", "main", "develop", "ngiab", "Stable", "latest-py311", "main-3", "prod"],
)
def test_a_tag_that_moves(repo: Hubs, tag: str) -> None:
    repo.write(PROD, user(f"quay.io/org/image:{tag}"))
    finding = only(repo)
    assert at(finding) == ("mutable-tag", "warning", PROD, 6)
    assert f"`{tag}`" in finding.message


def test_no_tag_is_latest(repo: Hubs) -> None:
    repo.write(PROD, user("registry.example.org:5000/org/image"))
    assert "no tag" in only(repo).message


@pytest.mark.parametrize(
    "image",
    [
        "quay.io/org/image:2026.06.04",
        "quay.io/org/image:v1.2.3",
        "quay.io/org/image:4.4",
        "quay.io/org/image:devcon26-hillslope",
        "quay.io/org/image:998fa91",
        "quay.io/org/image:abcdefa",
        "quay.io/org/image:main-2026-08-01",
        "quay.io/org/image:main-998fa91",
        "quay.io/org/image:prodigy-2",
        f"quay.io/org/image@{DIGEST}",
        f"quay.io/org/image:latest@{DIGEST}",
    ],
)
def test_a_tag_that_stays(repo: Hubs, image: str) -> None:
    repo.write(PROD, user(image))
    assert found(repo) == []


def test_a_hub_image_of_others_is_looked_at_too(repo: Hubs) -> None:
    values = (
        "jupyterhub:\n  hub:\n    image:\n      name: quay.io/jupyterhub/k8s-hub\n      tag: main\n"
    )
    repo.write(TWINS, values)
    assert [one.policy for one in found(repo)] == ["gone-image", "mutable-tag"]


def test_a_trial_under_a_moving_tag_is_told_of_once(repo: Hubs) -> None:
    repo.write(STAGING, repo.read(STAGING).partition("tag:")[0] + "tag: latest\n")
    assert [one.policy for one in found(repo)] == ["hub-image"]


# --- nodes that pull each time ---------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["2i2c", "devcon25-usgs", "sneisary_d25", "py311"])
def test_a_digit_is_no_version_where_nodes_pull_each_time(repo: Hubs, tag: str) -> None:
    repo.write(PROD, user(f"quay.io/org/image:{tag}"))
    assert found(repo) == []
    for more in (
        "          image_pull_policy: Always\n",
        "  hub:\n    config:\n      KubeSpawner:\n        image_pull_policy: Always\n",
    ):
        repo.write(PROD, user(f"quay.io/org/image:{tag}") + more)
        assert at(only(repo)) == ("mutable-tag", "warning", PROD, 6)
    for policy, policies in (("Always", ["mutable-tag"]), ("IfNotPresent", [])):
        image = f"{{name: quay.io/org/image, tag: {tag}, pullPolicy: {policy}}}"
        repo.write(PROD, f"jupyterhub:\n  singleuser:\n    image: {image}\n")
        assert [one.policy for one in found(repo)] == policies


@pytest.mark.parametrize(
    "tag",
    [
        "2026.06.04",
        "2026-06-29",
        "v13",
        "4.4",
        "symfluence-v0.9.2",
        "998fa91",
        "2.0rc1",
        "coastal-coupling-2026",
        "20240318T1200Z",
        "py311-17b088b",
    ],
)
def test_a_version_that_nodes_pull_each_time_stays(repo: Hubs, tag: str) -> None:
    repo.write(PROD, user(f"quay.io/org/image:{tag}") + "          image_pull_policy: Always\n")
    assert found(repo) == []


# --- unquoted-tag ----------------------------------------------------------------------------------


def mapping(tag: str) -> str:
    return f"jupyterhub:\n  singleuser:\n    image:\n      name: quay.io/o/i\n      tag: {tag}\n"


@pytest.mark.parametrize(
    ("tag", "printed"),
    [
        ("20240318", "2.0240318e+07"),
        ("1234567", "1.234567e+06"),
        ("12345e6", "1.2345e+10"),
        ("1.10", "1.1"),
        ("0777", "511"),
        ("0.00001", "1e-05"),
        ("yes", "true"),
    ],
)
def test_a_number_that_is_printed_as_another(repo: Hubs, tag: str, printed: str) -> None:
    repo.write(PROD, mapping(tag))
    finding = next(one for one in found(repo) if one.policy == "unquoted-tag")
    assert at(finding) == ("unquoted-tag", "warning", PROD, 5)
    assert f"prints as {printed} " in finding.message


@pytest.mark.parametrize(
    "tag", ["'20240318'", "123456", "4.4", "!!str 20240318", "2024.03.18", "20240318-1", "0"]
)
def test_a_tag_that_is_printed_as_it_is(repo: Hubs, tag: str) -> None:
    repo.write(PROD, mapping(tag))
    assert found(repo) == []


def test_a_hub_images_tag_too(repo: Hubs) -> None:
    repo.write(TWINS, "jupyterhub:\n  hub:\n    image:\n      tag: 20240318\n")
    assert "unquoted-tag" in {one.policy for one in found(repo)}

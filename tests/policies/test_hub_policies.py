"""values-path, hub-image, gone-image, idle-experiment: images and the hubs that run them."""

from __future__ import annotations

import pytest

from hubs import Hubs
from tests.policies.conftest import (
    CHARTPRESS,
    EXPERIMENT,
    HUB,
    STAGING,
    TWINS,
    VALUES,
    at,
    found,
    only,
    trial,
)

TAG = "0.0.1-0.dev.git.3.h"


def test_two_images_on_one_values_path(repo: Hubs) -> None:
    text = repo.read(CHARTPRESS).replace(
        "valuesPath: jupyterhub.hub.image", "valuesPath: [a.b, x.y]"
    )
    repo.write(CHARTPRESS, f"{text}        valuesPath: x.y\n")
    finding = only(repo)
    assert at(finding) == ("values-path", "error", CHARTPRESS, 9)
    assert "`hub` and `hub-experimental`" in finding.message
    assert "`hub-experimental`" in finding.fix  # never production's is to go
    assert "x.y" in finding.message


def test_values_paths_of_two_charts_are_two_places(repo: Hubs) -> None:
    other = (
        "  - name: daskhub\n    images:\n      dask:\n        valuesPath: jupyterhub.hub.image\n"
    )
    other += "        contextPath: images/hub\n        dockerfilePath: images/hub/Dockerfile\n"
    repo.write(CHARTPRESS, repo.read(CHARTPRESS) + other)
    assert [one.policy for one in found(repo) if one.severity == "error"] == []


def test_a_chart_with_a_foreign_image(repo: Hubs) -> None:
    repo.write(VALUES, repo.read(VALUES).replace("quay.io/example/hub", "quay.io/other/hub"))
    finding = only(repo)
    assert at(finding) == ("hub-image", "error", VALUES, 5)
    assert "quay.io/other/hub" in finding.message
    assert "example/prod and 3 other hubs" in finding.message


@pytest.mark.parametrize("tag", ["main", "set-by-build-hub", "4.3.3", "''"])
def test_a_tag_that_no_build_gives(repo: Hubs, tag: str) -> None:
    repo.write(STAGING, trial(tag))
    finding = only(repo)
    assert at(finding)[:3] == ("hub-image", "error", STAGING)
    assert "example/staging" in finding.message
    assert "invoke build-hub --image hub-experimental --push" in finding.fix


def test_a_build_of_a_tagged_commit_is_named_after_its_tag(repo: Hubs) -> None:
    repo.write(STAGING, trial("'1.2.0'"))
    assert only(repo).policy == "hub-image"
    repo.ask("tag", "1.2.0")
    assert found(repo) == []


def test_an_override_with_an_image_that_is_gone(repo: Hubs) -> None:
    repo.write(TWINS, "# both\n" + trial(f"{TAG}0000000", "quay.io/example/usage-quotas"))
    finding = only(repo)
    assert at(finding) == ("gone-image", "error", TWINS, 6)
    assert "research/twin and research/other-twin" in finding.message
    assert "invoke experiment.stop --hub research/twin" in finding.fix


def test_an_override_of_the_name_alone_is_the_hubs_own(repo: Hubs) -> None:
    repo.write(STAGING, "jupyterhub:\n  hub:\n    image:\n      name: quay.io/example/gone\n")
    errors = [one for one in found(repo) if one.severity == "error"]
    assert [at(one) for one in errors] == [("gone-image", "error", STAGING, 4)]
    assert "invoke experiment.stop --hub example/staging" in errors[0].fix


@pytest.mark.parametrize(
    ("name", "policy"), [("quay.io/example/gone", "gone-image"), (None, "hub-image")]
)
def test_a_tag_that_is_taken_out_is_the_hubs_own_doing(
    repo: Hubs, name: str | None, policy: str
) -> None:
    image = f"      name: {name}\n" if name else "      # the chart's name\n"
    repo.write(STAGING, f"jupyterhub:\n  hub:\n    image:\n{image}      tag: null\n")
    (error,) = (one for one in found(repo) if one.severity == "error")
    assert (error.policy, error.path) == (policy, STAGING)
    assert error.line in (4, 5)


def test_one_image_in_two_spellings(repo: Hubs) -> None:
    for path in (CHARTPRESS, VALUES, STAGING):
        repo.write(path, repo.read(path).replace("quay.io/example/hub", "docker.io/example/hub"))
    repo.write(STAGING, repo.read(STAGING).replace("docker.io/", ""))
    assert found(repo) == []


@pytest.mark.parametrize(
    ("pins", "values", "said"),
    [
        ("kubespawner==7.0.0\n", "{}\n", ["no hub"]),
        ("# nothing\n", None, ["nothing"]),
        ("oauthenticator==17.0\n", None, ["nothing"]),  # behind production, so nothing to promote
        ("", "{}\n", ["no hub", "nothing"]),
    ],
)
def test_an_idle_experiment(repo: Hubs, pins: str, values: str | None, said: list[str]) -> None:
    repo.write(EXPERIMENT, pins)
    repo.write(STAGING, repo.read(STAGING) if values is None else values)
    finding = only(repo)
    assert at(finding) == ("idle-experiment", "warning", CHARTPRESS, 7)
    assert [word for word in ("no hub", "nothing") if word in finding.message] == said
    assert "experiment.drop --image hub-experimental" in finding.fix


@pytest.mark.parametrize("path", [HUB, STAGING])
def test_what_cannot_be_read_makes_no_experiment_idle(repo: Hubs, path: str) -> None:
    (repo.path / path).unlink()
    assert {one.policy for one in found(repo)} == {"readable"}


def test_a_hub_that_cannot_be_read_may_run_the_experiment(repo: Hubs) -> None:
    repo.write(STAGING, "jupyterhub: [\n")
    assert only(repo).policy == "readable"


def test_an_experiment_whose_pins_production_has(repo: Hubs) -> None:
    repo.write(HUB, repo.read(EXPERIMENT))
    assert only(repo).policy == "idle-experiment"

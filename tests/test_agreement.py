from __future__ import annotations

import pytest

from hubimages.agreement import BaseMismatch, Doubt, compare
from hubimages.charts import Dependency
from hubimages.reference import Reference


def depends(version: str) -> Dependency:
    return Dependency(
        name="jupyterhub",
        alias=None,
        version=version,
        repository="https://charts.example.org",
        chart_file="helm-charts/basehub/Chart.yaml",
        index=0,
    )


def base(tag: str) -> Reference:
    return Reference.parse(f"quay.io/jupyterhub/k8s-hub{tag}")


def test_one_version_agrees() -> None:
    assert compare("`hub`", base(":4.3.3"), depends("4.3.3")) is None
    development = "4.3.4-0.dev.git.7000.habcdef0"
    assert compare("`hub`", base(f":{development}"), depends(development)) is None


def test_a_chart_without_jupyterhub_has_nothing_to_agree_with() -> None:
    assert compare("`hub`", base(":4.3.3"), None) is None


def test_two_releases_are_a_failure_that_names_both_and_the_next_command() -> None:
    verdict = compare("`hub`", base(":4.3.3"), depends("4.2.0"))
    assert isinstance(verdict, BaseMismatch)
    assert "`hub` is built on quay.io/jupyterhub/k8s-hub:4.3.3" in verdict.what
    assert "helm-charts/basehub/Chart.yaml deploys the jupyterhub chart 4.2.0" in verdict.what
    assert verdict.fix == "invoke upgrade-base --to 4.2.0"


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        (":4.3.4-0.dev.git.7000.habcdef0", "4.3.3"),
        (":4.3.3", "4.3.4-0.dev.git.7000.habcdef0"),
        (":4.3.3", "^4.3.0"),
        (":main", "4.3.3"),
        ("", "4.3.3"),
        ("@sha256:" + "a" * 64, "4.3.3"),
    ],
)
def test_what_is_not_two_releases_is_a_doubt(tag: str, version: str) -> None:
    verdict = compare("`hub`", base(tag), depends(version))
    assert isinstance(verdict, Doubt)
    assert version in verdict.why


def test_an_unknown_base_is_a_doubt() -> None:
    assert isinstance(compare("`hub`", None, depends("4.3.3")), Doubt)

"""What every hub runs, and the line that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages import fleet
from hubimages.config import Settings
from hubimages.fleet import Fleet
from hubimages.listing import Listed, Lister
from hubimages.tree import WorkTree
from hubs import Hubs
from repositories import CORPUS

FOLDER = "config/clusters/example"
STAGING = f"{FOLDER}/staging.values.yaml"
VALUES = "helm-charts/basehub/values.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def listed(repo: Hubs, name: str = "example/staging") -> Listed:
    return Lister(WorkTree(repo.path)).describe(repo.fleet.named(name))


def hub_image(repo: Hubs, name: str = "example/staging") -> tuple[str | None, str | None, str]:
    found = listed(repo, name).hub_image
    assert found
    return found.name, found.tag, found.source


def user_images(repo: Hubs, text: str) -> list[tuple[str, str | None, str, str]]:
    repo.write(STAGING, text)
    return [(i.name, i.tag, i.at, i.source) for i in listed(repo).user_images]


def test_a_hub_follows_its_chart(repo: Hubs) -> None:
    wanted = ("quay.io/example/hub", "0.0.1-set.by.chartpress", f"{VALUES}:5")
    assert hub_image(repo) == wanted
    assert hub_image(repo, "research/dask") == wanted
    assert hub_image(repo, "research/twin") == wanted


def test_a_trial_overrides_name_and_tag(repo: Hubs) -> None:
    repo.write(STAGING, "jupyterhub:\n  hub:\n    image:\n      name: other\n      tag: 1.10\n")
    assert hub_image(repo) == ("other", "1.1", f"{STAGING}:5")
    repo.write(STAGING, "jupyterhub:\n  hub:\n    image:\n      tag: '1.10'\n")
    assert hub_image(repo) == ("quay.io/example/hub", "1.10", f"{STAGING}:4")
    repo.write(STAGING, "jupyterhub:\n  hub:\n    image:\n      tag:\n")
    assert hub_image(repo) == ("quay.io/example/hub", None, f"{VALUES}:4")
    repo.write(STAGING, "jupyterhub:\n  hub:\n    image:\n")
    assert listed(repo).hub_image is None


def test_through_a_chart_and_a_cluster_chart(repo: Hubs) -> None:
    path = "config/clusters/research/dask.values.yaml"
    repo.write(path, "basehub:\n  jupyterhub:\n    hub:\n      image: {tag: mine}\n")
    assert hub_image(repo, "research/dask") == ("quay.io/example/hub", "mine", f"{path}:4")
    repo.write(
        "helm-charts/daskhub/values.yaml", "basehub: {jupyterhub: {hub: {image: {name: d}}}}"
    )
    assert hub_image(repo, "research/dask")[:2] == ("d", "mine")
    repo.write(
        path, "basehub:\n"
    )  # what the chart says of its subchart goes, not the subchart's own
    assert hub_image(repo, "research/dask")[0] == "quay.io/example/hub"
    repo.write(
        "config/clusters/research/twin.chart.yaml",
        hubs.CHART.replace("    version", "    alias: jh\n    version"),
    )
    repo.write("config/clusters/research/twins.values.yaml", "jh: {hub: {image: {tag: t}}}\n")
    assert hub_image(repo, "research/twin")[:2] == (None, "t")


def test_user_images_wherever_they_are_said(repo: Hubs) -> None:
    text = """\
jupyterhub:
  singleuser:
    image:
      name: quay.io/a/b
      tag: "1"
    profileList:
      - display_name: no image
      - display_name: one
        kubespawner_override:
          image: &image localhost:5000/c
      - profile_options:
          image:
            unlisted_choice:
              kubespawner_override:
                image: "{value}"
            choices:
              2024:
                kubespawner_override:
                  image: d:20240318
              same:
                kubespawner_override:
                  image: *image
              digest:
                kubespawner_override: {image: "e:1@sha256:0"}
              gone:
              none: {kubespawner_override: {cpu: 1}}
          machine: {choices: {big: {kubespawner_override: {mem: 1}}}}
"""
    start = "jupyterhub.singleuser"
    choices = f"{start}.profileList.2.profile_options.image.choices"
    assert user_images(repo, text) == [
        ("quay.io/a/b", "1", f"{start}.image", f"{STAGING}:5"),
        (
            "localhost:5000/c",
            None,
            f"{start}.profileList.1.kubespawner_override.image",
            f"{STAGING}:10",
        ),
        ("d", "20240318", f"{choices}.2024.kubespawner_override.image", f"{STAGING}:19"),
        ("localhost:5000/c", None, f"{choices}.same.kubespawner_override.image", f"{STAGING}:10"),
        ("e@sha256:0", None, f"{choices}.digest.kubespawner_override.image", f"{STAGING}:24"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "jupyterhub: {singleuser: {image: {tag: '1'}}}",  # a tag without a name
        "jupyterhub: {singleuser: {profileList: }}",
        "jupyterhub: {singleuser: {profileList: [text, null, {profile_options: text}]}}",
        "jupyterhub: {singleuser: [1]}",
        "jupyterhub:",
        "",
    ],
)
def test_odd_shapes_are_no_images(repo: Hubs, text: str) -> None:
    assert user_images(repo, text) == []


def test_what_is_encrypted_or_missing_is_passed_over(repo: Hubs) -> None:
    (repo.path / FOLDER / "common.values.yaml").unlink()
    repo.write(STAGING, "jupyterhub: {hub: {image: {tag: ENC}}}\nsops: {mac: x}\n")
    lister = Lister(WorkTree(repo.path))
    found = lister.describe(repo.fleet.named("example/staging"))
    assert found.readable
    assert found.hub_image
    assert found.hub_image.tag == "0.0.1-set.by.chartpress"
    assert list(lister.encrypted) == [STAGING, f"{FOLDER}/enc-staging.secret.values.yaml"]
    missing = f"{FOLDER}/common.values.yaml"
    assert list(lister.notes) == [f"{missing} is not there and was passed over"]
    assert [(gap.key, gap.path) for gap in lister.gaps] == [("helm_chart_values_files", missing)]
    assert lister.problems == {}


@pytest.mark.parametrize(
    ("path", "text", "where"),
    [
        (STAGING, "a: 1\nb: [", f"{STAGING}:"),
        (STAGING, "- a\n", f"{STAGING}:1: has to be a mapping"),
        (STAGING, "\njupyterhub: 5\n", f"{STAGING}:2: `jupyterhub` has to be a mapping"),
        (VALUES, "a: 1\nb: [", f"{VALUES}:"),
        ("helm-charts/basehub/Chart.yaml", "[", "helm-charts/basehub/Chart.yaml:"),
    ],
)
def test_a_broken_file_is_a_problem_of_its_hubs(
    repo: Hubs, path: str, text: str, where: str
) -> None:
    repo.write(path, text)
    lister = Lister(WorkTree(repo.path))
    every = [lister.describe(hub) for hub in repo.fleet.hubs]
    staging = next(one for one in every if one.hub.name == "example/staging")
    assert (staging.readable, staging.hub_image, staging.user_images) == (False, None, ())
    assert [str(problem).startswith(where) for problem in lister.problems.values()] == [True]
    if path == STAGING:
        assert [one.hub.name for one in every if not one.readable] == ["example/staging"]


def test_a_hub_without_jupyterhub_is_noted(repo: Hubs) -> None:
    lister = Lister(WorkTree(repo.path))
    plain = lister.describe(repo.fleet.named("research/plain"))
    assert (plain.readable, plain.hub_image) == (True, None)
    assert list(lister.notes) == ["helm-charts/plainhub deploys no jupyterhub chart"]
    (repo.path / "helm-charts/plainhub/Chart.yaml").unlink()
    lister = Lister(WorkTree(repo.path))
    lister.describe(repo.fleet.named("research/plain"))
    assert list(lister.notes) == [
        "helm-charts/plainhub/Chart.yaml is not there and was passed over"
    ]
    assert [gap.key for gap in lister.gaps] == ["helm_chart"]


@pytest.fixture(scope="session")
def corpus() -> tuple[Fleet, Lister]:
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus of real configuration is not at {CORPUS}")
    tree = WorkTree(CORPUS)
    return fleet.load(tree, Settings()), Lister(tree)


def test_every_hub_of_the_corpus(corpus: tuple[Fleet, Lister]) -> None:
    found, lister = corpus
    every = [lister.describe(hub) for hub in found.hubs]
    assert len(every) == 64
    assert found.problems == ()
    assert lister.problems == {}
    assert all(one.hub_image and one.hub_image.name and one.hub_image.tag for one in every)
    assert all("{" not in image.name for one in every for image in one.user_images)
    for one in every:
        for image in (one.hub_image, *one.user_images):
            assert image
            path, _, line = image.source.rpartition(":")
            text = (CORPUS / path).read_text().splitlines()[int(line) - 1]
            assert (image.tag or image.name) in text, image  # type: ignore[operator]

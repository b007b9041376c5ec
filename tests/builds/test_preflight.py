"""Each thing that can be known to go wrong has its own failure, with the next command in it."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages.agreement import BaseMismatch
from hubimages.builds import preflight
from hubimages.builds.labels import BUILT_AS, PINS, REVISION
from hubimages.builds.preflight import (
    LoginMissing,
    NoCommits,
    NoPushRights,
    NoRepository,
    NotInTheBuild,
    OtherPlatform,
    OtherRevision,
    RegistrySilent,
    ShallowClone,
)
from hubimages.errors import Failure
from hubimages.git import Git
from hubimages.process import Processes
from hubimages.registry import (
    Granted,
    Image,
    NotLoggedIn,
    NotThere,
    PushRights,
    Refused,
    RepositoryMissing,
    Unknown,
)
from hubs import FakeRegistry, Hubs


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def warnings(repo: Hubs, key: str = "hub-experimental") -> list[str]:
    plan = hubs.plan(repo, FakeRegistry(), key)
    return [*preflight.unpushed(plan, repo.git), *preflight.warnings(plan)]


# --- the repository ----------------------------------------------------------------------------


def test_a_shallow_clone(repo: Hubs, tmp_path: Path) -> None:
    repo.commit({"new.txt": "1\n"})
    repo.ask("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    with pytest.raises(ShallowClone, match="made up") as caught:
        preflight.head(Git.at(tmp_path / "shallow", Processes()))
    assert "git fetch --unshallow" in caught.value.fix
    assert preflight.head(repo.git) == repo.head()


def test_a_repository_without_commits(tmp_path: Path) -> None:
    empty = Hubs(tmp_path)
    empty.ask("init", "--quiet")
    with pytest.raises(NoCommits) as caught:
        preflight.head(empty.git)
    assert "git commit" in caught.value.fix


def test_uncommitted_and_untracked_inputs_are_seen(repo: Hubs) -> None:
    folder = "helm-charts/images/hub-experimental"
    repo.write(f"{folder}/requirements.txt", "changed\n")
    repo.write(f"{folder}/new folder/ü.txt", "untracked\n")
    repo.write("helm-charts/images/hub/requirements.txt", "another image's\n")
    repo.write("helm-charts/basehub/values.yaml", "not an input\n")
    found = hubs.plan(repo, FakeRegistry()).uncommitted
    assert sorted(found) == [f"{folder}/new folder/ü.txt", f"{folder}/requirements.txt"]
    refusal = NotInTheBuild(found)
    assert f"{folder}/new folder/ü.txt" in refusal.what
    assert "git stash --include-untracked" in refusal.fix


def test_many_uncommitted_inputs_are_counted() -> None:
    assert "and 3 more" in NotInTheBuild(tuple("abcdefgh")).what


def test_a_commit_on_no_remote_branch_is_a_warning(repo: Hubs, tmp_path: Path) -> None:
    (found,) = warnings(repo)
    assert "is on no remote branch" in found
    assert "git push" in found
    repo.ask("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    repo.ask("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.ask("push", "--quiet", "origin", "main")
    assert warnings(repo) == []
    repo.commit({"README.md": "not of the image\n"})  # the tag is named after a pushed commit
    assert warnings(repo) == []


def test_two_images_on_one_values_path_are_a_warning(repo: Hubs) -> None:
    text = repo.read("helm-charts/chartpress.yaml")
    repo.commit(
        {"helm-charts/chartpress.yaml": text + "        valuesPath: jupyterhub.hub.image\n"}
    )
    (found,) = [line for line in warnings(repo) if "valuesPath" in line]
    assert "hub and hub-experimental share" in found
    assert "records hub alone" in found


def test_base_and_chart_of_different_releases(repo: Hubs) -> None:
    chart = "helm-charts/basehub/Chart.yaml"
    repo.commit({chart: hubs.CHART.replace("4.3.3", "4.4.0")})
    with pytest.raises(BaseMismatch) as caught:
        warnings(repo)
    assert caught.value.fix == "invoke upgrade-base --to 4.4.0"
    repo.commit({chart: hubs.CHART.replace("4.3.3", "4.4.0-0.dev.git.7000.habcdef0")})
    assert any("see for yourself" in line for line in warnings(repo))


def test_the_work_trees_chart_does_not_count(repo: Hubs) -> None:
    repo.write("helm-charts/basehub/Chart.yaml", hubs.CHART.replace("4.3.3", "4.4.0"))
    assert len(warnings(repo)) == 1


# --- the registry ------------------------------------------------------------------------------


def tag(repo: Hubs, registry: FakeRegistry, *, push: bool = True) -> list[str]:
    return list(preflight.tag(hubs.plan(repo, registry, push=push), registry))  # type: ignore[arg-type]


def test_a_tag_that_is_not_there_can_be_pushed(repo: Hubs) -> None:
    registry = FakeRegistry()
    assert tag(repo, registry) == []
    assert registry.asked[-1] == "push_rights quay.io/example/hub-experimental"


def test_without_push_nobody_asks_for_rights(repo: Hubs) -> None:
    registry = FakeRegistry(rights=Refused("no", "fix"))
    assert tag(repo, registry, push=False) == []
    assert not any(line.startswith("push_rights") for line in registry.asked)


@pytest.mark.parametrize(
    ("rights", "failure"),
    [
        (NotLoggedIn("no login is kept", "docker login quay.io"), LoginMissing),
        (Refused("may not push", "ask its owner"), NoPushRights),
        (RepositoryMissing("no such repository", "create it"), NoRepository),
    ],
)
def test_each_way_in_which_a_push_is_not_taken(
    repo: Hubs, rights: NotLoggedIn | Refused | RepositoryMissing, failure: type[Failure]
) -> None:
    with pytest.raises(failure) as caught:
        tag(repo, FakeRegistry(rights=rights))
    assert type(caught.value) is failure
    assert (caught.value.what, caught.value.fix) == (rights.why, rights.fix)


SILENT = Unknown("quay.io answered 500.", "")


@pytest.mark.parametrize(
    ("found", "rights"), [(SILENT, Granted()), (NotThere(), SILENT)], ids=["tag", "rights"]
)
def test_a_registry_that_does_not_say_stops_a_push(
    repo: Hubs, found: NotThere | Unknown, rights: PushRights
) -> None:
    with pytest.raises(RegistrySilent, match=r"nothing is pushed.*answered 500") as caught:
        tag(repo, FakeRegistry(found=found, rights=rights))
    assert caught.value.fix


def test_without_push_a_silent_registry_is_a_warning(repo: Hubs) -> None:
    (warning,) = tag(repo, FakeRegistry(found=SILENT), push=False)
    assert "answered 500" in warning


def there(repo: Hubs, labels: dict[str, str]) -> list[str]:
    return tag(repo, FakeRegistry(found=hubs.pushed(labels)))


def test_a_tag_that_is_there(repo: Hubs) -> None:
    assert there(repo, {PINS: "[]", REVISION: repo.head()}) == []
    with pytest.raises(OtherRevision, match="was built from ffffffffffff, not from") as caught:
        there(repo, {PINS: "[]", REVISION: "f" * 40})
    assert "new commit" in caught.value.fix


def test_a_promoted_image_has_another_revision_and_these_pins(repo: Hubs) -> None:
    path = hubs.requirements("folders")
    repo.commit({path: "thing==1\n"})
    copied = {REVISION: "f" * 40, BUILT_AS: f"{hubs.NAME}hub:1"}
    assert there(repo, {**copied, PINS: '["thing==1"]'}) == []
    for wrong in (
        {**copied, PINS: '["thing==2"]'},
        {**copied, PINS: "[]"},
        {**copied, PINS: '["thing==1"]', BUILT_AS: "quay.io/elsewhere/hub:1"},
        {**copied, PINS: '["thing==1"]', BUILT_AS: f"{hubs.NAME}hub-experimental:1"},
    ):
        with pytest.raises(OtherRevision):
            there(repo, wrong)


def test_labels_of_the_base_image_are_not_those_of_a_build(repo: Hubs) -> None:
    for labels in ({}, {REVISION: "f" * 40}):
        (warning,) = there(repo, labels)
        assert "was not built by build-hub" in warning


def test_a_tag_that_is_there_for_another_platform(repo: Hubs) -> None:
    arm = Image(digest=hubs.DIGEST, platforms=("linux/arm64",), manifest=None)
    with pytest.raises(OtherPlatform, match="for linux/arm64, not for linux/amd64") as caught:
        tag(repo, FakeRegistry(found=arm))
    assert "new commit" in caught.value.fix

"""Stages, trials and quiet days, on real histories with set dates."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import hubs
from hubimages.config import Settings
from hubimages.lifecycle.standing import Trial
from hubimages.registry import There, Unknown
from hubs import FakeRegistry
from tests.lifecycle.lives import OURS, STAGING, TAG, THEIRS, Life, clone, day, make, override

PIN = f"git+https://github.com/o/thing@{'a' * 40}\n"
REPIN = f"git+https://github.com/o/thing@{'b' * 40}\n"


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return make(tmp_path / "repo")


def trial(life: Life, number: float) -> Trial:
    (found,) = life.experiment(number).trials
    return found


# --- stages --------------------------------------------------------------------------------------


def test_the_life_of_an_experiment(life: Life) -> None:
    there = FakeRegistry(There(hubs.DIGEST))
    asked = FakeRegistry()
    found = life.experiment(1, asked)
    assert (found.stage, asked.asked) == ("same", [])
    assert life.next(1) == "invoke build-hub --image hub --push"  # values.yaml has no tag of it yet

    life.on(2, {OURS: PIN})
    found = life.experiment(2, asked)
    assert found.stage == "pinned"
    assert asked.asked == [f"look {hubs.NAME}hub-experimental:{found.tag}"]
    assert life.next(2) == "invoke build-hub --image hub-experimental --push"
    found = life.experiment(2, there)
    assert found.stage == "built"
    assert life.next(2, there) == (
        f"invoke experiment.try --hub CLUSTER/HUB --image hub-experimental --tag {found.tag}"
    )

    life.on(3, {STAGING: override(found.tag or "")})
    quiet = FakeRegistry()
    found = life.experiment(9.9, quiet)
    assert (found.stage, quiet.asked) == ("trial", [])
    assert trial(life, 9.9) == Trial(
        hub="example/staging",
        tag=found.tag or "",
        since=day(3),
        quiet_from=day(3),
        quiet_days=6,
        outdated=False,
    )
    assert life.experiment(10).stage == "ready"
    assert life.next(10) == "invoke experiment.promote --image hub-experimental"
    assert life.experiment(30).stage == "ready"
    found = life.experiment(30.1)
    assert found.stage == "overdue"
    assert "experiment.promote" in life.next(30.1)
    assert "experiment.drop" in life.next(30.1)

    life.on(31, {THEIRS: PIN})
    found = life.experiment(32)
    assert found.stage == "same"
    # production has its pins, and values.yaml does not name that image yet
    assert life.next(32) == "invoke experiment.promote --image hub-experimental --push"
    tag = life.status(32).production.tag
    values = hubs.VALUES.format(name=hubs.NAME).replace("0.0.1-set.by.chartpress", str(tag))
    life.on(32, {"helm-charts/basehub/values.yaml": values})
    assert life.next(33) == "invoke experiment.stop --hub example/staging"
    life.on(33, {STAGING: hubs.STAGING})
    assert life.next(34) == (
        "invoke experiment.add --image hub-experimental --requirement OWNER/REPO@REF "
        "(or invoke deploy --hub CLUSTER/HUB)"
    )


@pytest.mark.parametrize(
    ("number", "left"), [(2, 28), (2.1, 27), (29.5, 0), (30, 0), (30.01, -1), (31, -1), (31.1, -2)]
)
def test_days_left(life: Life, number: float, left: int) -> None:
    life.on(2, {OURS: PIN})
    found = life.experiment(number)
    (change,) = found.changes
    assert (change.since, change.deadline) == (day(2), day(30))
    assert (change.days_left, change.overdue) == (left, left < 0)
    assert bool(found.overdue) is (left < 0)


def test_days_are_configured(life: Life) -> None:
    life.on(2, {OURS: PIN})
    life.on(2, {STAGING: override()})
    (found,) = life.status(5, settings=Settings(trial_days=3, deadline_days=4)).experiments
    assert found.stage == "ready"
    assert found.changes[0].deadline == day(6)


def test_a_registry_that_does_not_say(life: Life) -> None:
    life.on(2, {OURS: PIN})
    found = life.experiment(3, FakeRegistry(Unknown("It is asleep.")))
    assert found.stage == "pinned"
    assert any("It is asleep." in note for note in found.notes)


def test_a_clock_that_runs_ahead(life: Life) -> None:
    life.on(5, {OURS: PIN})
    life.on(5, {STAGING: override()})
    assert trial(life, 2).quiet_days == 0
    assert life.experiment(2).stage == "trial"


# --- quiet days ----------------------------------------------------------------------------------


def test_a_repin_restarts_the_quiet_days(life: Life) -> None:
    life.on(2, {OURS: PIN})
    life.on(3, {STAGING: override()})
    life.on(8, {OURS: REPIN})
    found = trial(life, 12)
    assert (found.since, found.quiet_days) == (day(3), 4)
    assert life.experiment(12).changes[0].since == day(2)


@pytest.mark.parametrize("text", ["# note\n", PIN.replace("\n", "  # why\n")])
def test_a_comment_is_no_fix(life: Life, text: str) -> None:
    life.on(2, {OURS: PIN})
    life.on(3, {STAGING: override()})
    life.on(8, {OURS: text + (PIN if text.startswith("#") else "")})
    assert trial(life, 12).quiet_days == 9


def test_another_tag_restarts_the_quiet_days(life: Life) -> None:
    life.on(2, {OURS: PIN})
    life.on(3, {STAGING: override()})
    life.on(5, {STAGING: override() + "# only a comment\n"})
    assert trial(life, 9).since == day(3)
    life.on(6, {STAGING: override(TAG.replace("git.1", "git.2"))})
    assert (trial(life, 9).since, trial(life, 9).quiet_days) == (day(6), 3)


def test_a_trial_that_was_away_starts_anew(life: Life) -> None:
    life.on(3, {STAGING: override()})
    life.on(4, {STAGING: hubs.STAGING})
    life.on(6, {STAGING: override()})
    assert trial(life, 9).since == day(6)


def test_an_override_that_moves_within_a_hubs_files_goes_on(life: Life) -> None:
    life.on(3, {STAGING: override()})
    common = "config/clusters/example/common.values.yaml"
    life.on(5, {STAGING: hubs.STAGING, common: override()})
    found = {one.hub: one.since for one in life.experiment(9).trials}
    assert found == {"example/staging": day(3), "example/prod": day(5)}


def test_a_values_file_is_renamed(life: Life) -> None:
    life.on(3, {STAGING: override()})
    life.repo.git("mv", STAGING, STAGING.replace("staging.", "stage."))
    cluster = "config/clusters/example/cluster.yaml"
    life.on(5, {cluster: hubs.EXAMPLE.replace("staging.values.yaml", "stage.values.yaml", 1)})
    assert trial(life, 9).since == day(3)


def test_a_broken_values_file_between_ends_nothing(life: Life) -> None:
    life.on(3, {STAGING: override()})
    life.on(4, {STAGING: "a: [\n"})
    life.on(5, {STAGING: override()})
    assert trial(life, 9).since == day(3)


@pytest.mark.parametrize("path", [STAGING, "helm-charts/basehub/values.yaml"])
def test_a_trial_that_is_not_committed_is_none(life: Life, path: str) -> None:
    life.on(2, {OURS: PIN})
    before = life.experiment(9)
    life.repo.write({path: override()})
    assert life.experiment(9) == before
    assert before.stage == "pinned"


@pytest.mark.parametrize("gone", ["the override", "the file", "the hub", "the cluster"])
def test_a_trial_whose_end_is_not_committed_goes_on(life: Life, gone: str) -> None:
    cluster = life.repo.root / "config/clusters/example"
    life.on(2, {OURS: PIN, STAGING: override()})
    before = life.experiment(9)
    assert before.stage == "ready"
    match gone:
        case "the override":
            life.repo.write({STAGING: "jupyterhub: {}\n"})
        case "the file":
            (life.repo.root / STAGING).unlink()
        case "the hub":
            (cluster / "cluster.yaml").write_text("name: example\nhubs: []\n")
        case _:
            shutil.rmtree(cluster)
    assert life.experiment(9) == before


def test_a_tag_with_other_pins_is_no_trial_of_these(life: Life) -> None:
    life.on(2, {OURS: PIN})
    old = life.experiment(2).tag or ""
    life.on(3, {STAGING: override(old)})
    assert not trial(life, 4).outdated
    life.on(5, {OURS: REPIN})
    there = FakeRegistry(There(hubs.DIGEST))
    found = life.experiment(20, there)
    assert found.trials[0].outdated
    assert found.stage == "built"
    assert life.next(20, there).startswith("invoke experiment.try --hub example/staging ")
    # another tag with the same pins is what is tried
    path = "helm-charts/chartpress.yaml"
    life.on(6, {OURS: PIN, path: hubs.files("folders")[path] + "# a comment\n"})
    assert life.experiment(20).tag != old
    assert not trial(life, 20).outdated


def test_a_trial_of_a_chart_reaches_every_hub_of_it(life: Life) -> None:
    path = "helm-charts/basehub/values.yaml"
    life.on(3, {path: override()})
    hubs_on = {one.hub for one in life.experiment(9).trials}
    assert {"example/staging", "example/prod", "research/dask", "research/twin"} <= hubs_on


def test_hubs_on_other_images_are_no_trials(life: Life) -> None:
    life.on(3, {STAGING: override(name="another")})
    assert life.experiment(9).trials == ()


def test_a_trial_in_a_shallow_clone(life: Life, tmp_path: Path) -> None:
    life.on(2, {OURS: PIN})
    life.on(3, {STAGING: override()})
    life.on(4, {"README": "x"})
    shallow = clone(life, tmp_path / "one", 1)
    assert trial(shallow, 20).quiet_days is None
    assert shallow.experiment(20).stage == "trial"
    deeper = clone(life, tmp_path / "two", 3)
    assert trial(deeper, 20).quiet_days == 17


# --- the whole -----------------------------------------------------------------------------------


def test_production(life: Life) -> None:
    life.on(2, {THEIRS: "b==2\na==1  # why\ngit+https://me:hunter2@example.org/o/r@main\n"})
    found = life.status(3).production
    assert (found.image, found.name) == ("hub", f"{hubs.NAME}hub")
    assert found.pins == ("b==2", "a==1", "git+https://***@example.org/o/r@main")
    assert found.tag
    assert found.tag.endswith(life.repo.git("rev-parse", "--short", "HEAD"))


def test_what_is_not_committed_does_not_count(life: Life) -> None:
    life.repo.write({OURS: PIN})
    assert life.experiment(3).changes == ()


def test_an_image_without_requirements_hides_no_other(life: Life) -> None:
    path = "helm-charts/chartpress.yaml"
    bare = f"      bare:\n        imageName: {hubs.NAME}bare\n"
    dockerfile = "FROM quay.io/jupyterhub/k8s-hub:4.3.3\n"
    life.on(
        2,
        {
            OURS: PIN,
            path: hubs.files("folders")[path] + bare,
            "helm-charts/images/bare/Dockerfile": dockerfile,
        },
    )
    found = {one.image: one for one in life.status(3).experiments}
    assert found["hub-experimental"].changes[0].since == day(2)
    assert found["bare"].stage == "same"
    assert found["bare"].notes


def test_several_experiments_are_asked_about_at_once(life: Life) -> None:
    path = "helm-charts/chartpress.yaml"
    more = f"      second:\n        imageName: {hubs.NAME}second\n"
    life.on(
        2,
        {
            OURS: PIN,
            path: hubs.files("folders")[path] + more,
            "helm-charts/images/second/Dockerfile": hubs.OWN,
            "helm-charts/images/second/requirements.txt": "else==1\n",
        },
    )
    life.on(4, {STAGING: override(name="second")})
    registry = FakeRegistry(There(hubs.DIGEST))
    found = {one.image: one for one in life.status(5, registry).experiments}
    assert {key: one.stage for key, one in found.items()} == {
        "hub-experimental": "built",
        "second": "trial",
    }
    assert len(registry.asked) == 2


def test_a_secret_in_a_pin_is_not_shown(life: Life) -> None:
    life.on(2, {OURS: "git+https://me:hunter2@example.org/o/r@main\n"})
    assert "hunter2" not in repr(replace(life.experiment(3), behind=()))


# --- what cannot be read -------------------------------------------------------------------------

DOCKERFILE = "helm-charts/images/hub/Dockerfile"


def unread(life: Life) -> tuple[list[str], list[str]]:
    """Return the files that stand in the way, and the stages that people read."""
    found = life.status(9)
    paths = [problem.path for problem in found.problems]
    return paths, [one.standing for one in found.experiments]


@pytest.mark.parametrize("path", [OURS, THEIRS])
def test_requirements_that_are_gone_are_not_no_requirements(life: Life, path: str) -> None:
    life.on(2, {OURS: PIN})
    (life.repo.root / path).unlink()
    life.on(3)
    assert unread(life) == ([path], ["not known"])
    one = life.experiment(9)
    assert (one.stage, one.changes, one.readable) == ("same", (), False)
    assert path in life.next(9)
    assert any(path in note for note in one.notes)
    life.on(4, {path: {OURS: PIN, THEIRS: hubs.REQUIREMENTS}[path]})
    assert unread(life) == ([], ["pinned"])
    assert life.experiment(9).changes[0].since == day(2)


def test_requirements_that_are_a_folder(life: Life) -> None:
    (life.repo.root / THEIRS).unlink()
    life.on(3, {f"{THEIRS}/inside.txt": "a==1\n"})
    assert unread(life) == ([THEIRS], ["not known"])


def test_requirements_that_are_no_text(life: Life) -> None:
    (life.repo.root / OURS).write_bytes(b"a==1\nb==2 # \xff\n")
    life.on(3)
    (problem,) = life.status(9).problems
    assert (problem.path, problem.line) == (OURS, 2)


@pytest.mark.parametrize("first", ["ARG B\nFROM $B", "", "FROM Q/UPPER"])
def test_a_base_that_cannot_be_told(life: Life, first: str) -> None:
    life.on(2, {OURS: PIN})
    life.on(3, {DOCKERFILE: hubs.OWN.replace("FROM quay.io/jupyterhub/k8s-hub:4.3.3", first)})
    assert unread(life) == ([DOCKERFILE], [])
    theirs = DOCKERFILE.replace("hub/D", "hub-experimental/D")
    life.on(4, {DOCKERFILE: hubs.OWN, theirs: (life.repo.root / DOCKERFILE).read_text()})
    (problem,) = life.status(9).undecided
    assert "`hub-experimental`" in problem.what
    life.on(5, {theirs: "ARG B\nFROM $B\n"})  # it holds no change, whatever it is built on
    assert life.status(9).undecided == ()


def test_an_image_that_installs_nothing_stands_in_nobodys_way(life: Life) -> None:
    bare = "FROM quay.io/jupyterhub/k8s-hub:4.3.3\n"
    life.on(2, {OURS: PIN, DOCKERFILE: bare})
    assert unread(life) == ([], ["pinned"])
    life.on(3, {DOCKERFILE: hubs.OWN, DOCKERFILE.replace("hub/D", "hub-experimental/D"): bare})
    assert unread(life) == ([], ["same"])

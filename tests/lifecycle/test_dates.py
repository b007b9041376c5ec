"""Since when: on real histories, with merges, squashes, renames, reverts and moves."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubs import Shape
from tests.lifecycle.lives import OURS, THEIRS, Life, clone, day, make

A, B = "a" * 40, "b" * 40
PIN = f"git+https://github.com/o/thing@{A}\n"
REPIN = f"git+https://github.com/o/thing@{B}\n"


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return make(tmp_path / "repo")


def test_nothing_differs(life: Life) -> None:
    life.on(1, {OURS: "# only a comment\n"})
    assert life.since() == {}


def test_from_the_commit_that_brought_it(life: Life) -> None:
    life.on(3, {OURS: PIN})
    life.on(4, {OURS: PIN + "other==1\n"})
    life.on(5, {"helm-charts/basehub/values.yaml": "a: 1\n", "README": "x"})
    assert life.since() == {"thing": 3, "other": 4}


def test_a_repin_moves_nothing(life: Life) -> None:
    life.on(3, {OURS: PIN})
    life.on(8, {OURS: REPIN})
    life.on(9, {OURS: "thing==3\n"})
    life.on(10, {OURS: "Thing @ git+https://github.com/fork/thing@main\n"})
    assert life.since() == {"thing": 3}


def test_one_that_vanished_and_came_back_starts_anew(life: Life) -> None:
    life.on(3, {OURS: PIN})
    life.on(5, {OURS: ""})
    life.on(8, {OURS: PIN})
    assert life.since() == {"thing": 8}


def test_a_revert_of_the_revert_starts_anew(life: Life) -> None:
    life.on(3, {OURS: PIN})
    life.git(5, "revert", "--no-edit", "HEAD")
    assert life.since() == {}
    life.git(7, "revert", "--no-edit", "HEAD")
    assert life.since() == {"thing": 7}


def test_production_catches_up(life: Life) -> None:
    life.on(3, {OURS: "thing==2\n"})
    life.on(5, {THEIRS: "thing==2\n"})
    assert life.since() == {}
    life.on(8, {OURS: "thing==3\n"})
    assert life.since() == {"thing": 8}


def test_production_moves_past_and_is_passed_again(life: Life) -> None:
    life.on(3, {OURS: "thing==2\n", THEIRS: "thing==1\n"})
    life.on(5, {THEIRS: "thing==4\n"})
    assert life.since() == {}
    assert [one.pin.text for one in life.experiment(6).behind] == ["thing==2"]
    assert life.experiment(6).stage == "same"
    life.on(8, {OURS: "thing==5\n"})
    assert life.since() == {"thing": 8}


def test_production_steps_back(life: Life) -> None:
    """What is new is new from the day on which production went back."""
    life.on(2, {OURS: "thing==2\n", THEIRS: "thing==2\n"})
    life.on(6, {THEIRS: "thing==1\n"})
    assert life.since() == {"thing": 6}


def test_another_spelling_is_the_same_package(life: Life) -> None:
    life.on(3, {OURS: "Some.Thing==2\n", THEIRS: "some-thing==1\n"})
    life.on(5, {OURS: "some_thing==2\n"})
    assert life.since() == {"some-thing": 3}


@pytest.mark.parametrize("way", ["--squash", "--no-ff"])
def test_a_branch_counts_from_its_merge(life: Life, way: str) -> None:
    life.git(1, "checkout", "--quiet", "-b", "side")
    life.on(2, {OURS: PIN})
    life.on(3, {OURS: REPIN})
    life.git(4, "checkout", "--quiet", "main")
    life.on(4, {"README": "meanwhile"})
    life.git(9, "merge", "--quiet", way, *(["-m", "Merge"] if way == "--no-ff" else []), "side")
    if way == "--squash":
        life.on(9)
    assert life.since() == {"thing": 9}


def test_what_main_brought_into_a_branch(life: Life) -> None:
    """A merge of main into main's own clone, pulled: the first parent is what counts."""
    life.on(2, {OURS: PIN})
    life.git(3, "checkout", "--quiet", "-b", "side")
    life.on(4, {OURS: PIN + "other==1\n"})
    life.git(5, "checkout", "--quiet", "main")
    life.on(6, {THEIRS: "else==1\n"})
    life.git(7, "merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    assert life.since() == {"thing": 2, "other": 7}


def test_a_requirements_file_is_renamed(life: Life) -> None:
    life.on(3, {OURS: PIN})
    folder = "helm-charts/images/hub-experimental"
    life.repo.git("mv", OURS, f"{folder}/pins.txt")
    own = hubs.OWN.replace("COPY requirements.txt", "COPY pins.txt")
    life.on(6, {f"{folder}/Dockerfile": own})
    assert life.since() == {"thing": 3}


@pytest.mark.parametrize("keep", ["name", "requirements"])
def test_an_image_is_renamed(life: Life, keep: str) -> None:
    life.on(3, {OURS: PIN})
    life.repo.git("mv", "helm-charts/images/hub-experimental", "helm-charts/images/newer")
    path = "helm-charts/chartpress.yaml"
    text = hubs.files("folders")[path].replace("hub-experimental:", "newer:")
    if keep == "requirements":
        text = text.replace(f"{hubs.NAME}hub-experimental", f"{hubs.NAME}newer")
    life.on(6, {path: text})
    assert life.experiment(10).image == "newer"
    assert life.since() == {"thing": 3}


@pytest.mark.parametrize(("old", "new"), [("folders", "shared"), ("shared", "folders")])
def test_the_layout_is_moved(tmp_path: Path, old: Shape, new: Shape) -> None:
    life = make(tmp_path / "repo", old)
    life.on(3, {life.ours: PIN})
    files = hubs.files(new)
    life.repo.git("rm", "-r", "--quiet", "helm-charts/images")
    life.on(6, {**files, hubs.requirements(new): PIN})
    assert life.since() == {"thing": 3}
    life.on(7, {hubs.requirements(new): PIN + "other==1\n"})
    assert life.since() == {"thing": 3, "other": 7}


def test_the_charts_are_moved(life: Life) -> None:
    """As a whole folder, twice."""
    life.on(3, {OURS: PIN})
    for number, (old, new) in enumerate([("helm-charts", "between"), ("between", "helm-charts")]):
        life.repo.git("mv", old, new)
        life.on(4 + number)
    life.on(8, {OURS: PIN + "other==1\n"})
    assert life.since() == {"thing": 3, "other": 8}


def test_a_mistake_between_ends_nothing(life: Life) -> None:
    life.on(3, {OURS: PIN})
    path = "helm-charts/chartpress.yaml"
    good = hubs.files("folders")[path]
    life.on(4, {path: "charts: [\n"})
    life.on(5, {path: good})
    dockerfile = "helm-charts/images/hub-experimental/Dockerfile"
    (life.repo.root / dockerfile).unlink()
    life.on(6)
    life.on(7, {dockerfile: hubs.OWN})
    assert life.since() == {"thing": 3}


def test_an_image_that_was_away_starts_anew(life: Life) -> None:
    path = "helm-charts/chartpress.yaml"
    good = hubs.files("folders")[path]
    life.on(3, {OURS: PIN})
    life.on(4, {path: good.partition("      hub-experimental")[0]})
    life.on(6, {path: good})
    assert life.since() == {"thing": 6}


def test_there_from_the_first_commit(tmp_path: Path) -> None:
    life = make(tmp_path / "repo")
    life.on(0, {OURS: PIN})
    assert life.since() == {"thing": 0}


def test_a_shallow_clone_says_what_it_cannot_know(life: Life, tmp_path: Path) -> None:
    life.on(3, {OURS: PIN})
    life.on(6, {"README": "x"})
    life.on(9, {OURS: PIN + "other==1\n"})
    shallow = clone(life, tmp_path / "shallow", 2)
    assert shallow.since() == {"thing": None, "other": 9}
    found = shallow.experiment(60)
    assert found.undated
    assert any("shallow" in note for note in found.notes)
    thing, other = found.changes
    assert (thing.deadline, thing.days_left) == (None, None)
    assert (other.deadline, other.days_left) == (day(37), -23)
    assert found.tag is None

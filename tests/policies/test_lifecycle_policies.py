"""deadline, long-trial: experiments that nobody ends. Days are counted from 1 January 2024."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hubs
from hubimages.config import Excuse
from hubimages.policies import table
from hubimages.policies.facts import gather
from hubimages.policies.finding import Finding
from hubs import FakeRegistry, Shape
from tests.lifecycle.lives import OURS, STAGING, THEIRS, Life, clone, day, make, override

PROD = "config/clusters/example/prod.values.yaml"
OURS_POLICIES = ("deadline", "long-trial")
PIN = "git+https://github.com/o/thing@"
LATE = f"# on trial\nkubespawner==7.0.0\n{PIN}{'a' * 40}\n"
WAYS_OUT = (
    "invoke experiment.promote --image hub-experimental, "
    "or invoke experiment.drop --image hub-experimental"
)


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return make(tmp_path / "repo")


def look(life: Life, number: float, **settings: Any) -> table.Report:
    """Check the repository on a day."""
    facts = gather(life.repo.ours, replace(hubs.SETTINGS, **settings), now=day(number))
    return table.examine(facts, day(number).date())


def found(life: Life, number: float, **settings: Any) -> list[Finding]:
    """Return what the two policies find on a day."""
    findings = look(life, number, **settings).findings
    return [finding for finding in findings if finding.policy in OURS_POLICIES]


def at(finding: Finding) -> tuple[str, str, str, int]:
    return finding.policy, finding.severity, finding.path, finding.line


# --- deadline ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["folders", "shared"])
def test_the_line_of_the_pin_that_is_late(tmp_path: Path, shape: Shape) -> None:
    life = make(tmp_path / shape, shape)
    life.on(1, {life.ours: f"{PIN}{'a' * 40}\n"})
    life.on(10, {life.ours: LATE})
    assert found(life, 29) == []
    (late,) = found(life, 29.1)
    assert at(late) == ("deadline", "error", life.ours, 3)
    assert "`hub-experimental` has had thing since 2024-01-02" in late.message
    assert "1 day over" in late.message
    assert late.fix == WAYS_OUT
    assert [at(one)[3] for one in found(life, 40)] == [2, 3]
    assert "11 days over" in found(life, 40)[1].message


def test_a_repin_does_not_move_it_committed_or_not(life: Life) -> None:
    life.on(1, {OURS: LATE})
    life.on(20, {OURS: LATE.replace("a" * 40, "b" * 40)})
    life.repo.write({OURS: f"\n{PIN}{'c' * 40}\n"})
    (late,) = found(life, 40)
    assert at(late) == ("deadline", "error", OURS, 2)


def test_the_files_as_they_are_now_count(life: Life) -> None:
    """What is dropped or promoted in the work tree is on its way; what is new there is not late."""
    life.on(1, {OURS: LATE})
    for files in (
        {OURS: "# nothing\n"},
        {OURS: "requests==2.0\n"},
        {OURS: LATE, THEIRS: f"{hubs.REQUIREMENTS}{LATE}"},
    ):
        life.repo.write(files)
        assert found(life, 99) == []


def test_no_experiment_is_late_in_a_fresh_repository(tmp_path: Path) -> None:
    life = make(tmp_path / "copy")
    life.on(0, {OURS: LATE})
    assert found(life, 28) == []


def test_before_the_first_commit(life: Life) -> None:
    life.repo.write({OURS: LATE})
    life.repo.git("update-ref", "-d", "HEAD")
    assert found(life, 99) == []


@pytest.mark.parametrize("text", ["charts: [\n", "charts: []\n", None])
def test_what_is_committed_may_be_broken(life: Life, text: str | None) -> None:
    path = "helm-charts/chartpress.yaml"
    good = (life.repo.root / path).read_text()
    life.on(1, {OURS: LATE, path: text or ""})
    if text is None:
        life.git(1, "rm", "--quiet", "--force", path)
        life.on(1)
    life.repo.write({path: good})
    assert found(life, 99) == []


def test_a_shallow_clone_cannot_tell(life: Life, tmp_path: Path) -> None:
    life.on(1, {OURS: LATE})
    life.on(2)
    (unknown,) = found(clone(life, tmp_path / "shallow", 1), 99)
    assert at(unknown) == ("deadline", "warning", OURS, 2)
    assert "cannot be told: this clone is shallow" in unknown.message
    assert unknown.fix == "git fetch --unshallow"
    life.on(3, {OURS: "# nothing\n"})
    assert found(clone(life, tmp_path / "same", 1), 99) == []


def test_excused_like_any_other(life: Life) -> None:
    life.on(1, {OURS: LATE})
    about = {"policy": "deadline", "match": "thing", "reason": "waits for a release"}
    report = look(life, 40, excused=(Excuse(until=day(40).date(), **about),))
    assert [one.policy for one, _ in report.excused] == ["deadline"]
    assert [at(one)[3] for one in report.findings if one.policy == "deadline"] == [2]


def test_no_registry_is_asked(life: Life) -> None:
    life.on(1, {OURS: LATE})
    asked = FakeRegistry()
    facts = gather(life.repo.ours, hubs.SETTINGS, asked, now=day(40))
    (standing,) = (facts.standing(image) for image in facts.images.experiments)
    assert standing
    assert standing.stage == "overdue"
    assert asked.asked == []


def test_history_is_not_read_where_nothing_is_on_trial(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubimages.lifecycle.offline.History", None)
    assert found(life, 99) == []


# --- long-trial ----------------------------------------------------------------------------------


def on_trial(life: Life, number: float) -> str:
    """Let staging run what the experiment is now; return the tag."""
    tag = life.experiment(number).tag or ""
    life.on(number, {STAGING: override(tag)})
    return tag


def test_the_line_of_a_trial_that_is_ready(life: Life) -> None:
    life.on(1, {OURS: LATE})
    on_trial(life, 2)
    assert found(life, 15.9) == []
    (long,) = found(life, 16)
    assert at(long) == ("long-trial", "warning", STAGING, 5)
    assert "14 days (example/staging)" in long.message
    assert long.fix == WAYS_OUT
    assert found(life, 16, trial_days=8) == []
    assert [one.policy for one in found(life, 30)] == ["deadline", "deadline"]  # not told twice


def test_a_trial_of_other_pins_shows_nothing(life: Life) -> None:
    life.on(1, {OURS: LATE})
    on_trial(life, 2)
    life.on(3, {OURS: f"{LATE}escapism==1.0\n"})
    assert found(life, 20) == []


def test_another_hub_that_is_not_ready_is_not_named(life: Life) -> None:
    life.on(1, {OURS: LATE})
    tag = on_trial(life, 2)
    life.on(14, {PROD: override(tag)})
    assert [at(one)[2] for one in found(life, 20)] == [STAGING]


def test_a_hub_left_behind_on_other_pins_is_not_named(life: Life) -> None:
    life.on(1, {OURS: LATE})
    on_trial(life, 2)
    life.on(3, {OURS: f"{LATE}escapism==1.0\n"})
    life.on(4, {PROD: override(life.experiment(4).tag or "")})
    assert [at(one)[2] for one in found(life, 20)] == [PROD]

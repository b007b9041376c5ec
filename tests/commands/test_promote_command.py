"""experiment.promote and .drop without an engine: what is refused, shown, and left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import hubs
from hubs import Hubs
from tests.commands.conftest import Run
from tests.commands.test_experiment_command import failed
from tests.lifecycle.lives import override

OURS = hubs.requirements("folders")
THEIRS = "helm-charts/images/hub/requirements.txt"
STAGING = "config/clusters/example/staging.values.yaml"
VALUES = "helm-charts/basehub/values.yaml"
PROMOTE = ("experiment.promote", "--push")


def on(repo: Hubs, days: float, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit files as somebody did days ago."""
    when = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    with monkeypatch.context() as patched:
        patched.setenv("GIT_COMMITTER_DATE", when)
        repo.commit(files)


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hubs:
    """A repository whose experiment has run on a hub for nine days; its registry cannot be reached."""
    repo = hubs.make(tmp_path / "hubs", name="127.0.0.1:9/o/")
    on(repo, 12, {OURS: f"{hubs.REQUIREMENTS}thing==1\n"}, monkeypatch)
    text = override("0.0.1-0.dev.git.1.h0000000").replace(hubs.NAME, "127.0.0.1:9/o/")
    on(repo, 9, {STAGING: hubs.STAGING + text.partition("  hub:\n")[2]}, monkeypatch)
    return repo


def state(repo: Hubs) -> tuple[object, ...]:
    return repo.state(), repo.head()


def test_a_dry_run_shows_the_plan_as_diffs(tried: Hubs, invoke: Run) -> None:
    before = state(tried)
    ran = invoke(tried.path, *PROMOTE, "--dry-run")
    assert (ran.code, ran.out) == (0, "")
    for line in ("+thing==1", "-      tag: 0.0.1-0.dev", '+      tag: "(named after'):
        assert line in ran.err
    assert "quiet for 9 days" in ran.err
    assert state(tried) == before


def test_without_a_commit_the_pins_alone_are_written(tried: Hubs, invoke: Run) -> None:
    head, values, staging = tried.head(), tried.read(VALUES), tried.read(STAGING)
    ran = invoke(tried.path, *PROMOTE, "--no-commit")
    assert ran.code == 0, ran.err
    assert "thing==1" in tried.read(THEIRS)
    assert (tried.head(), tried.read(VALUES), tried.read(STAGING)) == (head, values, staging)
    assert "commit it, then" in ran.err


def test_what_is_refused_changes_nothing(tried: Hubs, invoke: Run) -> None:
    before = state(tried)
    # a registry that is silent: nothing is committed that could not be finished
    failed(invoke(tried.path, *PROMOTE), "127.0.0.1:9")
    failed(invoke(tried.path, *PROMOTE, "--package", "nothing"), "nothing of that name", "thing")
    failed(invoke(tried.path, *PROMOTE, "--image", "hub"), "no experimental image")
    failed(invoke(tried.path, *PROMOTE, "--image", "other"), "no image `other`")
    failed(invoke(tried.path, "experiment.promote", "--same-bits"), "--push")
    failed(invoke(tried.path, *PROMOTE, "--pr", "--no-commit"), "--no-commit")
    assert state(tried) == before


@pytest.mark.parametrize("path", [THEIRS, VALUES, STAGING])
def test_edits_of_the_persons_stand_in_the_way_before_anything_is_done(
    tried: Hubs, invoke: Run, path: str
) -> None:
    tried.write(path, tried.read(path) + "# mine\n")
    before = state(tried)
    failed(invoke(tried.path, *PROMOTE), f"{path} has uncommitted changes")
    assert state(tried) == before


def test_too_early(tried: Hubs, invoke: Run) -> None:
    tried.commit({OURS: tried.read(OURS) + "other==2\n"})
    failed(invoke(tried.path, *PROMOTE), "quiet for 0 of 7 days", "--force --reason")
    failed(invoke(tried.path, *PROMOTE, "--force"), "--reason is missing")


def test_there_is_nothing_to_promote(tmp_path: Path, invoke: Run) -> None:
    repo = hubs.make(tmp_path / "hubs")
    repo.commit({OURS: hubs.REQUIREMENTS})
    tag = hubs.plan(repo, hubs.FakeRegistry(), "hub").tag.text
    repo.commit({VALUES: repo.read(VALUES).replace("0.0.1-set.by.chartpress", tag)})
    ran = invoke(repo.path, *PROMOTE)
    assert (ran.code, "has nothing to promote" in ran.err) == (0, True), ran.err


def test_drop_ends_the_trial_and_takes_the_pins_back(tried: Hubs, invoke: Run) -> None:
    head = tried.head()
    ran = invoke(tried.path, "experiment.drop")
    assert ran.code == 0, ran.err
    assert tried.read(OURS) == hubs.REQUIREMENTS
    assert tried.read(STAGING) == hubs.STAGING
    subjects = tried.ask("log", "--format=%s", f"{head}..").splitlines()
    assert subjects == [
        "Drop thing from hub-experimental",
        "End the trial of hub-experimental on example/staging",
    ]
    failed(invoke(tried.path, "experiment.drop", "--image", "hub"), "no experimental image")

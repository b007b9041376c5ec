from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from invoke.config import Config
from invoke.context import Context

from hubimages.commands import session
from hubimages.doctor import Point
from hubimages.edits import Edit
from hubimages.errors import BadConfiguration
from hubimages.git import NotARepository
from hubs import Hubs
from tests.commands.conftest import Run


def context(settings: object) -> Context:
    return Context(Config(overrides={"hubimages": settings}))


def test_a_session_is_of_the_repository_that_the_folder_is_in(
    repo: Hubs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path / "helm-charts" / "images")
    made = session.start(context({"production": "main-hub"}))
    assert made.git.root == repo.path.resolve()
    assert made.settings.production == "main-hub"
    assert made.registry is made.registry


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotARepository) as caught:
        session.start(context({}))
    assert "git init" in caught.value.fix


def test_without_git_doctor_is_no_help(
    repo: Hubs, tmp_path: Path, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = invoke(repo.path, "doctor")
    assert ran.code == 1
    assert "apt-get install git" in ran.err


@pytest.mark.parametrize("settings", [{"prodction": "x"}, {"trial_days": -1}, None, "x", ["x"]])
def test_settings_that_cannot_be(
    repo: Hubs, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    monkeypatch.chdir(repo.path)
    with pytest.raises(BadConfiguration, match="hubimages") as caught:
        session.start(context(settings))
    assert caught.value.fix


@pytest.mark.parametrize("text", ["hubimages:\n", "hubimages: x\n", "hubimages: {trial_days: x}\n"])
def test_a_mistake_in_invoke_yaml_is_no_bug(repo: Hubs, invoke: Run, text: str) -> None:
    repo.commit({"invoke.yaml": text})
    ran = invoke(repo.path, "experiment.stop")
    assert ran.code == 1
    assert "bug in hubimages" not in ran.err


def test_settings_come_from_files_and_variables(
    repo: Hubs, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.ask("mv", "helm-charts", "charts")
    repo.commit({"invoke.yaml": "hubimages: {charts_dir: charts}\n"})
    assert "--hub is missing" in invoke(repo.path, "experiment.stop").err
    monkeypatch.setenv("INVOKE_HUBIMAGES_CHARTS_DIR", "elsewhere")
    assert "elsewhere/chartpress.yaml" in invoke(repo.path, "experiment.stop").err


def test_a_hooks_repository_is_not_ours(
    repo: Hubs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside of a git hook GIT_DIR leads to the repository of the hook."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.chdir(repo.path)
    assert session.start(context({})).git.head == repo.head()


def test_a_diff_is_shown_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session.console, "stream", sys.stderr)
    edit = Edit("a.txt", "one\n", "two\n")
    session.show(edit)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", edit.diff())


def test_json_is_one_document_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    session.emit([Point(name="ü", ok=None, detail="d")])
    said = capsys.readouterr()
    assert json.loads(said.out) == [{"name": "ü", "ok": None, "detail": "d", "fix": ""}]
    assert said.err == ""
    with pytest.raises(TypeError, match="Path"):
        session.emit(Path())

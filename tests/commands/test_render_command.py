"""render, as it is typed, up to Helm; with Helm it is tried in tests/integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubs import Hubs
from tests.commands.conftest import Run


@pytest.fixture(autouse=True)
def no_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave git alone on the PATH."""
    import shutil

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], "--hub"),
        (["--hub", "staging"], "There is no hub `staging` below config/clusters"),
        (["--hub", "example/nowhere"], "example/staging, example/prod"),
        (["--hub", "example/prod", "--since", "nowhere"], "no commit `nowhere`"),
        (["--hub", "example/prod", "--json"], "There is no `helm` command on the PATH"),
        (["--hub", "example/prod", "--format", "json"], "No idea what '--format' is"),
    ],
)
def test_what_is_wrong_is_said(repo: Hubs, invoke: Run, words: list[str], wanted: str) -> None:
    before = repo.state()
    ran = invoke(repo.path, "render", *words)
    assert ran.code == 1
    assert wanted in ran.err
    assert ran.out == ""
    assert repo.state() == before

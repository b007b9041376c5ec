"""off-main: tags whose commits a squash merge orphaned."""

from __future__ import annotations

from pathlib import Path

from hubs import Hubs
from tests.policies.conftest import EXPERIMENT, STAGING, at, found, only, tag_of, trial


def branch_off(repo: Hubs) -> str:
    """Pin on a branch, and try its build on main; return the tag."""
    repo.ask("switch", "--quiet", "--create", "fix")
    repo.commit({EXPERIMENT: "kubespawner==7.0.0\n"})
    tag = tag_of(repo, "hub-experimental")
    repo.ask("switch", "--quiet", "main")
    repo.commit({EXPERIMENT: "kubespawner==7.0.0\n", STAGING: trial(tag)}, "Squashed")
    return tag


def test_a_tag_of_a_branch(repo: Hubs) -> None:
    tag = branch_off(repo)
    finding = only(repo)
    assert at(finding) == ("off-main", "warning", STAGING, 5)
    assert f"quay.io/example/hub-experimental:{tag}" in finding.message
    assert "is not on main" in finding.message
    repo.ask("merge", "--quiet", "--no-edit", "-X", "ours", "fix")
    assert found(repo) == []


def test_a_commit_that_is_nowhere(repo: Hubs, tmp_path: Path) -> None:
    branch_off(repo)
    repo.ask("clone", "--quiet", "--single-branch", f"file://{repo.path}", str(tmp_path / "clone"))
    finding = only(Hubs(tmp_path / "clone"))
    assert "is not in this clone" in finding.message
    assert "git fetch" in finding.fix


def test_the_remotes_main_branch_counts(repo: Hubs, tmp_path: Path) -> None:
    repo.ask("clone", "--quiet", f"file://{repo.path}", str(tmp_path / "clone"))
    clone = Hubs(tmp_path / "clone")
    clone.commit({EXPERIMENT: "kubespawner==7.0.0\n"})
    clone.commit({STAGING: trial(tag_of(clone, "hub-experimental"))})
    assert "is not on origin/HEAD" in only(clone).message
    clone.ask("push", "--quiet", "origin", "main:refs/heads/next")
    clone.ask("remote", "set-head", "origin", "next")
    assert found(clone) == []


def test_what_cannot_be_told_is_told_once(repo: Hubs, tmp_path: Path) -> None:
    repo.ask("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    findings = found(Hubs(tmp_path / "shallow"))
    (finding,) = (one for one in findings if one.policy == "off-main")
    assert at(finding)[:2] == ("off-main", "warning")
    assert "git fetch --unshallow" in finding.fix
    repo.ask("branch", "--move", "main", "trunk")
    assert "git remote set-head" in only(repo).fix

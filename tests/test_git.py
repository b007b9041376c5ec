"""Small questions to real repositories, ordinary and odd ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hubimages.errors import CommandFailed
from hubimages.git import Git, NotARepository, NotTrusted, clean_environment
from repositories import RUN, Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository.init(tmp_path / "repo")
    made.commit({"a.txt": "a\n", "folder/b.txt": "b\n"}, "Start")
    return made


# --- which repository ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["repo", "with space", "Größe", "line\nbreak", "-dash", "{x}"])
def test_the_root_is_found_from_a_folder_below(name: str, tmp_path: Path) -> None:
    repo = Repository.init(tmp_path / name)
    repo.commit({"folder/below/file": ""})
    found = Git.at(repo.root / "folder" / "below", RUN)
    assert found.root.samefile(repo.root)
    assert found.common.samefile(repo.root / ".git")
    assert not found.shallow


def test_worktrees_of_worktrees_share_one_folder(repo: Repository, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "one"))
    Repository(tmp_path / "one").git(
        "worktree", "add", "--quiet", "--detach", str(tmp_path / "two")
    )
    two = Git.at(tmp_path / "two" / "folder", RUN)
    assert two.root.samefile(tmp_path / "two")
    assert two.common == repo.ours.common


def test_a_submodule_is_its_own_repository(repo: Repository, tmp_path: Path) -> None:
    outer = Repository.init(tmp_path / "outer")
    outer.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo.root), "sub"
    )
    outer.commit()
    assert Git.at(outer.root / "sub", RUN).root.samefile(outer.root / "sub")
    assert Git.at(outer.root / "sub", RUN).common.samefile(outer.root / ".git" / "modules" / "sub")


@pytest.mark.parametrize("inside", [".git", "bare"])
def test_without_a_work_tree_there_is_no_repository(inside: str, repo: Repository) -> None:
    RUN(["git", "init", "--quiet", "--bare", "bare"], cwd=repo.root)
    with pytest.raises(NotARepository) as caught:
        Git.at(repo.root / inside, RUN)
    assert "git init" in caught.value.fix


def test_outside_of_any_repository(tmp_path: Path) -> None:
    with pytest.raises(NotARepository, match="git repository"):
        Git.at(tmp_path, RUN)


def test_a_repository_of_somebody_else_is_not_called_missing(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(NotTrusted, match="belongs to") as caught:
        Git.at(repo.root, RUN)
    assert "safe.directory" in caught.value.fix


def test_a_hook_s_variables_do_not_lead_elsewhere(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository.init(tmp_path / "other")
    for name, value in {
        "GIT_DIR": str(other.root / ".git"),
        "GIT_WORK_TREE": str(other.root),
        "GIT_INDEX_FILE": str(other.root / ".git" / "index"),
        "GIT_PREFIX": "folder/",
        "GIT_OBJECT_DIRECTORY": str(other.root / ".git" / "objects"),
    }.items():
        monkeypatch.setenv(name, value)
    assert Git.at(repo.root, RUN).root.samefile(other.root)
    clean_environment()
    assert Git.at(repo.root, RUN).root.samefile(repo.root)
    assert Git.at(repo.root, RUN).changed(["."]) == []


@pytest.mark.parametrize(
    "name",
    ["GIT_AUTHOR_NAME", "GIT_COMMITTER_DATE", "GIT_CONFIG_COUNT", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO",
     "GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_DISCOVERY_ACROSS_FILESYSTEM"],
)  # fmt: skip
def test_the_person_s_own_variables_stay(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    clean_environment()
    assert os.environ[name] == "x"


def test_a_shallow_clone_is_known_as_one(repo: Repository, tmp_path: Path) -> None:
    repo.commit()
    RUN(["git", "clone", "--quiet", "--depth=1", f"file://{repo.root}", str(tmp_path / "clone")])
    assert Git.at(tmp_path / "clone", RUN).shallow


# --- commits and branches --------------------------------------------------------------------------


def test_an_empty_repository_has_no_commits(tmp_path: Path) -> None:
    repo = Repository.init(tmp_path)
    assert repo.ours.head is None
    assert repo.commit() == repo.ours.head


def test_the_branch_and_a_detached_head(repo: Repository) -> None:
    assert repo.ours.branch() == "main"
    repo.git("checkout", "--quiet", "--detach")
    assert repo.ours.branch() == ""


def test_every_name_of_a_commit_becomes_the_commit(repo: Repository) -> None:
    head = repo.git("rev-parse", "HEAD")
    repo.git("tag", "-a", "-m", "annotated", "v1")
    for name in ("HEAD", "main", "v1", head, head[:10]):
        assert repo.ours.full(name) == head
    for name in ("nothing", "0" * 40, "--all", "HEAD:a.txt", ""):
        assert repo.ours.full(name) is None


def test_remote_branches(repo: Repository, tmp_path: Path) -> None:
    first = repo.git("rev-parse", "HEAD")
    assert repo.ours.remote_branches_with(first) == []
    RUN(["git", "clone", "--quiet", "--bare", str(repo.root), str(tmp_path / "bare.git")])
    repo.git("remote", "add", "origin", str(tmp_path / "bare.git"))
    repo.git("fetch", "--quiet", "origin")
    assert repo.ours.remote_branches_with(first) == ["origin/main"]
    assert repo.ours.remote_branches_with(repo.commit()) == []


def test_the_remote_s_address(repo: Repository) -> None:
    assert repo.ours.remote_url() is None
    repo.git("remote", "add", "upstream", "https://example.org/up.git")
    assert repo.ours.remote_url() == "https://example.org/up.git"
    repo.git("remote", "add", "fork", "https://example.org/fork.git")
    assert repo.ours.remote_url() is None
    repo.git("remote", "add", "origin", "https://example.org/origin.git")
    assert repo.ours.remote_url() == "https://example.org/origin.git"


def test_who_commits(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Test Operator" in (repo.ours.identity() or "")
    repo.git("config", "user.useConfigOnly", "true")
    for name in ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    assert repo.ours.identity() is None


# --- files -----------------------------------------------------------------------------------------

ODD = ["with space", "ünïcode", "line\nbreak", 'quo"te', "-dash", "tab\t", "star*", "[x]"]


@pytest.mark.parametrize("name", ODD)
def test_every_kind_of_change_is_seen(name: str, repo: Repository) -> None:
    for kind in ("modified", "staged", "deleted", "renamed"):
        repo.write({f"folder/{kind}/{name}": f"{kind}\n"})
    repo.commit()
    assert repo.ours.changed(["folder"]) == []
    repo.write(
        {f"folder/modified/{name}": "x", f"folder/staged/{name}": "x", f"folder/{name}": "x"}
    )
    repo.git("add", "--", f":(literal)folder/staged/{name}")
    (repo.root / "folder" / "deleted" / name).unlink()
    repo.git("mv", "folder/renamed", "folder/moved")
    assert sorted(repo.ours.changed(["folder"])) == sorted(
        f"folder/{kind}{name}"
        for kind in ("modified/", "staged/", "deleted/", "renamed/", "moved/", "")
    )
    assert repo.ours.changed(["a.txt"]) == []


def test_ignored_files_are_not_changes_and_settings_hide_none(repo: Repository) -> None:
    repo.commit({".gitignore": "*.log\n"})
    repo.git("config", "status.showUntrackedFiles", "no")
    repo.git("config", "status.renames", "copies")
    repo.git("config", "core.quotePath", "true")
    repo.write({"folder/x.log": "", "folder/é": ""})
    assert repo.ours.changed(["folder"]) == ["folder/é"]


@pytest.mark.parametrize("name", ODD)
def test_a_committed_file_is_read_whatever_its_name(name: str, repo: Repository) -> None:
    repo.commit({f"folder/{name}": "one\r\ntwo \udcff"})
    repo.write({f"folder/{name}": "not committed"})
    assert repo.ours.show("HEAD", f"folder/{name}") == "one\r\ntwo \udcff"
    assert repo.ours.show("HEAD~1", f"folder/{name}") is None


def test_a_file_reads_as_a_checkout_would_write_it(repo: Repository) -> None:
    repo.commit({".gitattributes": "*.txt text eol=crlf\n"})
    assert repo.ours.show("HEAD", "a.txt") == "a\r\n"


# --- committing ------------------------------------------------------------------------------------


def test_just_these_files_are_committed(repo: Repository) -> None:
    repo.write({"a.txt": "edited\n", "new/é *.txt": "new\n", "folder/b.txt": "staged\n"})
    repo.git("add", "folder/b.txt")
    repo.write({"folder/b.txt": "staged, then edited\n", "untracked": ""})
    staged = repo.git("diff", "--cached", "--", "folder")
    message = "Subject with é\n\n# not a comment\n\nEnd."
    commit = repo.ours.commit_only(["a.txt", "new/é *.txt"], message)
    assert commit == repo.git("rev-parse", "HEAD")
    assert repo.git("-c", "core.quotePath=false", "show", "--format=", "--name-only").split(
        "\n"
    ) == [
        "a.txt",
        "new/é *.txt",
    ]
    assert repo.git("log", "-1", "--format=%B").rstrip() == message
    assert repo.git("diff", "--cached") == staged
    assert (repo.root / "folder" / "b.txt").read_text() == "staged, then edited\n"
    assert sorted(repo.ours.changed(["."])) == ["folder/b.txt", "untracked"]


def test_a_name_is_not_a_pattern(repo: Repository) -> None:
    repo.commit({"values*.yaml": "", "values-prod.yaml": "", "newest": ""})
    repo.write({"values*.yaml": "edited", "values-prod.yaml": "edited", "new*": "", "newer": ""})
    repo.ours.commit_only(["values*.yaml", "new*"], "One")
    assert sorted(repo.ours.changed(["."])) == ["newer", "values-prod.yaml"]


def test_a_hook_that_refuses_leaves_the_index_as_it_was(repo: Repository) -> None:
    hook = repo.root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho no trailing dots >&2\nexit 1\n")
    hook.chmod(0o755)
    repo.write({"a.txt": "edited\n", "new": "", "folder/b.txt": "staged\n"})
    repo.git("add", "folder/b.txt")
    before = repo.git("status", "--porcelain"), repo.git("ls-files", "--stage")
    with pytest.raises(CommandFailed, match="no trailing dots"):
        repo.ours.commit_only(["a.txt", "new"], "Edit")
    assert (repo.git("status", "--porcelain"), repo.git("ls-files", "--stage")) == before


def test_in_the_middle_of_a_merge_nothing_is_committed(repo: Repository) -> None:
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"side": ""})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"main": ""})
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    repo.write({"a.txt": "edited\n", "new": ""})
    before = repo.git("status", "--porcelain")
    with pytest.raises(CommandFailed, match="merge"):
        repo.ours.commit_only(["a.txt", "new"], "Edit")
    assert repo.git("status", "--porcelain") == before


def test_the_first_commit_of_all(tmp_path: Path) -> None:
    repo = Repository.init(tmp_path)
    repo.write({"a": "", "b": ""})
    repo.ours.commit_only(["a"], "Start")
    assert repo.git("ls-files") == "a"


def test_questions_take_no_lock(repo: Repository) -> None:
    before = (repo.root / ".git" / "index").read_bytes()
    os.utime(repo.root / "a.txt", (1, 1))  # git would note the new time, if it might
    assert repo.ours.changed(["."]) == []
    assert (repo.root / ".git" / "index").read_bytes() == before

"""Edits reach exactly their file and leave everything else of the person's as it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

import hubs
from hubimages import edits
from hubimages.edits import CommitRefused, Edit, NoIdentity, UncommittedChanges
from hubimages.errors import BadFile
from hubimages.git import Git
from hubimages.process import Completed, Processes
from hubs import Hubs

VALUES = "config/clusters/example/staging.values.yaml"
OTHER = "config/clusters/example/prod.values.yaml"
THIRD = "config/clusters/example/common.values.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def appended(line: str = "new: line\n") -> Callable[[str], str]:
    """Return a change that adds a line once."""
    return lambda text: text if text.endswith(line) else text + line


def do(repo: Hubs, path: str = VALUES, *, commit: bool = True) -> str | None:
    edit = edits.plan(repo.git, path, appended(), commit=commit)
    assert edit
    return edits.apply(repo.git, [edit], "Add a line\n", commit=commit)


def dirty(repo: Hubs) -> None:
    """Leave something staged, changed, untracked and stashed, all beside the edit."""
    repo.write(THIRD, "stashed: true\n")
    repo.ask("stash", "--quiet")
    repo.write(OTHER, "staged: true\n")
    repo.ask("add", OTHER)
    repo.write(OTHER, "staged: true\nchanged: true\n")
    repo.write(THIRD, "changed: true\n")
    repo.write("new file ü\n.txt", "untracked\n")


def test_an_edit_is_committed_alone(repo: Hubs) -> None:
    dirty(repo)
    before, text = repo.state(), repo.read(VALUES)
    commit = do(repo)
    assert commit == repo.head()
    assert repo.last() == [VALUES]
    assert repo.ask("show", f"HEAD:{VALUES}") == text + "new: line\n" == repo.read(VALUES)
    assert repo.ask("log", "-1", "--format=%s").strip() == "Add a line"
    assert repo.state() == before


def test_a_new_file_is_committed_alone(repo: Hubs) -> None:
    dirty(repo)
    before = repo.state()
    edit = edits.plan_new(repo.git, "a folder/inner/new.txt", "one\n", commit=True)
    edits.apply(repo.git, [edit], "New file\n", commit=True)
    assert repo.last() == ["a folder/inner/new.txt"]
    assert repo.state() == before


def test_nothing_to_do_is_no_edit(repo: Hubs) -> None:
    do(repo)
    assert edits.plan(repo.git, VALUES, appended(), commit=True) is None


def test_without_commit_the_edit_stays_in_the_tree(repo: Hubs) -> None:
    repo.write(VALUES, "mine: 1\n")
    head = repo.head()
    assert do(repo, commit=False) is None
    assert repo.read(VALUES) == "mine: 1\nnew: line\n"
    assert repo.head() == head


@pytest.mark.parametrize("stage", [True, False])
def test_uncommitted_changes_of_the_same_file_stand_in_the_way(repo: Hubs, stage: bool) -> None:
    repo.write(VALUES, "mine: 1\n")
    if stage:
        repo.ask("add", VALUES)
    before = repo.state()
    with pytest.raises(UncommittedChanges, match=r"staging\.values\.yaml") as caught:
        do(repo)
    assert "--no-commit" in caught.value.fix
    assert repo.state() == before


def test_changes_that_were_staged_and_taken_back_in_the_tree_stand_in_the_way(repo: Hubs) -> None:
    text = repo.read(VALUES)
    repo.write(VALUES, "staged: 1\n")
    repo.ask("add", VALUES)
    repo.write(VALUES, text)
    with pytest.raises(UncommittedChanges):
        do(repo)


def test_what_a_killed_run_wrote_is_committed_by_the_next(repo: Hubs) -> None:
    text = repo.read(VALUES)
    repo.write(VALUES, text + "new: line\n")  # written, and killed before the commit
    do(repo)
    assert repo.last() == [VALUES]
    assert repo.ask("status", "--porcelain") == ""
    assert repo.ask("show", f"HEAD:{VALUES}") == text + "new: line\n"


def test_a_new_file_that_a_killed_run_wrote_is_committed_by_the_next(repo: Hubs) -> None:
    repo.write("new.txt", "one\n")
    edit = edits.plan_new(repo.git, "new.txt", "one\n", commit=True)
    edits.apply(repo.git, [edit], "New file\n", commit=True)
    assert repo.last() == ["new.txt"]


def test_another_new_file_is_not_written_over(repo: Hubs) -> None:
    repo.write("new.txt", "mine\n")
    for commit in (True, False):
        with pytest.raises(BadFile, match="already there"):
            edits.plan_new(repo.git, "new.txt", "one\n", commit=commit)


def test_a_missing_file_is_said(repo: Hubs) -> None:
    with pytest.raises(BadFile, match=r"nowhere\.yaml: is not there"):
        edits.plan(repo.git, "nowhere.yaml", appended(), commit=True)


def test_a_refusing_hook_leaves_everything_as_it_was(repo: Hubs) -> None:
    repo.hook("pre-commit", "echo 'no tabs, please' >&2; exit 1")
    dirty(repo)
    before, head = repo.state(), repo.head()
    new = edits.plan_new(repo.git, "folder/inner/new.txt", "one\n", commit=True)
    old = edits.plan(repo.git, VALUES, appended(), commit=True)
    assert old
    with pytest.raises(CommitRefused, match="no tabs, please") as caught:
        edits.apply(repo.git, [new, old], "Two\n", commit=True)
    assert "--no-commit" in caught.value.fix
    assert (repo.state(), repo.head()) == (before, head)
    assert not (repo.path / "folder").exists()


def test_in_the_middle_of_a_merge_nothing_is_changed(repo: Hubs) -> None:
    repo.ask("checkout", "--quiet", "-b", "side")
    repo.commit({OTHER: "side: 1\n"})
    repo.ask("checkout", "--quiet", "main")
    repo.commit({THIRD: "main: 1\n"})
    repo.ask("merge", "--quiet", "--no-commit", "side")
    before = repo.state()
    with pytest.raises(CommitRefused, match="merge"):
        do(repo)
    assert repo.state() == before


def test_without_an_identity_nothing_is_written(
    repo: Hubs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
    ):
        monkeypatch.delenv(name)
    repo.ask("config", "user.useConfigOnly", "true")
    text = repo.read(VALUES)
    with pytest.raises(NoIdentity, match=r"who you are") as caught:
        do(repo)
    assert "git config" in caught.value.fix
    assert repo.read(VALUES) == text


def test_mode_and_content_are_kept_byte_for_byte(repo: Hubs) -> None:
    at = repo.path / "odd.txt"
    at.write_bytes(b"\xef\xbb\xbfone\r\ntwo \xff")
    at.chmod(0o755)
    repo.commit()
    edit = edits.plan(repo.git, "odd.txt", lambda text: text.replace("two", "2"), commit=True)
    assert edit
    edits.apply(repo.git, [edit], "Odd\n", commit=True)
    assert at.read_bytes() == b"\xef\xbb\xbfone\r\n2 \xff"
    assert at.stat().st_mode & 0o777 == 0o755
    assert "100755" in repo.ask("ls-tree", "HEAD", "odd.txt")


def test_a_link_is_followed_and_the_real_file_committed(repo: Hubs) -> None:
    (repo.path / "link.yaml").symlink_to(VALUES)
    repo.commit()
    text = repo.read(VALUES)
    do(repo, "link.yaml")
    assert (repo.path / "link.yaml").is_symlink()
    assert repo.read(VALUES) == text + "new: line\n"
    assert repo.last() == [VALUES]
    repo.write(VALUES, "mine: 1\n")
    with pytest.raises(UncommittedChanges):
        do(repo, "link.yaml")


def test_a_link_out_of_the_repository_is_not_followed(repo: Hubs, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("a: 1\n")
    (repo.path / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    repo.commit()
    with pytest.raises(BadFile, match="outside of the repository"):
        do(repo, "link.yaml")
    assert (tmp_path / "outside.yaml").read_text() == "a: 1\n"


class Interrupted(Processes):
    """A Runner with a Ctrl-C around `git commit`."""

    def __init__(self, *, after: bool) -> None:
        super().__init__()
        object.__setattr__(self, "after", after)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> Completed:
        if "commit" not in argv:
            return super().__call__(argv, cwd=cwd, env=env, stdin=stdin, check=check)
        if self.after:  # type: ignore[attr-defined]
            super().__call__(argv, cwd=cwd, env=env, stdin=stdin, check=check)
        raise KeyboardInterrupt


def test_an_interruption_before_the_commit_takes_the_edit_back(repo: Hubs) -> None:
    before = repo.state()
    git = Git.at(repo.path, Interrupted(after=False))
    edit = edits.plan(git, VALUES, appended(), commit=True)
    assert edit
    with pytest.raises(KeyboardInterrupt):
        edits.apply(git, [edit], "Line\n", commit=True)
    assert repo.state() == before


def test_an_interruption_after_the_commit_leaves_the_edit(repo: Hubs) -> None:
    """Taking the edit back then would leave its reverse in the tree, uncommitted."""
    git = Git.at(repo.path, Interrupted(after=True))
    edit = edits.plan(git, VALUES, appended(), commit=True)
    assert edit
    with pytest.raises(KeyboardInterrupt):
        edits.apply(git, [edit], "Line\n", commit=True)
    assert repo.ask("status", "--porcelain") == ""
    assert repo.last() == [VALUES]


def test_the_diff_shows_new_files_and_a_missing_final_newline() -> None:
    assert (
        Edit("a.txt", None, "one\n").diff() == "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+one\n"
    )
    assert (
        Edit("a.txt", "one", "two")
        .diff()
        .endswith("-one\n\\ No newline at end of file\n+two\n\\ No newline at end of file\n")
    )


def test_writing_what_is_there_does_not_touch_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one")
    there = file.stat()
    edits.write(file, "one")
    assert file.stat().st_ino == there.st_ino
    edits.write(file, "two")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_is_removed_and_committed_alone(repo: Hubs) -> None:
    repo.commit({"only/here.txt": "1\n"})
    dirty(repo)
    before = repo.state()
    edit = edits.plan_removal(repo.git, "only/here.txt", commit=True)
    assert edit
    assert "+++ /dev/null" in edit.diff()
    edits.apply(repo.git, [edit], "Remove\n", commit=True)
    assert repo.last() == ["only/here.txt"]
    assert not (repo.path / "only").exists()
    assert repo.state() == before
    assert edits.plan_removal(repo.git, "only/here.txt", commit=True) is None


def test_a_removal_that_was_killed_before_its_commit_is_finished(repo: Hubs) -> None:
    repo.commit({"here.txt": "1\n"})
    (repo.path / "here.txt").unlink()
    edit = edits.plan_removal(repo.git, "here.txt", commit=True)
    assert edit
    edits.apply(repo.git, [edit], "Remove\n", commit=True)
    assert repo.last() == ["here.txt"]


def test_what_no_commit_has_is_not_removed(repo: Hubs) -> None:
    repo.write(VALUES, "changed: 1\n")
    with pytest.raises(UncommittedChanges):
        edits.plan_removal(repo.git, VALUES, commit=True)


def test_a_refused_removal_is_taken_back(repo: Hubs) -> None:
    repo.hook("pre-commit", "exit 1")
    text = repo.read(VALUES)
    edit = edits.plan_removal(repo.git, VALUES, commit=True)
    assert edit
    with pytest.raises(CommitRefused):
        edits.apply(repo.git, [edit], "Remove\n", commit=True)
    assert repo.read(VALUES) == text


def test_a_private_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("same\n")
    (tmp_path / "a").chmod(0o644)
    edits.write(tmp_path / "a", "same\n", private=True)
    edits.write(tmp_path / "new" / "b", "b\n", private=True)
    for path in (tmp_path / "a", tmp_path / "new" / "b"):
        assert path.stat().st_mode & 0o777 == 0o600
    edits.write(tmp_path / "a", "other\n")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600  # it keeps the mode that it has


def test_what_is_no_plain_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(BadFile, match="is no plain file"):
            edits.write(path, "text", private=True)

"""Worktrees to build in: what is in them, that they go, and that nothing of the person's changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hubimages import scratch
from hubimages.git import Git
from repositories import RUN, Repository

_HOLD = """
import sys
from pathlib import Path
from hubimages import scratch
from hubimages.git import Git
from hubimages.process import Processes

with scratch.worktree(Git.at(Path.cwd(), Processes()), "HEAD", ["charts"]) as tree:
    print(tree, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Return a repository with all that a person may have; scratch folders go to a place of the test's."""
    (tmp_path / "temporary folder").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary folder"))
    made = Repository.init(tmp_path / "repö with space")
    made.commit({"other/c": "first\n"})
    made.commit({"charts/a.yaml": "a: 1\n", "charts/sub/b": "b\r\n", "other/c": "c\n", "top": ""})
    made.write({"top": "stashed"})
    made.git("stash")
    for hook in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change"):
        path = made.root / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\necho {hook} >> '{tmp_path}/ran'\n")
        path.chmod(0o755)
    made.write({"charts/a.yaml": "edited\n", "charts/untracked": "", "other/c": "staged\n"})
    made.git("add", "other/c")
    (tmp_path / "ran").unlink(missing_ok=True)
    return made


@pytest.fixture(autouse=True)
def unchanged(repo: Repository, tmp_path: Path) -> Iterator[None]:
    """Assert for every test that nothing of the person's changed and nothing is left behind."""
    before = repo.state()
    (tmp_path / "ran").unlink(missing_ok=True)
    yield
    hooks_ran = (tmp_path / "ran").exists()
    assert repo.state() == before
    assert _left(repo) == []
    assert not hooks_ran


def _left(repo: Repository) -> list[str]:
    """Return what of ours is on disk, or that git still knows of."""
    listed = repo.git("worktree", "list", "--porcelain").split("\n")
    registered = [line for line in listed if line.startswith("worktree ")][1:]
    folders = Path(tempfile.gettempdir()).glob("hubimages-*")
    return registered + [str(path) for path in folders if "locks" not in path.name]


def _files(tree: Path) -> list[str]:
    return sorted(
        str(p.relative_to(tree)) for p in tree.rglob("*") if p.name != ".git" and not p.is_dir()
    )


# --- what is in it ---------------------------------------------------------------------------------


def test_it_holds_the_paths_as_they_are_committed(repo: Repository) -> None:
    with scratch.worktree(repo.ours, "HEAD", ["charts"]) as tree:
        assert _files(tree) == ["charts/a.yaml", "charts/sub/b"]
        assert (tree / "charts" / "a.yaml").read_bytes() == b"a: 1\n"
        assert (tree / "charts" / "sub" / "b").read_bytes() == b"b\r\n"
        assert RUN(["git", "rev-parse", "HEAD"], cwd=tree).stdout.strip() == repo.ours.head


def test_an_earlier_commit(repo: Repository) -> None:
    with scratch.worktree(repo.ours, "HEAD~1", ["."]) as tree:
        assert _files(tree) == ["other/c"]
        assert (tree / "other" / "c").read_text() == "first\n"


def test_everything(repo: Repository) -> None:
    with scratch.worktree(repo.ours, "HEAD", ["."]) as tree:
        assert _files(tree) == ["charts/a.yaml", "charts/sub/b", "other/c", "top"]


def test_paths_that_the_commit_has_not_are_left_out(repo: Repository) -> None:
    """An image may watch what is not there (yet, or any more); chartpress does not mind either."""
    with scratch.worktree(
        repo.ours, "HEAD", ["charts", "charts/untracked", "gone", "*.txt"]
    ) as tree:
        assert _files(tree) == ["charts/a.yaml", "charts/sub/b"]


def test_it_holds_what_the_person_s_sparse_checkout_leaves_out(
    repo: Repository, tmp_path: Path
) -> None:
    RUN(["git", "clone", "--quiet", "--sparse", str(repo.root), str(tmp_path / "sparse")])
    sparse = Git.at(tmp_path / "sparse", RUN)
    assert not (sparse.root / "charts").exists()
    with scratch.worktree(sparse, "HEAD", ["charts"]) as tree:
        assert _files(tree) == ["charts/a.yaml", "charts/sub/b"]


def test_a_person_who_recurses_into_submodules(repo: Repository, tmp_path: Path) -> None:
    outer = Repository.init(tmp_path / "outer")
    outer.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo.root), "sub"
    )
    outer.git("config", "submodule.recurse", "true")
    outer.commit({"charts/a": ""})
    with scratch.worktree(outer.ours, "HEAD", ["charts", "sub"]) as tree:
        assert _files(tree) == ["charts/a"]
    inner = Git.at(outer.root / "sub", RUN)
    with scratch.worktree(inner, "HEAD", ["charts"]) as tree:
        assert _files(tree) == ["charts/a.yaml", "charts/sub/b"]
    assert len(inner.ask("worktree", "list").splitlines()) == 1


# --- that it goes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_it_is_gone_after_a_failure(error: type[BaseException], repo: Repository) -> None:
    def build(tree: Path) -> None:
        (tree / "charts" / "made").write_text("by a build")
        raise error

    with pytest.raises(error), scratch.worktree(repo.ours, "HEAD", ["charts"]) as tree:
        build(tree)
    assert not tree.exists()


def test_it_is_gone_where_git_could_not_make_it(repo: Repository) -> None:
    with (
        pytest.raises(Exception, match="no-such-commit"),
        scratch.worktree(repo.ours, "no-such-commit", ["charts"]),
    ):
        pytest.fail("there is nothing to work in")


def test_it_goes_though_a_build_broke_it(repo: Repository) -> None:
    with scratch.worktree(repo.ours, "HEAD", ["charts"]) as tree:
        (tree / ".git").unlink()


def test_two_at_once(repo: Repository) -> None:
    with ExitStack() as stack:
        trees = [
            stack.enter_context(scratch.worktree(repo.ours, "HEAD", ["charts"])) for _ in range(2)
        ]
        assert len(set(trees)) == 2
        assert scratch.sweep(repo.ours) == 0
        assert all(_files(tree) for tree in trees)


def test_from_a_worktree_of_the_person_s(repo: Repository, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "theirs"))
    theirs = Git.at(tmp_path / "theirs", RUN)
    with scratch.worktree(theirs, "HEAD", ["charts"]):
        assert scratch.sweep(repo.ours) == 0
    assert scratch.sweep(theirs) == 0
    assert _files(tmp_path / "theirs")
    repo.git("worktree", "remove", "--force", str(tmp_path / "theirs"))
    (tmp_path / "ran").unlink()  # the person's own worktree did run their hook


# --- what a killed run leaves ----------------------------------------------------------------------


def _holder(repo: Repository) -> subprocess.Popen[str]:
    """Return a process that holds a worktree until it is killed, or its input ends."""
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLD],
        cwd=repo.root,
        env={**os.environ, "PYTHONPATH": str(Path(scratch.__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    child.stdout.readline()
    return child


def test_one_in_use_stays_and_one_left_behind_goes(repo: Repository) -> None:
    with _holder(repo) as first, _holder(repo) as second:
        assert len(_left(repo)) == 4
        assert scratch.sweep(repo.ours) == 0
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert scratch.sweep(repo.ours) == 1
        assert len(_left(repo)) == 2
        second.communicate("")
        assert second.returncode == 0
    assert scratch.sweep(repo.ours) == 0


def test_one_whose_folder_the_system_cleaned_away(repo: Repository) -> None:
    with _holder(repo) as child:
        child.kill()
    for folder in Path(tempfile.gettempdir()).glob("hubimages-*"):
        if "locks" not in folder.name:
            RUN(["rm", "-r", str(folder)])
    assert len(_left(repo)) == 1
    assert scratch.sweep(repo.ours) == 1


def test_one_from_another_temporary_folder(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _holder(repo) as child:
        child.kill()
    (tmp_path / "another").mkdir()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(tempfile, "tempdir", str(tmp_path / "another"))
        assert scratch.sweep(repo.ours) == 1


def test_a_folder_that_git_never_got_to_know(repo: Repository) -> None:
    with scratch.worktree(repo.ours, "HEAD", ["charts"]) as tree:
        prefix = tree.parent.name.rpartition("-")[0]
    (tree.parent.parent / f"{prefix}-abandoned" / "tree").mkdir(parents=True)
    assert scratch.sweep(repo.ours) == 1


def test_worktrees_of_the_person_and_of_other_repositories_stay(
    repo: Repository, tmp_path: Path
) -> None:
    other = Repository.init(tmp_path / "other")
    other.commit({"charts/a": ""})
    with scratch.worktree(other.ours, "HEAD", ["charts"]) as tree:
        assert scratch.sweep(repo.ours) == 0
        assert _files(tree) == ["charts/a"]
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "theirs"))
    RUN(["mv", str(tmp_path / "theirs"), str(tmp_path / "away")])  # as on a drive not mounted now
    assert scratch.sweep(repo.ours) == 0
    assert len(repo.git("worktree", "list").split("\n")) == 2
    repo.git("worktree", "prune", "--expire=now")
    (tmp_path / "ran").unlink()


# --- folders ---------------------------------------------------------------------------------------


def test_a_folder_is_gone_afterwards(repo: Repository) -> None:
    with scratch.folder("kind") as one, scratch.folder("kind") as other:
        assert one != other
        assert list(one.iterdir()) == []
        assert one.parent.stat().st_mode & 0o777 == 0o700
        (one / "file").write_text("")
    assert not one.parent.exists()
    assert not other.parent.exists()


def test_a_folder_of_a_killed_run_goes_with_the_next(repo: Repository) -> None:
    hold = (
        "import os, sys; from hubimages import scratch\n"
        "with scratch.folder('kind') as at: print(at, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        left = Path(child.stdout.readline().strip())
        with scratch.folder("kind"):
            assert left.exists()  # it is in use
        child.kill()
        child.wait(10)
        assert left.exists()
        with scratch.folder("other"):
            assert left.exists()
        with scratch.folder("kind"):
            assert not left.parent.exists()

"""The directory of a split: whose it is, and what may be thrown away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hubimages.splitting import folder
from hubimages.splitting.failures import Busy, InAWorkTree, NotOurs, WorkedIn
from hubimages.splitting.folder import Mark
from repositories import RUN, Repository

MARK = Mark(source="s", path="p/größe", template="t", target="u", tips=("a", "b"), branch="main")


def test_a_mark_is_read_back(tmp_path: Path) -> None:
    new = tmp_path / "new"
    assert folder.read(new) is None
    folder.write(new, MARK)
    assert folder.read(new) == MARK
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert MARK.of(Mark(source="s", path="p/größe", template="t", target="u"))
    assert not MARK.of(Mark(source="s", path="p", template="t", target="u"))


@pytest.mark.parametrize("made", ["", ".git"])
def test_what_a_run_made_before_its_mark_is_nothing_yet(made: str, tmp_path: Path) -> None:
    (tmp_path / "new" / made).mkdir(parents=True)
    assert folder.read(tmp_path / "new") is None


@pytest.mark.parametrize("kind", ["file", "folder", "repository", "link", "broken mark"])
def test_what_is_not_ours_is_refused(kind: str, tmp_path: Path) -> None:
    new = tmp_path / "new"
    match kind:
        case "file":
            new.write_text("")
        case "folder":
            (new / "sub").mkdir(parents=True)
        case "repository":
            Repository.init(new)
        case "link":
            new.symlink_to(tmp_path / "nowhere")
        case _:
            (new / ".git").mkdir(parents=True)
            (new / ".git" / "hubimages-split.json").write_text("{}")
    with pytest.raises(NotOurs):
        folder.read(new)


def test_work_that_was_done_since_is_not_thrown_away(tmp_path: Path) -> None:
    repo = Repository.init(tmp_path / "new")
    commit = repo.commit({"a": "1\n"})
    mark = replace(MARK, commit=commit)
    folder.write(repo.root, mark)
    repo.write({"a": "2\n"})
    with pytest.raises(WorkedIn):
        folder.clear(repo.root, mark, RUN)
    repo.commit()
    with pytest.raises(WorkedIn):
        folder.clear(repo.root, mark, RUN)
    repo.git("reset", "--quiet", "--hard", commit)
    folder.clear(repo.root, mark, RUN)
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_one_is_thrown_away(tmp_path: Path) -> None:
    folder.write(tmp_path / "new", MARK)
    (tmp_path / "new" / "half").write_text("")
    folder.clear(tmp_path / "new", MARK, RUN)
    assert list(tmp_path.iterdir()) == []


def test_not_among_the_files_of_another_repository(tmp_path: Path) -> None:
    Repository.init(tmp_path / "own")
    folder.outside(tmp_path / "new" / "deeper", RUN)
    with pytest.raises(InAWorkTree) as caught:
        folder.outside(tmp_path / "own" / "sub" / "new", RUN)
    assert str(tmp_path / "new") in caught.value.fix


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with folder.alone(tmp_path), pytest.raises(Busy), folder.alone(tmp_path):
        pass
    with folder.alone(tmp_path):
        pass

"""Both trees give the same answers, whether files are read from the work tree or a commit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hubimages.errors import BadFile
from hubimages.tree import CommitTree, Tree, WorkTree
from repositories import Repository

Make = Callable[[Repository], Tree]
both = pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda repo: WorkTree(repo.root), id="work"),
        pytest.param(lambda repo: CommitTree(repo.ours), id="commit"),
    ],
)
TEXTS = {
    "plain.txt": "a\n",
    "folder/crlf": "a\r\nb",
    "odd bytes": "\udcff\x00\n\n",
    "empty": "",
    "x blob y": "found\n",
    "ünïcode/[x]*": "é\n",
}


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository.init(tmp_path / "repo")
    made.write(TEXTS)
    for link, target in {
        "link": "plain.txt",
        "folder/up": "../plain.txt",
        "linked-folder": "folder",
        "dangling": "nothing blob 1",
        "round": "round",
    }.items():
        (made.root / link).symlink_to(target)
    made.commit()
    return made


@both
@pytest.mark.parametrize("path", TEXTS)
def test_a_text_comes_back_as_it_is(path: str, make: Make, repo: Repository) -> None:
    tree = make(repo)
    assert tree.read(path) == TEXTS[path]
    assert tree.exists(path)


@both
@pytest.mark.parametrize("path", ["link", "folder/up", "linked-folder/up"])
def test_links_lead_to_files(path: str, make: Make, repo: Repository) -> None:
    assert make(repo).read(path) == "a\n"
    assert make(repo).exists(path)


@both
@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "nothing blob",
        "dangling",
        "round",
        "plain.txt/below",
        "folder/no",
        "plain.txt\nplain.txt",
    ],
)
def test_what_is_not_there(path: str, make: Make, repo: Repository) -> None:
    assert make(repo).read(path) is None
    assert not make(repo).exists(path)


@both
@pytest.mark.parametrize("path", ["folder", "linked-folder", "."])
def test_a_folder_is_there_and_is_no_file(path: str, make: Make, repo: Repository) -> None:
    assert make(repo).read(path) is None
    assert make(repo).exists(path)


def test_a_commit_does_not_change(repo: Repository) -> None:
    first = repo.ours.head
    assert first
    repo.commit({"plain.txt": "b\n", "new": ""})
    repo.write({"plain.txt": "c\n"})
    assert [WorkTree(repo.root).read("plain.txt"), CommitTree(repo.ours).read("plain.txt")] == [
        "c\n",
        "b\n",
    ]
    assert CommitTree(repo.ours, first).read("plain.txt") == "a\n"
    assert not CommitTree(repo.ours, first).exists("new")


def test_a_file_that_cannot_be_read_is_a_failure_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        WorkTree(tmp_path).read("x" * 300)

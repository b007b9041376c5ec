"""Both trees give the same answers, whether files are read from the work tree or a commit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hubimages.errors import BadFile
from hubimages.tree import Committed, CommitTree, Overlaid, Tree, WorkTree, listing
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


# --- listing ---------------------------------------------------------------------------------------


@both
def test_a_folder_is_listed_with_modes(make: Make, repo: Repository) -> None:
    repo.write({"folder/deep/run": "", "folders/other": ""})
    (repo.root / "folder/deep/run").chmod(0o755)
    (repo.root / "folder/to-folder").symlink_to("deep")
    repo.commit()
    assert listing(make(repo), "folder") == {
        "folder/crlf": "100644",
        "folder/deep/run": "100755",
        "folder/to-folder": "120000",
        "folder/up": "120000",
    }


@both
def test_everything_is_listed(make: Make, repo: Repository) -> None:
    links = {"link", "folder/up", "linked-folder", "dangling", "round"}
    found = listing(make(repo), ".")
    assert found == {path: "120000" if path in links else "100644" for path in {*TEXTS, *links}}


@both
@pytest.mark.parametrize("path", ["nothing", "linked-folder", "plain.txt", "plain.txt/below"])
def test_of_what_is_no_folder_nothing_is_listed(path: str, make: Make, repo: Repository) -> None:
    assert listing(make(repo), path) == {}


@both
def test_edits_are_listed_as_made(make: Make, repo: Repository) -> None:
    (repo.root / "folder/crlf").chmod(0o755)
    repo.commit()
    edited = {
        "folder/crlf": "b",
        "folder/up": None,
        "folder/new": "",
        "folders/new": "",
        "no": None,
    }
    assert listing(Overlaid(make(repo), edited), "folder") == {
        "folder/crlf": "100755",
        "folder/new": "100644",
    }


def test_a_tree_that_has_no_list_is_not_taken_for_an_empty_one(repo: Repository) -> None:
    class Other:
        read = exists = None

    with pytest.raises(TypeError):
        listing(Other(), ".")  # type: ignore[arg-type]


# --- the work tree with what is not committed taken back -----------------------------------------


def test_what_is_committed_under_what_is_not(repo: Repository) -> None:
    (repo.root / "plain.txt").write_text("mine\n")
    (repo.root / "folder" / "crlf").unlink()
    (repo.root / "folder" / "up").unlink()
    (repo.root / "folder").rmdir()
    repo.write({"new/file": "new\n"})
    git = repo.ours
    tree = Committed(git, frozenset(git.changed(["."])))
    assert {path: tree.read(path) for path in TEXTS} == TEXTS
    assert tree.read("folder/up") == "a\n"
    assert tree.read("new/file") is None
    assert not tree.exists("new/file")
    assert tree.exists("folder")
    assert {"folder", "ünïcode"} <= tree.folders(".")
    assert WorkTree(repo.root).folders(".") >= {"new", "ünïcode"}
    assert WorkTree(repo.root).folders("none") == set()

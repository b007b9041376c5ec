"""The files of each commit of the branch, from real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubimages.history import History
from hubimages.tree import Tree
from repositories import Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository.init(tmp_path / "repo")


def said(repo: Repository, path: str, *folders: str) -> list[tuple[str, str | None]]:
    """Return each commit with what a file said, newest first."""
    history = History.of(repo.ours, folders or ["charts"])
    return [(commit.id, found) for commit, found in history.back(lambda tree: tree.read(path))]


def test_a_file_at_each_commit(repo: Repository) -> None:
    first = repo.commit({"charts/a": "1\n", "charts/b": "x"})
    repo.commit({"elsewhere": "not looked at"})
    second = repo.commit({"charts/a": "2\n"})
    (repo.root / "charts" / "a").unlink()
    third = repo.commit()
    fourth = repo.commit({"charts/a": "ü\n"})
    wanted = [(fourth, "ü\n"), (third, None), (second, "2\n"), (first, "1\n")]
    assert said(repo, "charts/a") == wanted
    dates = [commit.when.timestamp() for commit, _ in History.of(repo.ours, ["charts"]).back(str)]
    assert dates == sorted(dates, reverse=True)
    assert dates[-1] == 1_700_000_060


def test_a_merge_counts_when_it_was_made(repo: Repository) -> None:
    start = repo.commit({"charts/a": "1\n"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"charts/a": "2\n"})
    repo.git("checkout", "--quiet", "main")
    repo.clock += 600
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    merge = repo.git("rev-parse", "HEAD")
    assert said(repo, "charts/a") == [(merge, "2\n"), (start, "1\n")]


@pytest.mark.parametrize("name", ["tab\tname", "new\nline", 'quo"te', "[a]*", "ä", ":raw"])
def test_odd_names(name: str, repo: Repository) -> None:
    path = f"charts/{name}"
    repo.commit({path: "1"})
    repo.commit({path: "2"})
    assert [found for _, found in said(repo, path)] == ["2", "1"]
    assert [found for _, found in said(repo, path, path)] == ["2", "1"]


@pytest.mark.parametrize("body", ["", "no end", "\n", "a\r\nb\r\n", "0123 blob 4\n", "\udcff\x00"])
def test_texts_come_through_as_they_are(body: str, repo: Repository) -> None:
    repo.commit({"charts/a": "before"})
    repo.commit({"charts/a": body, "charts/b": "after"})
    assert [found for _, found in said(repo, "charts/a")] == [body, "before"]


def test_links_are_followed(repo: Repository) -> None:
    repo.commit({"charts/folder/real": "text"})
    (repo.root / "charts" / "link").symlink_to("folder/real")
    (repo.root / "charts" / "round").symlink_to("round")
    repo.commit()
    assert [found for _, found in said(repo, "charts/link")] == ["text", None]
    assert [found for _, found in said(repo, "charts/round")] == [None, None]


def test_a_file_is_read_again_only_when_it_changed(repo: Repository) -> None:
    repo.commit({"charts/a": "1"})
    for number in range(5):
        repo.commit({"charts/b": str(number)})
    repo.commit({"charts/a": "2"})
    asked: list[str | None] = []

    def read(tree: Tree) -> bool:
        asked.append(tree.read("charts/a"))
        return tree.exists("charts/folder")

    history = History.of(repo.ours, ["charts"])
    assert [found for _, found in history.back(read)] == [False] * 7
    assert asked == ["2", "1"]


def test_a_folder_that_comes_is_seen(repo: Repository) -> None:
    repo.commit({"charts/a": ""})
    repo.commit({"charts/folder/below/file": ""})
    history = History.of(repo.ours, ["charts"])
    assert [there for _, there in history.back(lambda t: t.exists("charts/folder"))] == [
        True,
        False,
    ]
    assert history.newest.exists(".")
    assert history.newest.exists("charts/folder/below")


def test_the_whole_repository(repo: Repository) -> None:
    repo.commit({"a": "1"})
    assert [found for _, found in said(repo, "a", ".")] == ["1"]


def test_nothing_ever_touched_it(repo: Repository) -> None:
    repo.commit({"a": "1"})
    assert said(repo, "charts/a") == []


def test_what_a_file_was_called_before(repo: Repository) -> None:
    repo.commit({"old/a": "one\ntwo\nthree\n"})
    repo.git("mv", "old", "new")
    moved = repo.commit()
    git = repo.ours
    assert git.renamed_from(moved, "new/a") == "old/a"
    assert git.renamed_from(moved, "old/a") is None
    assert git.renamed_from(f"{moved}^", "old/a") is None  # the first commit has no parent


def test_many_texts_at_once(repo: Repository) -> None:
    repo.commit({"a": "x", "b": "ä\n"})
    ids = repo.git("rev-parse", "HEAD:a", "HEAD:b", "HEAD").split()
    found = repo.ours.blobs([*ids, "0" * 40])
    assert found == {ids[0]: "x", ids[1]: "ä\n"}
    assert repo.ours.blobs([]) == {}

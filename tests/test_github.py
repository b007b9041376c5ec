"""Issues and pull requests through gh: what it is asked, and what is made of its answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakegh import URL, FakeGh
from hubimages.github import BODY_LIMIT, GhFailed, GitHub, NoGh, NoGhLogin, repository
from repositories import RUN

TITLE = "hub: ünïcode, “quotes” and $(signs)"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGh:
    return FakeGh.install(tmp_path / "gh", monkeypatch)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://github.com/example/hubs.git", "github.com/example/hubs"),
        ("https://github.com/example/hubs/", "github.com/example/hubs"),
        ("https://user:token@github.com/example/my.hubs", "github.com/example/my.hubs"),
        ("git@github.com:example/hubs.git", "github.com/example/hubs"),
        ("ssh://git@github.com/example/hubs", "github.com/example/hubs"),
        ("ssh://git@github.com:22/example/hubs.git", "github.com/example/hubs"),
        ("https://github.example.org/example/hubs", ""),
        ("https://notgithub.com/example/hubs", ""),
        ("https://example.org/github.com/example/hubs", ""),
        ("git@work:example/hubs.git", ""),
        ("/srv/git/hubs.git", ""),
    ],
)
def test_the_repository_of_an_address(url: str, named: str) -> None:
    assert repository(url) == named


@pytest.fixture
def github(tmp_path: Path, fake: FakeGh) -> GitHub:
    return GitHub(RUN, tmp_path)


# --- whether it can be used ------------------------------------------------------------------------


def test_ready(github: GitHub) -> None:
    github.ready()


def test_no_gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for ask in (GitHub(RUN, tmp_path).ready, GitHub(RUN, tmp_path).issues):
        with pytest.raises(NoGh, match=r"cli\.github\.com"):
            ask()


def test_no_login(github: GitHub, fake: FakeGh) -> None:
    fake.log_out()
    with pytest.raises(NoGhLogin, match="not logged into any") as caught:
        github.ready()
    assert "gh auth login" in caught.value.fix
    assert "GH_TOKEN" in caught.value.fix


def test_a_token_is_never_shown(
    github: GitHub, fake: FakeGh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_TOKEN", "gho_verysecret")
    fake.fail(auth_status="bad: gho_verysecret", issue_list="bad: gho_verysecret")
    for ask, error in ((github.ready, NoGhLogin), (github.issues, GhFailed)):
        with pytest.raises(error, match=r"bad: \*\*\*\n"):
            ask()


def test_only_the_host_that_is_meant_is_asked_for_a_login(tmp_path: Path, fake: FakeGh) -> None:
    """A login elsewhere that has run out makes gh fail otherwise."""
    GitHub(RUN, tmp_path, "github.com/example/hubs").ready()
    assert fake.read()["calls"][0]["words"] == ["auth", "status", "--hostname", "github.com"]


def test_the_repository_that_is_meant(tmp_path: Path, fake: FakeGh) -> None:
    GitHub(RUN, tmp_path, "github.com/example/hubs").issues()
    assert fake.read()["calls"][0]["repo"] == "github.com/example/hubs"


def test_a_refusal_says_what_gh_says(github: GitHub, fake: FakeGh) -> None:
    fake.fail(pr_create="GraphQL: Resource not accessible by integration (createPullRequest)")
    with pytest.raises(GhFailed, match=r"request for branch.*\n.*not accessible") as caught:
        github.create_pull_request("main", "branch", TITLE, "")
    assert caught.value.fix


# --- issues ------------------------------------------------------------------------------------------


def test_issues(github: GitHub, fake: FakeGh) -> None:
    assert github.issues() == []
    body = f"<!-- mark -->\n{'é' * 40_000}\n"
    assert github.create_issue(TITLE, body) == f"{URL}/issues/1"
    github.create_issue("-f", "")
    newest, first = github.issues()
    assert (first.number, first.title, first.body) == (1, TITLE, body)
    assert (newest.number, newest.title, newest.url) == (2, "-f", f"{URL}/issues/2")
    assert github.issues("<!-- mark -->") == [first]

    github.update_issue(1, "new", "text")
    assert [(one.title, one.body) for one in github.issues()] == [("-f", ""), ("new", "text")]
    github.close_issue(1, "done")
    assert [one.number for one in github.issues()] == [2]
    assert fake.issues[0]["comments"] == ["done"]


# --- pull requests ----------------------------------------------------------------------------------


def test_pull_requests(github: GitHub, fake: FakeGh) -> None:
    assert github.pull_request("hubimages/x") is None
    url = github.create_pull_request("main", "hubimages/x", TITLE, "plan\n")
    found = github.pull_request("hubimages/x")
    assert found
    assert (found.number, found.title, found.body, found.url) == (1, TITLE, "plan\n", url)
    assert fake.pulls[0]["baseRefName"] == "main"
    assert github.pull_request("hubimages/y") is None

    github.update_pull_request(1, "new", "text")
    found = github.pull_request("hubimages/x")
    assert found
    assert (found.title, found.body) == ("new", "text")
    fake.close("pr", 1)
    assert github.pull_request("hubimages/x") is None


def test_a_fork_s_branch_of_the_same_name_is_another(github: GitHub, fake: FakeGh) -> None:
    fake.add("pr", headRefName="hubimages/x", isCrossRepository=True)
    assert github.pull_request("hubimages/x") is None


def test_texts_never_go_into_a_command_line(github: GitHub, fake: FakeGh) -> None:
    body = "x" * BODY_LIMIT
    github.create_pull_request("main", "b", "t", body)
    github.update_pull_request(1, "t", body)
    github.create_issue("t", body)
    github.update_issue(1, "t", body)
    github.close_issue(1, body)
    assert body not in json.dumps(fake.calls)


def test_what_github_would_not_take_is_mended(github: GitHub, fake: FakeGh) -> None:
    """Titles that are too long, and bytes of a file that are no Unicode."""
    github.create_pull_request("main", "b", "t" * 300, "caf\udce9")
    assert fake.pulls[0]["title"] == "t" * 255 + "…"
    assert fake.pulls[0]["body"] == "caf\ufffd"
    github.update_pull_request(1, "caf\udce9", "caf\udce9")
    assert (fake.pulls[0]["title"], fake.pulls[0]["body"]) == ("caf\ufffd", "caf\ufffd")

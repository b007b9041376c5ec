"""status --issues, with a stand-in for gh: what GitHub itself makes of it was not tried here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fakegh import FakeGh
from hubimages.github import Issue
from hubimages.overdue import Close, Open, plan
from hubimages.report import issues
from tests.commands.conftest import Run
from tests.lifecycle.lives import OURS, STAGING, TAG, THEIRS, Life, clone, make, override

PIN = f"git+https://github.com/o/thing@{'a' * 40}\n"
IMAGE = "hub-experimental"


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGh:
    return FakeGh.install(tmp_path / "gh", monkeypatch)


@pytest.fixture
def late(tmp_path: Path) -> Life:
    """Has a change from 2024 on a hub, so that no registry is asked."""
    life = make(tmp_path / "repo")
    life.on(1, {OURS: PIN})
    life.on(2, {STAGING: override(life.experiment(2).tag or TAG)})
    return life


def open_ones(gh: FakeGh) -> list[dict[str, Any]]:
    return [issue for issue in gh.issues if issue["state"] == "open"]


def acts(gh: FakeGh) -> list[str]:
    """Return what was done to issues, and forget it."""
    done = [" ".join(words[:2]) for words in gh.calls if words[:2] != ["issue", "list"]]
    gh.write({**gh.read(), "calls": []})
    return [act for act in done if act != "issue view"]


def test_one_issue_for_each_overdue_change(late: Life, gh: FakeGh, invoke: Run) -> None:
    late.on(3, {OURS: f"kubespawner==7.0.0\n{PIN}"})
    ran = invoke(late.repo.root, "status", "--issues")
    assert ran.code == 0, ran.err
    assert {issue["title"] for issue in gh.issues} == {
        "hub-experimental: thing is overdue",
        "hub-experimental: kubespawner is overdue",
    }
    assert "opened https://github.example.org/example/hubs/issues/1: hub-exp" in ran.err
    assert "opened" not in ran.out
    assert acts(gh) == ["issue create", "issue create"]
    assert invoke(late.repo.root, "status", "--issues").code == 0
    assert acts(gh) == []


def test_what_an_issue_says(late: Life, gh: FakeGh, invoke: Run) -> None:
    invoke(late.repo.root, "status", "--issues")
    (issue,) = gh.issues
    body = issue["body"]
    assert body.startswith("<!-- hubimages: hub-experimental thing -->\n")
    assert "since 2024-01-02. Its deadline, 28 days later, was 2024-01-30: it is **" in body
    assert re.search(r"\*\*\d+ days over\*\*", body)
    assert "- `example/staging`, " in body
    assert "\ninvoke experiment.promote --image hub-experimental\n" in body
    assert "\ninvoke experiment.drop --image hub-experimental\n" in body
    assert "```mermaid\ngantt\n" in body
    assert not re.search(r"\d", issue["title"])


def test_a_day_later_the_same_issue_is_rewritten(late: Life, gh: FakeGh, invoke: Run) -> None:
    invoke(late.repo.root, "status", "--issues")
    state = gh.read()
    now = state["issue"][0]["body"]
    yesterday = re.sub(r"\d+ days over", "1 day over", now)
    state["issue"][0].update(body=yesterday.replace("\n", "\r\n"), title="renamed by somebody")
    gh.write({**state, "calls": []})
    ran = invoke(late.repo.root, "status", "--issues")
    assert "updated https://" in ran.err
    assert acts(gh) == ["api --silent"]
    (issue,) = gh.issues
    assert (issue["body"], issue["title"]) == (now, "hub-experimental: thing is overdue")
    assert issue["comments"] == []


def test_other_line_endings_are_no_other_text(late: Life, gh: FakeGh, invoke: Run) -> None:
    invoke(late.repo.root, "status", "--issues")
    state = gh.read()
    state["issue"][0]["body"] = state["issue"][0]["body"].strip().replace("\n", "\r\n")
    gh.write({**state, "calls": []})
    invoke(late.repo.root, "status", "--issues")
    assert acts(gh) == []


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({OURS: "# dropped\n"}, "`hub-experimental` has no change of `thing` any more"),
        ({THEIRS: f"oauthenticator==17.3.0\n{PIN}"}, "it was promoted or dropped"),
    ],
)
def test_closed_once_it_is_over(
    late: Life, gh: FakeGh, invoke: Run, files: dict[str, str], why: str
) -> None:
    invoke(late.repo.root, "status", "--issues")
    gh.add("issue", title="thing is overdue", body="see <!-- hubimages: hub-experimental thing -->")
    acts(gh)
    late.on(40, files)
    ran = invoke(late.repo.root, "status", "--check", "--issues")
    assert ran.code == 0, ran.err
    assert acts(gh) == ["issue comment", "issue close"]
    ours, theirs = gh.issues
    assert (ours["state"], theirs["state"]) == ("closed", "open")
    assert why in ours["comments"][0]
    invoke(late.repo.root, "status", "--issues")
    assert acts(gh) == []


def test_check_fails_all_the_same_and_json_stays_one_document(
    late: Life, gh: FakeGh, invoke: Run
) -> None:
    ran = invoke(late.repo.root, "status", "--check", "--issues", "--json")
    assert ran.code == 1
    assert ran.json["experiments"][0]["stage"] == "overdue"
    assert "over its deadline" in ran.err
    assert len(gh.issues) == 1


def test_two_runs_at_once_leave_one_issue(
    late: Life, gh: FakeGh, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run opens the same between our look and our issue."""
    from hubimages.github import GitHub

    create = GitHub.create_issue

    def after_another(self: GitHub, title: str, body: str) -> str:
        create(self, title, body)
        return create(self, title, body)

    monkeypatch.setattr(GitHub, "create_issue", after_another)
    ran = invoke(late.repo.root, "status", "--issues")
    assert ran.code == 0
    assert [issue["number"] for issue in open_ones(gh)] == [1]
    assert gh.issues[1]["comments"] == ["#1 is about the same change."]


def test_without_a_login_nothing_is_looked_at(late: Life, gh: FakeGh, invoke: Run) -> None:
    gh.log_out()
    ran = invoke(late.repo.root, "status", "--issues")
    assert (ran.code, ran.out) == (1, "")
    assert "gh auth login" in ran.err
    assert acts(gh) == []


def test_without_gh(
    late: Life, invoke: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import shutil

    git = shutil.which("git")
    assert git
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ran = invoke(late.repo.root, "status", "--issues")
    assert (ran.code, ran.out) == (1, "")
    assert "https://cli.github.com" in ran.err


def test_a_shallow_clone_is_refused(late: Life, gh: FakeGh, invoke: Run, tmp_path: Path) -> None:
    invoke(late.repo.root, "status", "--issues")
    acts(gh)
    ran = invoke(clone(late, tmp_path / "shallow", 1).repo.root, "status", "--issues")
    assert (ran.code, ran.out) == (1, "")
    assert "git fetch --unshallow" in ran.err
    assert (acts(gh), len(open_ones(gh))) == ([], 1)


def test_what_gh_says_when_it_fails(late: Life, gh: FakeGh, invoke: Run) -> None:
    gh.fail(issue_create="GraphQL: the repository has disabled issues")
    ran = invoke(late.repo.root, "status", "--check", "--issues")
    assert ran.code == 1
    assert "over its deadline" in ran.err
    assert "has disabled issues" in ran.err


# --- the plan ------------------------------------------------------------------------------------


def test_an_image_that_cannot_be_read_closes_nothing(late: Life) -> None:
    there = [Issue(7, "x", issues.marker(IMAGE, "thing"), "")]
    dockerfile = "helm-charts/images/hub-experimental/Dockerfile"
    lines = (late.repo.root / dockerfile).read_text().splitlines(keepends=True)
    late.on(6, {dockerfile: "".join(line for line in lines if "requirements" not in line)})
    assert not late.experiment(50).readable
    assert plan(late.status(50), there, "invoke") == []


@pytest.mark.parametrize("spoilt", ["the experiment", "production", "the base"])
def test_what_cannot_be_told_closes_nothing(late: Life, spoilt: str) -> None:
    there = [Issue(7, "x", issues.marker(IMAGE, "thing"), "")]
    dockerfile = late.repo.root / "helm-charts/images/hub/Dockerfile"
    match spoilt:
        case "the experiment":
            (late.repo.root / OURS).unlink()
        case "production":
            (late.repo.root / THEIRS).unlink()
        case _:
            dockerfile.write_text(dockerfile.read_text().replace("FROM ", "FROM $"))
    late.on(6)
    assert plan(late.status(50), there, "invoke") == []


def test_a_change_that_came_back_anew_is_not_overdue(late: Life) -> None:
    there = [Issue(7, "x", issues.marker(IMAGE, "kubespawner"), "")]
    late.on(3, {OURS: f"kubespawner==7.0.0\n{PIN}"})
    late.on(34, {OURS: PIN})
    late.on(35, {OURS: f"kubespawner==7.0.0\n{PIN}"})
    close, _ = plan(late.status(36), there, "invoke")
    assert isinstance(close, Close)
    assert close.comment == "`kubespawner` is not overdue any more: its deadline is 2024-03-04."


def test_an_image_that_is_gone_closes_its_issues(late: Life) -> None:
    there = [Issue(7, "x", issues.marker("hub-old", "thing"), "")]
    close, opened = plan(late.status(50), there, "invoke")
    assert close == Close(there[0], "There is no experimental image `hub-old` any more.")
    assert isinstance(opened, Open)


def test_commands_are_written_as_they_are_called(late: Life) -> None:
    (opened,) = plan(late.status(50), [], "hubimages")
    assert isinstance(opened, Open)
    assert "\nhubimages experiment.drop --image" in opened.body
    assert "invoke experiment" not in opened.body


@pytest.mark.parametrize("package", ["thing", "a b -->", "https://x.org/a.whl", "ö%20"])
def test_an_issue_is_known_by_its_first_line(package: str) -> None:
    first = issues.marker(IMAGE, package)
    assert first.count("-->") == 1
    assert issues.about(f"{first}\nmore") == (IMAGE, package)
    assert issues.about(f"\r\n{first}") == (IMAGE, package)
    assert issues.about(f"as said:\n{first}") is None
    assert issues.about("") is None


def test_a_report_that_github_would_not_take_is_left_out(late: Life) -> None:
    late.on(3, {OURS: PIN + "".join(f"package-{n}==1.0\n" for n in range(1000))})
    (opened, *_) = plan(late.status(50), [], "invoke")
    assert isinstance(opened, Open)
    assert len(opened.body) < 65_536
    assert "mermaid" not in opened.body
    assert "invoke experiment.drop" in opened.body

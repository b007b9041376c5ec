"""Pull requests from a worktree: what is pushed and opened, and what stays as it was."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakegh import URL, FakeGh
from hubimages import edits, proposals
from hubimages.console import Console
from hubimages.errors import Failure
from hubimages.git import Git
from hubimages.github import BODY_LIMIT, GhFailed, NoGh, NoGhLogin
from hubimages.proposals.failures import (
    BranchInUse,
    Diverged,
    NoBase,
    NoRemote,
    NothingToStartFrom,
    PushRefused,
    RemoteSilent,
)
from hubimages.proposals.text import text
from repositories import RUN, Repository

SLUG = "try-example/staging"
BRANCH = f"hubimages/{SLUG}"
THEN = "deploy example/staging"


def commit(git: Git, change: str, path: str = "hub.yaml") -> None:
    """Do as a command does: plan an edit, and commit it alone."""
    edit = edits.plan(git, path, lambda _: f"tag: {change}\n", commit=True)
    if edit:
        message = f"Try {change} on example/staging\n\nIt runs {change}.\n"
        edits.apply(git, [edit], message, commit=True)


@dataclass
class World:
    """A person's clone, its remote, and GitHub."""

    mine: Repository
    remote: Path
    github: FakeGh
    console: Console

    def propose(self, change: str = "new", *, title: str = "", slug: str = SLUG) -> None:
        console = self.console
        with proposals.proposal(self.mine.ours, console, slug=slug, title=title, then=THEN) as git:
            commit(git, change)

    def on_remote(self, branch: str = BRANCH) -> str:
        words = ["git", "rev-parse", "--quiet", "--verify", f"refs/heads/{branch}"]
        return RUN(words, cwd=self.remote, check=False).stdout.strip()

    def log(self, branch: str = BRANCH) -> list[str]:
        """Return the subjects of a branch on the remote that its main has not, newest first."""
        words = ["git", "log", "--format=%s", f"main..{branch}"]
        return RUN(words, cwd=self.remote).stdout.splitlines()

    @property
    def here(self) -> list[str]:
        """Return what of ours is in the person's clone and in the temporary folder."""
        words = ("for-each-ref", "--format=%(refname:short)", "refs/heads/hubimages")
        folders = Path(tempfile.gettempdir()).glob("hubimages-*")
        worktrees = (self.mine.root / ".git" / "worktrees").glob("*")
        return [
            *self.mine.git(*words).split(),
            *(str(path) for path in folders if "locks" not in path.name),
            *(str(path) for path in worktrees),
        ]

    @property
    def state(self) -> dict[str, bytes | str]:
        """Return what of the person's clone has to stay; what is known of the remote may change."""
        heads = self.mine.git("for-each-ref", "refs/heads")
        return {**self.mine.state(), "refs": heads}

    @property
    def said(self) -> str:
        assert isinstance(self.console.stream, io.StringIO)
        return self.console.stream.getvalue()

    def hook(self, name: str, script: str) -> Path:
        """Give the remote a hook."""
        at = self.remote / "hooks" / name
        at.write_text(f"#!/bin/sh\n{script}\n")
        at.chmod(0o755)
        return at

    def elsewhere(self) -> Repository:
        """Return another person's clone."""
        path = self.mine.root.parent / "colleague"
        RUN(["git", "clone", "--quiet", str(self.remote), str(path)])
        return Repository(path)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    (tmp_path / "temporary folder").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary folder"))
    remote = tmp_path / "rëmote.git"
    RUN(["git", "init", "--quiet", "--bare", str(remote)])
    mine = Repository.init(tmp_path / "repö with space")
    mine.commit({"hub.yaml": "tag: old\n", "other": "1\n"}, "First")
    mine.git("remote", "add", "origin", str(remote))
    mine.git("push", "--quiet", "origin", "main")
    github = FakeGh.install(tmp_path / "gh", monkeypatch)
    return World(mine, remote, github, Console(stream=io.StringIO()))


# --- what it does ------------------------------------------------------------------------------------


def test_a_pull_request_with_the_plan_as_its_text(world: World) -> None:
    head = world.mine.ours.head
    world.propose()
    (opened,) = world.github.pulls
    assert (opened["headRefName"], opened["baseRefName"]) == (BRANCH, "main")
    assert opened["title"] == "Try new on example/staging"
    assert opened["body"] == (
        "### Try new on example/staging\n\nIt runs new.\n\n"
        "```diff\n"
        "diff --git a/hub.yaml b/hub.yaml\nindex 1e4e6d1..3a1b6b8 100644\n"
        "--- a/hub.yaml\n+++ b/hub.yaml\n@@ -1 +1 @@\n-tag: old\n+tag: new\n"
        "```\n\n"
        f"**Once this is merged:** {THEN}\n"
    ).replace("1e4e6d1..3a1b6b8", opened["body"].split("index ")[1].split(" ")[0])
    assert world.log() == ["Try new on example/staging"]
    assert world.mine.ours.head == head
    assert world.here == []
    assert f"pull request into main opened: {URL}/pull/1" in world.said


def test_nothing_of_the_person_s_is_touched(world: World) -> None:
    """The very file is edited and staged, and HEAD has no branch."""
    mine = world.mine
    mine.write({"other": "stashed\n"})
    mine.git("stash")
    mine.git("switch", "--quiet", "--detach")
    mine.write({"hub.yaml": "tag: staged\n", "new file": "staged\n"})
    mine.git("add", "--all")
    mine.write({"hub.yaml": "tag: edited\n", "untracked": ""})
    before = world.state
    world.propose()
    assert world.state == before
    assert world.log() == ["Try new on example/staging"]
    assert world.github.pulls[0]["baseRefName"] == "main"


def test_several_at_once_in_one_command(world: World) -> None:
    world.propose(slug="try-a/b-c")
    world.propose(slug="try-a-b/c")
    assert [one["headRefName"] for one in world.github.pulls] == [
        "hubimages/try-a/b-c",
        "hubimages/try-a-b/c",
    ]
    assert len(world.log("hubimages/try-a-b/c")) == 1


def test_several_commits_and_a_title(world: World) -> None:
    with proposals.proposal(world.mine.ours, world.console, slug=SLUG, title="All") as git:
        commit(git, "one")
        commit(git, "two")
    (opened,) = world.github.pulls
    assert opened["title"] == "All"
    assert opened["body"].index("### Try one") < opened["body"].index("### Try two")
    assert "merged" not in opened["body"]


def test_subjects_that_are_not_ascii(world: World) -> None:
    world.propose("ünïcode “x” 图像", slug="try-exämple/stäging @{1}..lock~^:?*[\\")
    (opened,) = world.github.pulls
    assert opened["title"] == "Try ünïcode “x” 图像 on example/staging"
    assert "+tag: ünïcode “x” 图像" in opened["body"]
    assert world.on_remote(opened["headRefName"])


@pytest.mark.parametrize("slug", ["a..b", ".a/.b.", "x.lock", "a//b/", "-x", "ä ö", "a@{b", "…"])
def test_a_branch_s_name_is_one_that_git_takes(slug: str) -> None:
    RUN(["git", "check-ref-format", "--branch", proposals.name(slug)])


def test_no_change_is_no_pull_request(world: World) -> None:
    before = world.state
    world.propose("old")
    assert (world.state, world.here, world.on_remote()) == (before, [], "")
    assert world.github.calls == []
    assert "no pull request was opened" in world.said


@pytest.mark.parametrize("error", [Failure("no"), RuntimeError(), KeyboardInterrupt()])
def test_a_failure_before_a_commit_leaves_nothing(world: World, error: BaseException) -> None:
    before = world.state
    with (
        pytest.raises(type(error)),
        proposals.proposal(world.mine.ours, world.console, slug=SLUG),
    ):
        raise error
    assert (world.state, world.here, world.on_remote()) == (before, [], "")
    assert world.console.done == []


def test_a_dry_run_shows_the_same_and_asks_nobody(world: World) -> None:
    world.mine.git("remote", "set-url", "origin", "/nowhere")
    world.mine.write({"hub.yaml": "tag: edited\n"})
    before = world.state
    with proposals.proposal(world.mine.ours, world.console, slug=SLUG, dry_run=True) as git:
        assert (git.root / "hub.yaml").read_text() == "tag: old\n"
        assert world.mine.git("for-each-ref", "refs/heads/hubimages") == ""
    assert (world.state, world.here) == (before, [])
    assert world.github.read()["calls"] == []


# --- where it goes to ----------------------------------------------------------------------------------


def test_into_the_person_s_branch_where_the_remote_has_it(world: World) -> None:
    world.mine.git("switch", "--quiet", "-c", "release")
    world.propose("local", slug="a")
    world.mine.git("push", "--quiet", "origin", "release")
    world.propose("pushed", slug="b")
    assert [one["baseRefName"] for one in world.github.pulls] == ["main", "release"]


def test_what_is_not_pushed_yet_is_said_to_go_with_it(world: World) -> None:
    world.propose(slug="a")
    assert "not on origin yet" not in world.said
    world.mine.commit({"other": "2\n"})
    world.propose(slug="b")
    assert "1 commit(s) of yours are not on origin yet" in world.said
    assert "+2" not in world.github.pulls[1]["body"]


def test_the_only_remote_whatever_it_is_called(world: World) -> None:
    world.mine.git("remote", "rename", "origin", "upstream")
    world.propose()
    assert world.log() == ["Try new on example/staging"]


def test_which_of_several_remotes_gh_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, isolated: Path
) -> None:
    """gh would choose `upstream`, though the branch is on `origin`."""
    url = "https://github.com/person/hubs.git"
    RUN(["git", "config", "--global", f"url.{world.remote}.insteadOf", url])
    world.mine.git("remote", "set-url", "origin", url)
    monkeypatch.setattr(Git, "remote_url", lambda _: url)  # as without insteadOf
    world.propose()
    calls = world.github.read()["calls"]
    assert {call["repo"] for call in calls} == {"github.com/person/hubs"}


def test_without_a_remote(world: World) -> None:
    world.mine.git("remote", "add", "other", str(world.remote))
    world.mine.git("remote", "rename", "origin", "another")
    for act in (lambda: proposals.ready(world.mine.ours), world.propose):
        with pytest.raises(NoRemote):
            act()


def test_without_a_commit(tmp_path: Path) -> None:
    with pytest.raises(NothingToStartFrom):
        proposals.ready(Repository.init(tmp_path / "empty").ours)


def test_with_an_empty_remote(world: World, tmp_path: Path) -> None:
    RUN(["git", "init", "--quiet", "--bare", str(tmp_path / "empty.git")])
    world.mine.git("remote", "set-url", "origin", str(tmp_path / "empty.git"))
    with pytest.raises(NoBase, match="origin"):
        world.propose()
    assert world.here == []


def test_with_a_remote_that_is_silent(world: World) -> None:
    world.mine.git("remote", "set-url", "origin", "/nowhere")
    with pytest.raises(RemoteSilent, match="/nowhere"):
        world.propose()
    assert world.here == []


def test_without_gh_or_a_login(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    proposals.ready(world.mine.ours)
    world.github.log_out()
    with pytest.raises(NoGhLogin):
        proposals.ready(world.mine.ours)
    (world.github.file.parent / "gh").unlink()
    monkeypatch.setenv("PATH", os.environ["PATH"].partition(os.pathsep)[2])
    with pytest.raises(NoGh):
        proposals.ready(world.mine.ours)


# --- again ---------------------------------------------------------------------------------------------


def test_the_same_again_repeats_nothing(world: World) -> None:
    world.propose()
    tip, calls = world.on_remote(), len(world.github.calls)
    world.propose()
    assert (world.on_remote(), world.here) == (tip, [])
    assert [words[:2] for words in world.github.calls[calls:]] == [["pr", "list"]]
    assert "up to date" in world.said


def test_another_change_updates_the_open_pull_request(world: World) -> None:
    world.propose("one")
    world.propose("two")
    (opened,) = world.github.pulls
    assert opened["title"] == "Try two on example/staging"
    assert "### Try one" in opened["body"]
    assert "### Try two" in opened["body"]
    assert len(world.log()) == 2
    assert "pull request updated" in world.said


def test_from_another_clone_it_goes_on_too(world: World) -> None:
    world.propose("one")
    world.mine = world.elsewhere()
    world.propose("two")
    assert len(world.log()) == 2
    assert len(world.github.pulls) == 1


def test_a_branch_that_was_merged_is_taken_anew(world: World) -> None:
    world.propose("one")
    world.github.close("pr", 1)
    world.mine.git("fetch", "--quiet")
    world.mine.git("merge", "--quiet", "--no-ff", f"origin/{BRANCH}")
    world.mine.git("push", "--quiet", "origin", "main")
    world.propose("two")
    assert world.log() == ["Try two on example/staging"]
    assert [one["state"] for one in world.github.pulls] == ["closed", "open"]
    assert "Try one" not in world.github.pulls[1]["body"]


def test_merged_on_the_remote_and_not_pulled_yet(world: World) -> None:
    world.propose()
    world.github.close("pr", 1)
    RUN(["git", "update-ref", "refs/heads/main", BRANCH], cwd=world.remote)
    world.propose()
    assert len(world.github.pulls) == 1
    assert "no pull request was opened" in world.said


def test_a_left_over_branch_without_commits_is_taken_anew(world: World) -> None:
    world.mine.git("branch", BRANCH)
    world.mine.commit({"other": "2\n"})
    world.mine.git("push", "--quiet", "origin", "main")
    world.propose()
    assert world.log() == ["Try new on example/staging"]
    assert world.here == []


def test_main_moved_on_while_the_pull_request_waits(world: World) -> None:
    world.propose("one")
    world.mine.commit({"other": "2\n"})
    world.mine.git("push", "--quiet", "origin", "main")
    before, tip = world.state, world.on_remote()
    world.propose("two")
    log = world.log()
    assert [line for line in log if not line.startswith("Merge")] == [
        "Try two on example/staging",
        "Try one on example/staging",
    ]
    assert world.mine.git("merge-base", "--is-ancestor", tip, world.on_remote()) == ""
    assert world.mine.git("show", f"{world.on_remote()}:other") == "2"
    assert (world.state, len(world.github.pulls)) == (before, 1)


def test_the_same_again_after_a_squash_merge(world: World) -> None:
    """The branch was left on the remote; it has nothing that main has not."""
    world.propose("one")
    world.mine.git("fetch", "--quiet")
    world.mine.git("merge", "--quiet", "--squash", f"origin/{BRANCH}")
    world.mine.commit({"other": "2\n"}, "Squashed")
    world.mine.git("push", "--quiet", "origin", "main")
    world.github.close("pr", 1)
    tip = world.on_remote()
    with proposals.proposal(world.mine.ours, world.console, slug=SLUG):
        pass
    assert world.on_remote() == tip
    assert "no pull request was opened" in world.said
    assert world.here == []
    world.propose("two")
    assert [one["state"] for one in world.github.pulls] == ["closed", "open"]


def test_a_branch_in_conflict_with_what_is_here_is_left_alone(world: World) -> None:
    world.propose("one")
    world.mine.commit({"hub.yaml": "tag: by-hand\n"})
    before, tip = world.state, world.on_remote()
    with pytest.raises(Diverged, match="in conflict") as caught:
        world.propose("two")
    assert "merge its pull request" in caught.value.fix
    assert caught.value.fix.endswith(f"throw away what it has: git push origin --delete {BRANCH}")
    assert (world.state, world.on_remote()) == (before, tip)


def test_a_branch_that_differs_from_the_remote_s(world: World) -> None:
    world.mine.git("branch", BRANCH)
    other = world.elsewhere()
    other.git("switch", "--quiet", "-c", BRANCH)
    other.commit({"hub.yaml": "tag: theirs\n"})
    other.git("push", "--quiet", "origin", BRANCH)
    world.mine.git("switch", "--quiet", BRANCH)
    world.mine.commit({"hub.yaml": "tag: mine\n"})
    world.mine.git("switch", "--quiet", "main")
    with pytest.raises(Diverged, match="not the same here as on origin") as caught:
        world.propose()
    assert caught.value.fix.endswith(f": git branch -D {BRANCH}")
    world.mine.git("branch", "-D", BRANCH)
    world.propose("two")
    assert world.log() == ["Try two on example/staging", "Change"]


def test_a_branch_that_the_person_has_checked_out(world: World, tmp_path: Path) -> None:
    world.mine.git("worktree", "add", "--quiet", "-b", BRANCH, str(tmp_path / "theirs"))
    with pytest.raises(BranchInUse, match="theirs"):
        world.propose()
    world.mine.git("worktree", "remove", str(tmp_path / "theirs"))


def test_two_runs_of_the_same(world: World) -> None:
    with proposals.proposal(world.mine.ours, world.console, slug=SLUG) as git:
        commit(git, "one")
        with pytest.raises(BranchInUse):
            world.propose("two")
    assert world.log() == ["Try one on example/staging"]


# --- faults --------------------------------------------------------------------------------------------


def test_a_failure_after_a_commit_keeps_it_and_goes_on(world: World) -> None:
    def fails(git: Git) -> None:
        commit(git, "one")
        raise Failure("no")

    before = world.state
    with (
        pytest.raises(Failure, match="no"),
        proposals.proposal(world.mine.ours, world.console, slug=SLUG) as git,
    ):
        fails(git)
    assert world.here == [BRANCH]
    assert f"branch {BRANCH} holds it" in world.console.done[-1]
    world.propose("two")
    assert len(world.log()) == 2
    assert (world.state, world.here) == (before, [])


def test_a_push_that_is_refused(world: World) -> None:
    hook = world.hook("pre-receive", "echo this branch is protected >&2; exit 1")
    with pytest.raises(PushRefused, match="this branch is protected") as caught:
        world.propose()
    assert "run the same command again" in caught.value.fix
    assert (world.here, world.github.pulls) == ([BRANCH], [])
    hook.unlink()
    world.propose()
    assert (len(world.log()), len(world.github.pulls), world.here) == (1, 1, [])


def test_somebody_pushes_meanwhile(world: World) -> None:
    def meanwhile(git: Git) -> None:
        commit(git, "mine")
        other = world.elsewhere()
        other.git("switch", "--quiet", "-c", BRANCH)
        other.commit({"hub.yaml": "tag: theirs\n"}, "Theirs")
        other.git("push", "--quiet", "origin", BRANCH)

    with (
        pytest.raises(PushRefused) as caught,
        proposals.proposal(world.mine.ours, world.console, slug=SLUG) as git,
    ):
        meanwhile(git)
    assert f"git branch -D {BRANCH}" in caught.value.fix
    assert world.log() == ["Theirs"]
    with pytest.raises(Diverged):
        world.propose()
    world.mine.git("branch", "-D", BRANCH)
    world.propose("mine")
    assert world.log() == ["Try mine on example/staging", "Theirs"]


def test_github_refuses_after_the_push(world: World) -> None:
    world.github.fail(pr_create="GraphQL: Resource not accessible by integration")
    with pytest.raises(GhFailed, match="not accessible"):
        world.propose()
    assert (len(world.log()), world.here) == (1, [])
    world.github.fail()
    world.propose()
    assert (len(world.log()), len(world.github.pulls), world.here) == (1, 1, [])


_RUN = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from hubimages import proposals
from hubimages.console import Console
from hubimages.git import Git
from hubimages.process import Processes
from hubimages.proposals import proposal
from test_proposals import SLUG, THEN, commit

proposal = sys.modules["hubimages.proposals.proposal"]
at, after, name = sys.argv[1].rpartition("after ")

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if name.startswith("_"):
    real = getattr(proposal, name)
    setattr(proposal, name, lambda *words: (real(*words) if after else None, die()))
with proposals.proposal(Git.at(Path.cwd(), Processes()), Console(), slug=SLUG, then=THEN) as git:
    name == "the start" and die()
    commit(git, "new")
    name == "the commit" and die()
"""


@pytest.mark.parametrize(
    "when",
    [
        "_take",
        "after _take",
        "the start",
        "the commit",
        "_push",
        "after _push",
        "_open",
        "after _open",
        "_tidy",
        "after _tidy",
    ],
)
def test_killed_and_run_again(world: World, when: str) -> None:
    before = world.state
    paths = [str(Path(proposals.__file__).parents[2]), str(Path(__file__).parent)]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, when, *paths],
        cwd=world.mine.root,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    if when in {"the start", "the commit"}:
        assert len(world.here) == 3  # the branch, and a worktree that nobody is in
    world.propose()
    assert (world.log(), world.here) == (["Try new on example/staging"], [])
    assert world.state == before
    (opened,) = world.github.pulls
    assert opened["title"] == "Try new on example/staging"


# --- its text -------------------------------------------------------------------------------------------


def test_backticks_in_a_diff_stay_in_it(world: World) -> None:
    made = world.mine.commit({"notes.md": "```\ncode\n````\n"}, "Notes")
    assert "`````diff\ndiff --git" in text(world.mine.ours, [made], "")
    assert "+````\n`````\n" in text(world.mine.ours, [made], "")


@pytest.mark.parametrize("lines", [100, 21_700, 40_000])
def test_what_is_too_long_is_cut_and_says_so(world: World, lines: int) -> None:
    small = world.mine.commit({"a": "1\n"}, "Small")
    long = world.mine.commit({"b": "é\n" * lines + "`" * 50}, "Long")
    last = world.mine.commit({"c": "1\n"}, "Last")
    said = text(world.mine.ours, [small, long, last], THEN)
    assert len(said) <= BODY_LIMIT
    assert said.endswith(f"**Once this is merged:** {THEN}\n")
    assert ("longer than GitHub takes" in said) == (lines > 100)
    assert said.count("```diff\n") == (3 if lines == 100 else 2)
    fences = [line for line in said.splitlines() if line.startswith("```")]
    assert len(fences) % 2 == 0


def test_the_person_s_settings_for_diffs_do_not_count(world: World) -> None:
    for name, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.external": "false",
        "color.diff": "always",
        "diff.wordRegex": ".",
        "format.pretty": "oneline",
    }.items():
        world.mine.git("config", name, value)
    made = world.mine.commit({"hub.yaml": "tag: x\n"}, "X")
    assert "--- a/hub.yaml\n+++ b/hub.yaml\n" in text(world.mine.ours, [made], "")
    assert "\033" not in text(world.mine.ours, [made], "")

"""--pr: every command that commits, as a pull request, with a gh that is a script."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import hubs
from fakegh import FakeGh
from hubimages.commands import namespace
from hubimages.commands.help import COMMITTING
from hubs import Hubs
from tests.commands.conftest import Machine, Ran, Run
from tests.commands.test_build_command import Terminal
from tests.commands.test_machine_command import serve_base

STAGING = "config/clusters/example/staging.values.yaml"
VALUES = "helm-charts/basehub/values.yaml"
REQUIREMENTS = hubs.requirements("folders")
TAG = "0.0.1-0.dev.git.7.habcdef0"
ADD = ("experiment.add", "--requirement", "oauthenticator==17.4.0")
TRY = ("experiment.try", "--hub", "example/staging", "--tag", TAG, "--force")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return tmp_path / "remote.git"


@pytest.fixture
def repo(machine: Machine, remote: Path) -> Hubs:
    """Return the repository of `machine`, pushed to a remote."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    made = machine.repo
    made.ask("remote", "add", "origin", str(remote))
    made.ask("push", "--quiet", "origin", "main")
    return made


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Machine) -> FakeGh:
    made = FakeGh.install(tmp_path / "gh", monkeypatch)
    machine.environ["PATH"] = f"{machine.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return made


def state(repo: Hubs) -> tuple[Any, ...]:
    return repo.state(), repo.head(), repo.ask("for-each-ref", "refs/heads", "refs/stash")


def proposed(repo: Hubs, branch: str) -> list[str]:
    """Return the paths that a pushed branch changes."""
    words = ("diff", "--name-only", f"main...origin/hubimages/{branch}")
    return repo.ask(*words).splitlines()


def text_of(repo: Hubs, branch: str, path: str) -> str:
    return repo.ask("show", f"origin/hubimages/{branch}:{path}")


def did(ran: Ran, github: FakeGh, branch: str, title: str) -> None:
    """Check that a command opened the pull request of a branch."""
    assert (ran.code, ran.out) == (0, ""), ran.err
    opened = github.pulls[-1]
    assert (opened["headRefName"], opened["title"]) == (f"hubimages/{branch}", title)
    assert opened["baseRefName"] == "main"
    assert "```diff\ndiff --git" in opened["body"]
    assert "**Once this is merged:** " in opened["body"]
    assert opened["url"] in ran.err
    assert "git push" not in ran.err
    assert "once it is merged: " in ran.err


# --- each command ------------------------------------------------------------------------------------


def test_the_flag_is_on_every_command_that_commits() -> None:
    for name in namespace.task_names:
        flags = inspect.signature(namespace[name].body).parameters
        assert ("no_commit" in flags) <= ("pr" in flags), name
    assert "gh" in COMMITTING["pr"]


def test_create_add_and_remove(repo: Hubs, github: FakeGh, invoke: Run) -> None:
    repo.write(REQUIREMENTS, "# mine\n")
    repo.write("helm-charts/chartpress.yaml", repo.read("helm-charts/chartpress.yaml") + "# mine\n")
    before = state(repo)

    ran = invoke(repo.path, "experiment.create", "--image", "hub-new", "--pr")
    did(ran, github, "create-hub-new", "Add experimental image hub-new")
    assert "helm-charts/chartpress.yaml" in proposed(repo, "create-hub-new")
    assert "# mine" not in text_of(repo, "create-hub-new", "helm-charts/chartpress.yaml")

    ran = invoke(repo.path, *ADD, "--pr", "--reason", "PKCE für uns")
    branch = "add-hub-experimental-oauthenticator"
    did(ran, github, branch, "hub-experimental: oauthenticator at 17.4.0")
    assert text_of(repo, branch, REQUIREMENTS).endswith(
        "# reason: PKCE für uns\noauthenticator==17.4.0\n"
    )
    assert "+oauthenticator==17.4.0\n" in github.pulls[-1]["body"]
    assert "Reason: PKCE für uns" in github.pulls[-1]["body"]

    words = ("experiment.remove", "--image", "hub", "--package", "oauthenticator")
    ran = invoke(repo.path, *words, "--pr")
    did(ran, github, "remove-hub-oauthenticator", "hub: remove oauthenticator")
    assert state(repo) == before


def test_try_and_stop(repo: Hubs, github: FakeGh, invoke: Run) -> None:
    repo.write(STAGING, "mine: 1\n")
    before = state(repo)
    ran = invoke(repo.path, *TRY, "--pr")
    did(ran, github, "try-example/staging", f"Try hub-experimental {TAG} on example/staging")
    assert proposed(repo, "try-example/staging") == [STAGING]
    assert state(repo) == before

    repo.ask("checkout", "--quiet", "--", STAGING)
    repo.ask("merge", "--quiet", "--no-ff", "origin/hubimages/try-example/staging")
    repo.ask("push", "--quiet", "origin", "main")
    ran = invoke(repo.path, "experiment.stop", "--hub", "example/staging", "--pr")
    did(ran, github, "stop-example/staging", "End the trial on example/staging")
    ran = invoke(repo.path, "experiment.stop", "--hub", "example/prod", "--pr")
    assert ran.code == 0
    assert "no pull request was opened" in ran.err
    assert len(github.pulls) == 2


def test_upgrade_base(machine: Machine, repo: Hubs, github: FakeGh, invoke: Run) -> None:
    serve_base(machine.fake, repo)
    machine.fake.image("4.3.4")
    ran = invoke(repo.path, "upgrade-base", "--to", "4.3.4", "--pr")
    did(ran, github, "upgrade-base-4.3.4", "Upgrade the hub's base image and chart to 4.3.4")
    assert "go into the pull request too" in ran.err  # the commit of serve_base
    assert len(proposed(repo, "upgrade-base-4.3.4")) == 3


def test_build_hub(machine: Machine, repo: Hubs, github: FakeGh) -> None:
    repo.write(VALUES, "mine: 1\n")
    before = state(repo)
    ran = machine.run("build-hub", "--image", "hub", "--pr")
    assert (ran.code, github.calls) == (0, []), ran.err
    assert "not pushed" in ran.err

    ran = machine.run("build-hub", "--image", "hub", "--push", "--pr", "--json")
    assert ran.code == 0, ran.err
    tag = ran.json["tag"]
    assert ran.json["values_changed"]
    (opened,) = github.pulls
    assert opened["title"] == f"Use hub image {tag}"
    assert opened["headRefName"] == f"hubimages/build-hub-hub-{tag}"
    assert f'+      tag: "{tag}"' in opened["body"]
    assert "once it is merged: hubimages deploy --all" in ran.err
    assert state(repo) == before

    again = machine.run("build-hub", "--image", "hub", "--push", "--pr")
    assert again.code == 0, again.err
    assert len(github.pulls) == 1
    assert "up to date" in again.err


def test_build_hub_of_an_experiment_has_nothing_to_record(
    machine: Machine, repo: Hubs, github: FakeGh
) -> None:
    head = repo.head()
    ran = machine.run("build-hub", "--image", "hub-experimental", "--pr")
    assert ran.code == 0, ran.err
    assert (repo.head(), github.calls) == (head, [])
    assert "no pull request" in ran.err


def test_production_that_no_hub_follows_is_refused_before_it_is_built(
    machine: Machine, repo: Hubs, github: FakeGh
) -> None:
    path = "helm-charts/chartpress.yaml"
    repo.commit({path: repo.read(path).replace("        valuesPath: jupyterhub.hub.image\n", "")})
    ran = machine.run("build-hub", "--image", "hub", "--push", "--pr")
    assert ran.code == 1
    assert "valuesPath" in ran.err
    assert machine.did() == []


# --- before anything is changed ------------------------------------------------------------------------


def nothing_changes(
    repo: Hubs, invoke: Run, words: tuple[str, ...], *said: str, code: int = 1
) -> None:
    before = state(repo)
    ran = invoke(repo.path, *words)
    assert (ran.code, ran.out) == (code, ""), ran.err
    for one in said:
        assert one in ran.err
    assert state(repo) == before
    assert repo.ask("worktree", "list").count("\n") == 1


COMMANDS = [
    ADD,
    TRY,
    ("experiment.create", "--image", "hub-new"),
    ("experiment.remove", "--image", "hub", "--package", "oauthenticator"),
    ("experiment.stop", "--hub", "example/staging"),
    ("upgrade-base", "--to", "4.3.4"),
    ("build-hub", "--image", "hub"),
]


@pytest.mark.parametrize("words", COMMANDS)
def test_what_cannot_become_a_pull_request_is_refused(
    repo: Hubs, github: FakeGh, invoke: Run, words: tuple[str, ...]
) -> None:
    nothing_changes(repo, invoke, (*words, "--pr", "--no-commit"), "--no-commit makes none")
    github.log_out()
    nothing_changes(repo, invoke, (*words, "--pr"), "gh auth login")
    repo.ask("remote", "remove", "origin")
    nothing_changes(repo, invoke, (*words, "--pr"), "git remote add origin")
    assert machine_is_idle(repo)


def machine_is_idle(repo: Hubs) -> bool:
    return not (repo.path.parent / "machine" / "log").exists()


def test_without_gh(repo: Hubs, invoke: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = repo.path.parent / "few programs"
    nowhere.mkdir()
    (nowhere / "git").symlink_to("/usr/bin/git")
    monkeypatch.setenv("PATH", str(nowhere))
    nothing_changes(repo, invoke, (*ADD, "--pr"), "cli.github.com")


def test_a_dry_run_says_the_branch_and_needs_no_gh(
    repo: Hubs, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write(REQUIREMENTS, "# mine\n")
    said = "would commit on branch hubimages/add-hub-experimental-oauthenticator, push it"
    nothing_changes(repo, invoke, (*ADD, "--pr", "--dry-run"), said, "+oauthenticator", code=0)


def test_a_dry_run_of_build_hub(machine: Machine, repo: Hubs) -> None:
    repo.write(VALUES, "mine: 1\n")
    before = state(repo)
    ran = machine.run("build-hub", "--image", "hub", "--push", "--pr", "--dry-run")
    assert ran.code == 0, ran.err
    assert "+++ b/helm-charts/basehub/values.yaml" in ran.err
    assert "hubimages/build-hub-hub-0.0.1-0.dev" in ran.err
    assert state(repo) == before


# --- questions and faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "code"), [("n", 1), ("\x03", 130)])
def test_a_person_who_says_no(
    machine: Machine, repo: Hubs, github: FakeGh, key: str, code: int
) -> None:
    before = state(repo)
    terminal = Terminal(machine, *ADD, "--pr")
    terminal.until("Open a pull request with this?")
    terminal.type(key)
    assert terminal.end() == code
    assert state(repo) == before
    assert repo.ask("worktree", "list").count("\n") == 1
    assert github.calls == []


def test_a_person_who_says_yes(machine: Machine, repo: Hubs, github: FakeGh) -> None:
    terminal = Terminal(machine, *ADD, "--pr")
    terminal.until("Open a pull request with this?")
    terminal.type("y")
    terminal.until("pull request into main opened")
    assert terminal.end() == 0
    assert len(github.pulls) == 1


_KILLED = """
import os, signal
from hubimages.proposals import proposal
from hubimages.commands.program import main
import sys
module = sys.modules["hubimages.proposals.proposal"]
module._push = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main()
"""


@pytest.mark.parametrize("words", COMMANDS[:4])
def test_killed_after_the_commit_the_same_command_finishes(
    machine: Machine, repo: Hubs, github: FakeGh, words: tuple[str, ...]
) -> None:
    before = state(repo)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, *words, "--pr"],
        cwd=repo.path,
        env={**os.environ, **machine.environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert github.pulls == []
    ran = machine.run(*words, "--pr")
    assert ran.code == 0, ran.err
    assert "an earlier run left" in ran.err
    assert len(github.pulls) == 1
    assert state(repo) == before


def test_rolling_back(machine: Machine, repo: Hubs, github: FakeGh) -> None:
    """Twice is one pull request, and nothing is deployed before it is merged."""
    for tag in ("one", "two"):
        values = repo.read(VALUES)
        before = "0.0.1-set.by.chartpress" if tag == "one" else "one"
        repo.commit({VALUES: values.replace(before, tag)}, tag)
    repo.ask("push", "--quiet", "origin", "main")
    before = state(repo)
    words = ("rollback", "--hub", "example/staging", "--pr", "--force")
    ran = machine.run(*words)
    did(ran, github, "rollback-example/staging", "Roll example/staging back to one")
    assert proposed(repo, "rollback-example/staging") == [STAGING]
    assert "once it is merged: hubimages deploy --hub example/staging" in ran.err
    assert state(repo) == before
    again = machine.run(*words)
    assert again.code == 0, again.err
    assert (len(github.pulls), state(repo)) == (1, before)
    assert 'tag: "one"' in text_of(repo, "rollback-example/staging", STAGING)
    cluster = machine.run("rollback", "--cluster", "example", "--pr", "--force")
    did(
        cluster,
        github,
        "rollback-cluster-example",
        "Roll example/staging, example/prod back to one",
    )

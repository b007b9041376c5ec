"""next, as it is typed."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

import hubs
from hubimages import tags
from hubimages.commands import namespace
from hubimages.lifecycle.standing import Stage
from hubimages.lifecycle.step import step
from hubs import Hubs
from tests.commands.conftest import Machine, Run
from tests.commands.test_build_command import Terminal
from tests.lifecycle.lives import OURS, STAGING, THEIRS
from tests.report.test_status_report import change, experiment, status, trial
from tests.test_workflows import parse

VALUES = "helm-charts/basehub/values.yaml"
PIN = f"git+https://github.com/o/thing@{'a' * 40}\n"


def status_tag(machine: Machine) -> str:
    (found,) = machine.run("status", "--json").json["experiments"]
    return str(found["tag"])


def test_in_a_pipe_it_says_what_is_next_and_stops(machine: Machine) -> None:
    machine.repo.commit({OURS: PIN})
    ran = machine.run("next")
    assert (ran.code, ran.err) == (0, "")
    tag = status_tag(machine)
    assert ran.out.splitlines() == [
        f"hub-experimental (pinned): thing is pinned; that {tag} is in the registry is not known",
        "  next: hubimages build-hub --image hub-experimental --push",
    ]
    assert machine.did() == []


def test_the_document(machine: Machine) -> None:
    machine.repo.commit({OURS: PIN})
    ran = machine.run("next", "--json")
    assert ran.code == 0, ran.err
    assert ran.json == [
        {
            "experiment": "hub-experimental",
            "stage": "pinned",
            "says": f"thing is pinned; that {status_tag(machine)} is in the registry is not known",
            "command": ["hubimages", "build-hub", "--image", "hub-experimental", "--push"],
        }
    ]


def test_status_says_the_same(machine: Machine) -> None:
    machine.repo.commit({OURS: PIN})
    (line,) = (one for one in machine.run("next").out.splitlines() if "next: " in one)
    assert line in machine.run("status").out.splitlines()


def test_without_an_experiment(repo: Hubs, invoke: Run) -> None:
    path = "helm-charts/chartpress.yaml"
    text = repo.read(path)
    repo.commit({path: text[: text.index("      hub-experimental")]})
    ran = invoke(repo.path, "next")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "There is no experimental image.")
    assert "next: " in ran.out
    assert "experiment.create --image NAME" in ran.out
    assert invoke(repo.path, "next", "--json").json == []


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_what_cannot_be_read_is_said_and_exits_with_1(
    repo: Hubs, invoke: Run, words: tuple[str, ...]
) -> None:
    (repo.path / OURS).unlink()
    repo.commit({THEIRS: hubs.REQUIREMENTS})
    ran = invoke(repo.path, "next", *words)
    assert ran.code == 1
    assert f"correct and commit {OURS}" in ran.err
    if words:
        assert [one["command"] for one in ran.json] == [None]
    else:
        assert "hub-experimental (not known): what differs from production" in ran.out


@pytest.mark.parametrize("stage", get_args(Stage))
@pytest.mark.parametrize("quiet", [0, 3])
def test_what_it_offers_can_be_run(stage: Stage, quiet: int) -> None:
    one = experiment(change(ago=30), stage=stage, trials=(trial(quiet=quiet),))
    alone = experiment(change(), stage=stage)
    for each in (one, alone) if stage in {"same", "pinned", "built"} else (one,):
        for recorded in ("t0", "old"):
            found = replace(status(each), recorded=recorded)
            for command in step(found, each).commands:
                if command[0] in namespace.task_names or command[0] != "deploy":
                    parse(list(command))


# --- a person at a terminal --------------------------------------------------------------------------


def test_a_person_picks_and_it_is_run(machine: Machine) -> None:
    """With the questions that the command has of its own."""
    repo = machine.repo
    values = repo.read(VALUES)
    tag = tags.identify(
        repo.git, repo.images.production.paths, repo.images.production.base_version
    ).text
    name = f"{machine.fake.host}/org/hub-experimental"
    trial = f"jupyterhub:\n  hub:\n    image:\n      name: {name}\n      tag: {tag}\n"
    repo.commit({VALUES: values.replace("0.0.1-set.by.chartpress", tag), STAGING: trial})
    terminal = Terminal(machine, "next")
    terminal.until("hub-experimental (same): it has hub's pins, and example/staging runs it still")
    terminal.until("Run one of them?")
    terminal.until("nothing")
    terminal.type("\r")
    terminal.until("$ hubimages experiment.stop --hub example/staging")
    terminal.until("Commit this?")
    terminal.type("y")
    terminal.until("committed ")
    assert terminal.end() == 0
    assert repo.ask("status", "--porcelain") == ""
    assert name not in repo.read(STAGING)


def test_a_person_may_pick_nothing(machine: Machine) -> None:
    machine.repo.commit({OURS: PIN})
    terminal = Terminal(machine, "next")
    terminal.until("nothing")
    terminal.type("\x1b[B\r")
    assert terminal.end() == 0
    assert machine.did() == []


def test_a_command_that_fails_fails_next(machine: Machine) -> None:
    machine.repo.commit({OURS: PIN})
    terminal = Terminal(machine, "next")
    terminal.until("nothing")
    terminal.type("\r")
    terminal.until("has no repository org/hub-experimental")
    assert terminal.end() == 1

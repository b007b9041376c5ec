"""The console script: the same commands where there is no tasks.py."""

from __future__ import annotations

import re

import pytest

from hubs import Hubs
from tests.commands.conftest import Machine, Run

COMMANDS = (
    "build-hub",
    "doctor",
    "upgrade-base",
    "experiment.create",
    "experiment.add",
    "experiment.remove",
    "experiment.try",
    "experiment.stop",
    "experiment.promote",
    "experiment.drop",
    "user-image.set",
    "user-image.bump",
)
REPORTS = (
    "status",
    "next",
    "completion",
    "check",
    "explain",
    "doctor",
    "hubs.list",
    "user-image.check",
    "user-image.split",
)


def test_every_command_is_listed_with_its_line(repo: Hubs, invoke: Run) -> None:
    ran = invoke(repo.path, "--list")
    assert ran.code == 0
    for name in {*COMMANDS, *REPORTS}:
        (line,) = [line for line in ran.out.splitlines() if line.startswith(f"  {name} ")]
        assert line.split()[1:], line


@pytest.mark.parametrize("name", sorted({*COMMANDS, *REPORTS}))
def test_help_has_flags_and_an_example(repo: Hubs, invoke: Run, name: str) -> None:
    ran = invoke(repo.path, "--help", name)
    assert ran.code == 0
    about, _, examples = ran.out.partition("\nExamples:\n")
    assert re.fullmatch(rf"(  invoke {name}\b.*\n){{1,2}}\n", examples)
    assert "xample:" not in about
    flags = [line.strip() for line in ran.out.splitlines() if line.strip().startswith("-")]
    assert all(flag.startswith("--") for flag in flags), "a short flag is a promise nobody made"
    if name not in REPORTS:
        assert {"--dry-run", "--no-commit", "--yes", "--pr"} <= {flag.split()[0] for flag in flags}


def test_the_version(repo: Hubs, invoke: Run) -> None:
    assert invoke(repo.path, "--version").out.startswith("hubimages")


def test_an_unknown_flag_is_no_bug(repo: Hubs, invoke: Run) -> None:
    ran = invoke(repo.path, "build-hub", "--imgae", "hub")
    assert ran.code == 1
    assert "No idea what '--imgae' is" in ran.err


def test_from_a_folder_below_the_root(machine: Machine) -> None:
    machine.repo.commit({"invoke.yaml": "hubimages: {experiment: nonesuch}\n"})
    ran = machine.run(
        "experiment.add", "--requirement", "a==1", cwd=machine.repo.path / "helm-charts" / "images"
    )
    assert ran.code == 1
    assert "nonesuch" in ran.err


def test_messages_name_the_program_that_was_called(machine: Machine) -> None:
    machine.repo.commit(
        {"helm-charts/basehub/Chart.yaml": "dependencies: [{name: jupyterhub, version: 4.4.0}]\n"}
    )
    ran = machine.run("build-hub", "--image", "hub")
    assert "→ hubimages upgrade-base --to 4.4.0" in ran.err
    assert "invoke " not in ran.err


@pytest.mark.parametrize("text", ["hubimages: [\n", "a: 1\na: *b\n"])
def test_an_invoke_yaml_that_is_not_yaml_is_named(machine: Machine, text: str) -> None:
    machine.repo.commit({"invoke.yaml": text})
    ran = machine.run("doctor")
    assert (ran.code, ran.out) == (1, "")
    assert "invoke.yaml" in ran.err
    assert "Traceback" not in ran.err


def test_a_terminal_that_does_not_know_a_letter_is_no_bug(machine: Machine) -> None:
    ran = machine.run("check", PYTHONIOENCODING="ascii")
    assert "bug" not in ran.err
    assert "\\u2192" in ran.out


def test_help_is_for_the_program_that_was_typed(machine: Machine) -> None:
    ran = machine.run("--help", "build-hub")
    assert "\n  hubimages build-hub --image hub-experimental --push\n" in ran.out
    assert "invoke " not in ran.out

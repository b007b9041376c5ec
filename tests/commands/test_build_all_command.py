"""build-hub --all from end to end, with a docker and a registry that are stand-ins."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.commands.conftest import PROGRAM, Machine
from tests.commands.test_build_command import KEYS, REQUIREMENTS, VALUES
from tests.registry.fake import Say

BOTH = ["hub", "hub-experimental"]


def test_every_image_is_built_and_nothing_else_happens(machine: Machine) -> None:
    head = machine.repo.head()
    ran = machine.run("build-hub", "--all", "--json")
    assert ran.code == 0, ran.err
    assert [one["image"] for one in ran.json] == BOTH
    assert [set(one) for one in ran.json] == [KEYS, KEYS]
    assert [(one["built"], one["pushed"]) for one in ran.json] == [(True, False)] * 2
    assert machine.repo.head() == head
    assert "push" not in machine.did()
    assert "hub              │ ▸ build" in ran.err
    assert "next: hubimages build-hub --all --push" in ran.err


def test_what_is_pushed_is_recorded_and_what_fails_does_not_stop_it(machine: Machine) -> None:
    """The registry has no repository for the experiment, which preflight finds out."""
    ran = machine.run("build-hub", "--all", "--push", "--json")
    assert ran.code == 1
    hub, experiment = ran.json
    assert (hub["pushed"], hub["values_changed"]) == (True, True)
    assert set(experiment) == KEYS | {"error"}
    assert (experiment["built"], experiment["pushed"], experiment["digest"]) == (False, False, None)
    assert machine.repo.last() == [VALUES]
    assert f"✓ {hub['name']}:{hub['tag']} built and pushed" in ran.err
    assert f"✗ {experiment['name']}:{experiment['tag']} failed: " in ran.err
    assert machine.did().count("build") == 1

    # again: what is there is left alone, and the other still fails
    again = machine.run("build-hub", "--all", "--push", "--json")
    assert again.code == 1
    assert again.json[0] == {**hub, "built": False, "pushed": False, "values_changed": False}
    assert f"✓ {hub['name']}:{hub['tag']} is in the registry already" in again.err


def test_a_build_that_fails_says_so_in_the_summary(machine: Machine) -> None:
    failing = {"FAKE_FAILS": "build", "FAKE_FAILS_FOR": "hub-experimental:"}
    ran = machine.run("build-hub", "--all", "--json", **failing)
    assert ran.code == 1
    hub, experiment = ran.json
    assert (hub["built"], "error" in hub) == (True, False)
    assert "build went wrong" in experiment["error"]
    summary = ran.err.rpartition("\n\n")[2]
    assert "failed: The build failed with exit code 1: build went wrong" in summary
    assert "→ mend what it names" in summary
    assert machine.repo.ask("worktree", "list").count("\n") == 1


def test_a_dry_run_shows_all_and_does_nothing(machine: Machine) -> None:
    head = machine.repo.head()
    ran = machine.run("build-hub", "--all", "--push", "--cache", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert [one["pushed"] for one in ran.json] == [True, True]
    assert ran.err.count("would run: docker push") == 2
    assert "hub:buildcache-linux-amd64" in ran.err
    assert (machine.repo.head(), "build" in machine.did()) == (head, False)


def test_all_and_one_are_not_both(machine: Machine) -> None:
    ran = machine.run("build-hub", "--all", "--image", "hub")
    assert (ran.code, ran.out) == (1, "")
    assert "leave out one of them" in ran.err


def test_uncommitted_inputs_stop_it_before_anything_is_built(machine: Machine) -> None:
    machine.repo.write(REQUIREMENTS, "mine\n")
    ran = machine.run("build-hub", "--all", "--yes")
    assert ran.code == 1
    assert REQUIREMENTS in ran.err
    assert "build" not in machine.did()


def runs(pid: str) -> bool:
    """Whether a process has not ended; one that nobody has collected yet has no words any more."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


@pytest.mark.parametrize(
    ("number", "at"), [(signal.SIGTERM, "build"), (signal.SIGINT, "build"), (signal.SIGINT, "run")]
)
def test_interrupted_it_ends_all_builds(machine: Machine, number: signal.Signals, at: str) -> None:
    child = subprocess.Popen(
        [*PROGRAM, "build-hub", "--all"],
        cwd=machine.repo.path,
        env={**os.environ, **machine.environ, "FAKE_SLEEPS": at},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while len(asleep := list(machine.folder.glob("asleep-*"))) < 2:
        assert time.monotonic() < end
        time.sleep(0.02)
    os.killpg(child.pid, number)  # as a terminal does
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "Interrupted." in err
    assert "bug" not in err
    assert [path.name for path in asleep if runs(path.name.partition("-")[2])] == []
    assert machine.did().count("rm") == (2 if at == "run" else 0)  # the containers
    assert machine.repo.ask("worktree", "list").count("\n") == 1
    assert not list(machine.folder.glob("hubimages-[0-9a-f]*"))


def test_a_registry_that_does_not_say_stops_that_image_alone(machine: Machine) -> None:
    tag = f"0.0.1-0.dev.git.1.h{machine.repo.head()[:7]}"
    upload = "/v2/org/hub-experimental/blobs/uploads/"
    machine.fake.routes[f"POST {upload}"] = Say(202, headers={"Location": f"{upload}1"})
    machine.fake.routes[f"GET /v2/org/hub/manifests/{tag}"] = Say(500)
    ran = machine.run("build-hub", "--all", "--push", "--json")
    hub, experiment = ran.json
    assert ran.code == 1
    assert "nothing is pushed" in hub["error"]
    assert "error" in experiment  # the stand-in shows what is pushed as an image of hub's
    assert machine.did().count("build") == machine.did().count("push") == 1

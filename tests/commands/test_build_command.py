"""build-hub from end to end, with a docker and a registry that are stand-ins, and real chartpress."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from pathlib import Path

import pytest

from tests.commands.conftest import PROGRAM, Machine
from tests.registry.fake import error

KEYS = {"image", "name", "tag", "digest", "built", "pushed", "revision", "values_changed"}
VALUES = "helm-charts/basehub/values.yaml"
REQUIREMENTS = "helm-charts/images/hub/requirements.txt"


def test_production_from_commit_to_values(machine: Machine) -> None:
    repo = machine.repo
    first = repo.head()
    repo.write("helm-charts/basehub/Chart.yaml", repo.read("helm-charts/basehub/Chart.yaml") + "\n")
    before = repo.state()
    ran = machine.run("build-hub", "--image", "hub", "--push", "--json")
    assert ran.code == 0, ran.err
    found = ran.json
    tag = f"0.0.1-0.dev.git.1.h{first[:7]}"
    assert set(found) == KEYS
    assert found == {
        **found,
        "image": "hub",
        "name": f"{machine.fake.host}/org/hub",
        "tag": tag,
        "built": True,
        "pushed": True,
        "revision": first,
        "values_changed": True,
    }
    assert found["digest"].startswith("sha256:")
    assert repo.last() == [VALUES]
    assert f'tag: "{tag}"' in repo.read(VALUES)
    assert repo.state() == before
    for step in ("look", "preflight", "build", "prove", "push", "record"):
        assert f"✓ {step} " in ran.err
    assert "git push, and hubimages deploy --all" in ran.err

    # again: nothing is built or pushed, and nothing is left to record
    log = len(machine.did())
    again = machine.run("build-hub", "--image", "hub", "--push", "--json")
    assert again.code == 0, again.err
    assert again.json == {**found, "built": False, "pushed": False, "values_changed": False}
    assert machine.did()[log:] == []

    # what is there is still recorded where values.yaml does not name it
    repo.commit({VALUES: repo.read(VALUES).replace(tag, "other")})
    third = machine.run("build-hub", "--image", "hub", "--push")
    assert third.code == 0, third.err
    assert third.out == ""
    assert tag in repo.read(VALUES)
    assert repo.last() == [VALUES]


def test_an_experimental_image_changes_nothing_and_names_the_next_command(machine: Machine) -> None:
    head = machine.repo.head()
    ran = machine.run("build-hub", "--image", "hub-experimental")
    assert ran.code == 0, ran.err
    assert ran.out == ""
    assert machine.repo.head() == head
    assert "next: hubimages build-hub --image hub-experimental --push" in ran.err
    assert "push" not in machine.did()


def test_a_dry_run_needs_neither_engine_nor_registry(machine: Machine) -> None:
    before, head = machine.repo.state(), machine.repo.head()
    machine.fake.routes.clear()
    with_both = machine.run("build-hub", "--image", "hub", "--push", "--dry-run", "--json")
    machine.fake.close()
    (machine.folder / "bin" / "docker").unlink()
    ran = machine.run("build-hub", "--image", "hub", "--push", "--dry-run", "--json")
    assert (ran.code, with_both.code) == (0, 0), ran.err
    assert ran.json == with_both.json
    assert set(ran.json) == KEYS
    assert ran.json["digest"] is None
    assert "unknown whether the registry has it" in ran.err
    assert "would run: docker push" in ran.err
    assert f"+++ b/{VALUES}" in ran.err
    assert (machine.repo.state(), machine.repo.head()) == (before, head)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_registry_that_does_not_say_stops_the_push(machine: Machine, status: int) -> None:
    tag = f"0.0.1-0.dev.git.1.h{machine.repo.head()[:7]}"
    machine.fake.routes[f"GET /v2/org/hub/manifests/{tag}"] = error(status, "NO")
    ran = machine.run("build-hub", "--image", "hub", "--push", "--json")
    assert ran.code == 1
    assert ran.out == ""
    assert "→" in ran.err
    assert not {"build", "push"} & set(machine.did())


def test_uncommitted_inputs_are_refused_also_with_yes(machine: Machine) -> None:
    machine.repo.write(REQUIREMENTS, "mine\n")
    ran = machine.run("build-hub", "--image", "hub", "--push", "--yes")
    assert ran.code == 1
    assert f"would not be in the build: {REQUIREMENTS}" in ran.err
    assert "git stash" in ran.err
    assert "build" not in machine.did()
    assert machine.repo.read(REQUIREMENTS) == "mine\n"


def test_a_failed_build_says_so_and_leaves_nothing(machine: Machine) -> None:
    before = machine.repo.state()
    ran = machine.run("build-hub", "--image", "hub", "--push", FAKE_FAILS="build")
    assert ran.code == 1
    assert "build went wrong" in ran.err
    assert "→" in ran.err
    assert "bug in hubimages" not in ran.err
    assert machine.repo.state() == before
    assert machine.repo.ask("worktree", "list").count("\n") == 1


def test_no_secret_is_ever_shown(machine: Machine) -> None:
    """Neither that of a variable nor that of an address, on success and on failure."""
    remote = "https://me:hunter2hunter2@git.example.org/o/hubs.git"
    machine.repo.ask("remote", "add", "origin", remote)
    secrets = {"QUAY_TOKEN": "s3cret-of-quay", "MY_PASSWORD": "hunter3hunter3"}
    for failing in ("", "build", "run", "push"):
        ran = machine.run(
            "build-hub", "--image", "hub", "--push", "--json", FAKE_FAILS=failing, **secrets
        )
        for secret in ("hunter2", *secrets.values()):
            assert secret not in ran.out + ran.err
        (machine.folder / "images.json").unlink(missing_ok=True)
        machine.repo.commit()
    assert "hunter2" not in str([asked.body for asked in machine.fake.asked])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--image is missing, and without a terminal it cannot be asked for"),
        (("--image", "nonesuch"), "the images there are: hub, hub-experimental"),
        (("--image", "hub", "--builder", "kaniko"), "docker-build"),
    ],
)
def test_what_is_asked_for_wrongly(machine: Machine, words: tuple[str, ...], said: str) -> None:
    ran = machine.run("build-hub", *words)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert "→" in ran.err


def test_outside_of_a_repository(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    ran = machine.run("build-hub", "--image", "hub", cwd=tmp_path / "elsewhere")
    assert ran.code == 1
    assert "not in a git repository" in ran.err


# --- on a terminal -----------------------------------------------------------------------------


class Terminal:
    """A person at a terminal: waits for texts, types keys."""

    def __init__(self, machine: Machine, *words: str) -> None:
        self.master, slave = pty.openpty()
        self.child = subprocess.Popen(
            [*PROGRAM, *words],
            cwd=machine.repo.path,
            env={**os.environ, **machine.environ, "TERM": "xterm", "COLUMNS": "200"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def until(self, text: str) -> None:
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], 60)
            assert ready, f"{text!r} did not come:\n{self.seen}"
            try:
                got = os.read(self.master, 4096)
            except OSError:  # the other side has closed
                got = b""
            assert got, f"{text!r} did not come before the end:\n{self.seen}"
            self.seen += got.decode(errors="replace")

    def type(self, keys: str) -> None:
        self.seen = ""
        os.write(self.master, keys.encode())

    def end(self) -> int:
        try:
            while os.read(self.master, 4096):
                pass
        except OSError:
            pass
        os.close(self.master)
        return self.child.wait(60)


def test_a_person_is_asked_for_image_and_push(machine: Machine) -> None:
    terminal = Terminal(machine, "build-hub")
    terminal.until("hub-experimental (experimental: no hub changes")
    terminal.until("Which image?")
    terminal.type("\r")
    terminal.until("Push it once it is proven?")
    terminal.type("\r")
    terminal.until("not pushed; next: hubimages build-hub --image hub-experimental --push")
    assert terminal.end() == 0
    assert "push" not in machine.did()


def test_ctrl_c_at_a_question(machine: Machine) -> None:
    terminal = Terminal(machine, "build-hub")
    terminal.until("Which image?")
    terminal.type("\x03")
    terminal.until("Nothing had been changed.")
    assert terminal.end() == 130


def test_a_person_may_leave_uncommitted_changes_out(machine: Machine) -> None:
    machine.repo.write(REQUIREMENTS, "mine\n")
    terminal = Terminal(machine, "build-hub", "--image", "hub")
    terminal.until("Go on with the commit, without them?")
    terminal.type("n")
    assert terminal.end() == 1
    assert "build" not in machine.did()
    terminal = Terminal(machine, "build-hub", "--image", "hub", "--yes")
    terminal.until("not pushed")
    assert terminal.end() == 0
    assert machine.repo.read(REQUIREMENTS) == "mine\n"


@pytest.mark.parametrize("command", ["experiment.remove", "experiment.stop"])
def test_where_there_is_nothing_to_choose_from(machine: Machine, command: str) -> None:
    terminal = Terminal(machine, command)
    terminal.until("There is nothing to choose from for --")
    assert terminal.end() == 1


def test_ci_is_never_asked_even_on_a_terminal(machine: Machine) -> None:
    machine.environ["CI"] = "true"
    terminal = Terminal(machine, "build-hub")
    terminal.until("--image is missing")
    assert terminal.end() == 1

"""completion: what is offered for a line, and that real shells take it."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubs import Hubs
from tests.commands.conftest import Ran, Run

BIN = Path(sys.executable).parent
SOURCE = Path(__file__).parents[2] / "tasks"
STAGING = "config/clusters/example/staging.values.yaml"
VALUES = "helm-charts/basehub/values.yaml"
OTHERS = '''\
from invoke.tasks import task


@task
def greet(c, name=""):
    """Say hello."""
'''


def offered(invoke: Run, folder: Path, line: str) -> list[str]:
    ran = invoke(folder, "completion", "--line", line)
    assert (ran.code, ran.err) == (0, "")
    return ran.out.splitlines()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("hubimages build", ["build-hub"]),
        ("hubimages experiment.s", ["experiment.stop"]),
        ("hubimages --help build", ["build-hub"]),
        ("hubimages --l", ["--list"]),
        ("hubimages build-hub --pu", ["--push"]),
        ("hubimages build-hub --push --pu", []),  # once is enough
        ("hubimages build-hub --image ", ["hub", "hub-experimental"]),
        ("hubimages build-hub --image=hub-", ["--image=hub-experimental"]),
        ("hubimages build-hub --nonesuch=", []),
        ("hubimages build-hub --builder docker-buildx --image hub-", ["hub-experimental"]),
        ("hubimages experiment.try --image ", ["hub-experimental"]),
        ("hubimages experiment.create --image ", []),
        (
            "hubimages hubs.list --image quay",
            [f"quay.io/example/{n}" for n in ("hub", "hub-experimental")],
        ),
        ("hubimages experiment.try --hub example/", ["example/staging", "example/prod"]),
        ("hubimages check --hub example/prod,example/", ["example/prod,example/staging"]),
        ("hubimages hubs.list --cluster ", ["example", "research"]),
        ("hubimages build-hub --builder ", ["auto", "docker-build", "docker-buildx"]),
        ("hubimages status --format ", ["table", "json", "markdown"]),
        ("hubimages check --format g", ["github"]),
        ("hubimages completion --shell ", ["bash", "zsh", "fish"]),
        ("hubimages experiment.remove --image hub --package ", ["oauthenticator"]),
        ("hubimages experiment.add --reason ", []),
        ("hubimages experiment.add --reason 'half a", []),
    ],
)
def test_what_is_offered(repo: Hubs, invoke: Run, line: str, found: list[str]) -> None:
    assert offered(invoke, repo.path, line) == found


def test_a_task_without_a_word_begun_offers_its_flags(repo: Hubs, invoke: Run) -> None:
    found = offered(invoke, repo.path, "hubimages experiment.stop ")
    assert "--hub" in found
    assert all(word.startswith("--") for word in found)
    assert "build-hub" in offered(invoke, repo.path, "hubimages ")


def test_tags_of_the_image_on_the_line(repo: Hubs, invoke: Run) -> None:
    """The newest commit's, and those that values files name, whatever they look like."""
    name = "quay.io/example/hub-experimental"
    repo.commit(
        {
            STAGING: f"jupyterhub: {{hub: {{image: {{name: {name}, tag: 1.10}}}}}}\n",
            "config/clusters/example/prod.values.yaml": f"a: ['{name}:text']\n",
            "config/clusters/example/broken.yaml": f"{name}: [\n",
        }
    )
    newest = offered(invoke, repo.path, "hubimages experiment.try --tag 0")
    assert len(newest) == 1
    assert ".h" in newest[0]
    line = "hubimages explain --image hub-experimental --tag "
    assert set(offered(invoke, repo.path, line)) == {*newest, "1.10", "text"}
    assert "0.0.1-set.by.chartpress" in offered(
        invoke, repo.path, "hubimages explain --image hub --tag "
    )


@pytest.mark.parametrize(
    "line", ["hubimages build-hub --image ", "hubimages experiment.stop --hub ", "'"]
)
def test_outside_of_a_repository_nothing_is_said(tmp_path: Path, invoke: Run, line: str) -> None:
    assert offered(invoke, tmp_path, line) == []


def test_broken_files_are_not_told_to_somebody_who_is_typing(repo: Hubs, invoke: Run) -> None:
    repo.write("helm-charts/chartpress.yaml", "charts: [")
    repo.write("config/clusters/example/cluster.yaml", "hubs: [")
    assert offered(invoke, repo.path, "hubimages build-hub --image ") == []
    assert "research/dask" in offered(invoke, repo.path, "hubimages experiment.stop --hub ")


def test_a_script_is_for_a_shell_that_there_is(repo: Hubs, invoke: Run) -> None:
    ran = invoke(repo.path, "completion", "--shell", "csh")
    assert (ran.code, ran.out) == (1, "")
    assert "--shell, one of bash, zsh, fish" in ran.err
    ran = invoke(repo.path, "completion")
    assert (ran.code, ran.out) == (1, "")
    assert "--shell is missing" in ran.err


def test_looking_for_words_imports_nothing_that_takes_long(repo: Hubs) -> None:
    script = (
        "import sys; from hubimages.commands.program import main\n"
        "try: main()\n"
        "finally: print([m for m in ('docker', 'urllib3', 'ruamel', 'prompt_toolkit',"
        " 'hubimages.registry') if m in sys.modules])\n"
    )
    words = [sys.executable, "-c", script, "completion", "--line"]
    done = run(repo.path, *words, "hubimages experiment.try --tag ")
    assert done.err == ""
    assert done.out.splitlines()[-1] == "[]"
    assert len(done.out.splitlines()) == 2


# --- real shells -------------------------------------------------------------------------------------


def run(folder: Path, *words: str) -> Ran:
    done = subprocess.run(
        words, cwd=folder, env=environ(), capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def environ() -> dict[str, str]:
    path = f"{BIN}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(SOURCE), "TERM": "xterm"}


def needs(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell} on this machine")
    return found


def script(folder: Path, program: str, shell: str) -> str:
    if not (folder / "tasks.py").exists() and program == "invoke":
        (folder / "tasks.py").write_text((SOURCE.parent / "tasks.py").read_text())
    made = run(folder, str(BIN / program), "completion", "--shell", shell)
    assert (made.code, made.err) == (0, "")
    path = folder.parent / f"{program}.{shell}"
    path.write_text(made.out)
    return str(path)


BASH = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
found=$(complete -p "$1") || exit 9
found=${found##*-F }
"${found%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" ""
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("line", "words", "found"),
    [
        ("P build", ("P", "build"), ["build-hub"]),
        ("P build-hub --image ", ("P", "build-hub", "--image", ""), ["hub", "hub-experimental"]),
        # as readline takes it apart, what stands before = is not to be said again
        ("P build-hub --image=", ("P", "build-hub", "--image", "="), ["hub", "hub-experimental"]),
        (
            "P build-hub --image=hub-",
            ("P", "build-hub", "--image", "=", "hub-"),
            ["hub-experimental"],
        ),
        (
            "P experiment.stop --hub example/p",
            ("P", "experiment.stop", "--hub", "example/p"),
            ["example/prod"],
        ),
        ("P experiment.add --reason 'a", ("P", "experiment.add", "--reason", "'a"), [""]),
    ],
)
@pytest.mark.parametrize("program", ["hubimages", "invoke"])
def test_bash(
    repo: Hubs, program: str, line: str, words: tuple[str, ...], found: list[str]
) -> None:
    bash, source = needs("bash"), script(repo.path, program, "bash")
    typed = [word.replace("P", program) if word == "P" else word for word in words]
    done = run(
        repo.path, bash, "--norc", "-c", BASH, "bash", source, line.replace("P", program, 1), *typed
    )
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == found


def test_invoke_completes_other_tasks_elsewhere(repo: Hubs, tmp_path: Path) -> None:
    """The script for invoke is asked in every repository; one may have tasks of its own alone."""
    bash, source = needs("bash"), script(repo.path, "invoke", "bash")
    other = tmp_path / "other"
    other.mkdir()
    (other / "tasks.py").write_text(OTHERS)
    words = (bash, "--norc", "-c", BASH, "bash", source)
    assert run(other, *words, "invoke gr", "invoke", "gr").out == "greet\n"
    (repo.path / "tasks.py").write_text(
        f"from invoke.collection import Collection\n{OTHERS}\n"
        "from hubimages.commands import namespace\n\n"
        "ns = Collection(greet, *namespace.tasks.values(), *namespace.collections.values())\n"
    )
    assert run(repo.path, *words, "invoke gr", "invoke", "gr").out == "greet\n"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("hubimages build-hub --image ", ["hub", "hub-experimental"]),
        ("hubimages build-hub --image=hub-", ["--image=hub-experimental"]),
        ("hubimages experiment.stop --hub example/p", ["example/prod"]),
    ],
)
def test_fish(repo: Hubs, line: str, found: list[str]) -> None:
    fish, source = needs("fish"), script(repo.path, "hubimages", "fish")
    done = run(repo.path, fish, "--no-config", "-c", f"source {source}; complete -C '{line}'")
    assert (done.err, done.out.splitlines()) == ("", found)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


def until(master: int, text: str) -> None:
    seen = ""
    while text not in seen:
        ready, _, _ = select.select([master], [], [], 60)
        assert ready, f"{text!r} did not come:\n{seen}"
        seen += os.read(master, 4096).decode(errors="replace")


def test_zsh(repo: Hubs, terminal: tuple[int, int]) -> None:
    """Typed at a terminal, since zsh completes nowhere else."""
    zsh, source = needs("zsh"), script(repo.path, "hubimages", "zsh")
    master, slave = terminal
    child = subprocess.Popen(
        [zsh, "-f", "-i"],
        cwd=repo.path,
        env=environ(),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    try:
        os.write(master, f"source {source}; print -r ready{{,}}\n".encode())
        until(master, "ready ready")
        os.write(master, b"hubimages experiment.stop --hub example/p\t")
        until(master, "example/prod")
    finally:
        child.kill()
        child.wait(60)

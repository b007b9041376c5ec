"""The workflows of .github: they call tasks that are there, with no logic and few rights of their own.

That GitHub runs them as they are meant was not tried here; its schema is all that was asked.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from invoke.parser import Parser
from invoke.parser.context import ParserContext

import hubs
from hubimages.commands import namespace
from hubs import Hubs
from repositories import RUN

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
SUMMARY = ' >> "$GITHUB_STEP_SUMMARY"'
LOGIC = re.compile(r"\|\||&&|[;<>`\n]|\$\(|\$\{\{|\b(if|for|while|case|then)\s")
# what a matrix is read from by the jobs that need this one; with -e, so a failure fails the step
OUTPUT = 'printf matrix= >> "$GITHUB_OUTPUT"\n'
TO_OUTPUT = ' >> "$GITHUB_OUTPUT"'
WRITES = {
    "build.push": {"contents", "pull-requests"},
    "user-images.bump": {"contents", "pull-requests"},
    "status.status": {"issues"},
}


def read(path: Path) -> dict[str, Any]:
    # `on:` is a boolean to YAML 1.1
    loaded: dict[str, Any] = yaml.load(path.read_text(), yaml.BaseLoader)
    return loaded


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.stem}.{name}", job) for path in FILES for name, job in read(path)["jobs"].items()
    ]


def steps(job: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if key in step]


def commands() -> list[str]:
    """Return what is run, without where its output goes."""
    return [bare(step["run"]) for _, job in jobs() for step in steps(job, "run")]


def bare(run: str) -> str:
    if run.startswith(OUTPUT):
        return run.removeprefix(OUTPUT).strip().removesuffix(TO_OUTPUT)
    return run.removesuffix(SUMMARY)


def test_what_there_is() -> None:
    assert {path.stem for path in FILES} == {
        "build",
        "check",
        "registry",
        "status",
        "test",
        "user-images",
    }
    assert len(commands()) > 8


def test_githubs_schema() -> None:
    words = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    RUN([sys.executable, *words, *map(str, FILES)])


def test_actions_are_pinned_and_say_their_version() -> None:
    uses = [step["uses"] for _, job in jobs() for step in steps(job, "uses")]
    assert len(uses) >= 2 * len(FILES)
    assert [one for one in uses if not PINNED.fullmatch(one)] == []
    lines = [line for path in FILES for line in path.read_text().splitlines() if "uses:" in line]
    assert [line for line in lines if not re.search(r" # v\d+\.\d+\.\d+$", line)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_few_rights(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}
    for name, job in read(path)["jobs"].items():
        rights = job.get("permissions", {})
        writes = {right for right, level in rights.items() if level != "read"}
        assert writes == WRITES.get(f"{path.stem}.{name}", set())


@pytest.mark.parametrize(
    ("name", "job"), jobs(), ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_clone_has_its_history_and_no_login_that_is_not_needed(
    name: str, job: dict[str, Any]
) -> None:
    (checkout,) = (step for step in steps(job, "uses") if "/checkout@" in step["uses"])
    assert checkout["with"]["fetch-depth"] == "0"
    pushes = "contents" in WRITES.get(name, set())
    assert checkout["with"]["persist-credentials"] == str(pushes).lower()
    assert int(job["timeout-minutes"]) <= 30


def test_no_step_has_logic_of_its_own() -> None:
    for run in commands():
        command = run
        if "| docker login " in command:  # the one way to hand it a password
            assert command.startswith("printenv REGISTRY_PASSWORD | docker login ")
            assert command.endswith(" --password-stdin")
            command = command.replace("|", "")
        assert "|" not in command
        assert not LOGIC.search(command), run


def test_what_they_call_is_there() -> None:
    """Commands with flags that there are, and scripts."""
    called = [shlex.split(run) for run in commands()]
    tasks = [words[1:] for words in called if words[0] == "invoke"]
    assert {words[0] for words in tasks} == {
        "build-hub",
        "check",
        "hubs.list",
        "status",
        "user-image.bump",
        "user-image.check",
    }
    for words in tasks:
        parse(words)
    others = {words[0] for words in called} - {"invoke", "pip", "printenv"}
    assert [name for name in others if not (ROOT / name).is_file()] == []


def parse(words: list[str]) -> None:
    """Read words as Invoke does, which raises for what it does not know."""
    parser = Parser(contexts=namespace.to_contexts(), initial=ParserContext())
    assert [context.name for context in parser.parse_argv(list(words))[1:]] == [words[0]]


def test_every_image_of_this_repository_is_built() -> None:
    for name, job in jobs():
        if name.startswith("build."):
            built = [
                shlex.split(step["run"]) for step in steps(job, "run") if "build-hub" in step["run"]
            ]
            assert ["--all" in words for words in built] == [True]
            assert all(("--push" in words) == (name == "build.push") for words in built)


def test_a_record_starts_no_build() -> None:
    """Or each would start the next."""
    triggers = read(ROOT / ".github" / "workflows" / "build.yml")["on"]
    for trigger in ("push", "pull_request"):
        for pattern in triggers[trigger]["paths"]:
            assert not PurePosixPath("helm-charts/basehub/values.yaml").match(pattern), pattern
            assert pattern != "helm-charts/**"


def test_nothing_is_pushed_for_a_pull_request() -> None:
    for path in FILES:
        assert "pull_request_target" not in path.read_text()
    push = dict(jobs())["build.push"]
    assert push["if"] == "github.event_name == 'push' && vars.REGISTRY != ''"
    for name, job in jobs():
        if name != "build.push":
            assert "secrets." not in str(job), name


# --- the fleet in parts ------------------------------------------------------------------------------

FANNED = [path for path in FILES if "fromJSON" in path.read_text()]


@pytest.fixture
def fleet(tmp_path: Path) -> Hubs:
    """A hub repository with a tasks.py."""
    made = hubs.make(tmp_path / "fleet")
    made.commit({"tasks.py": (ROOT / "tasks.py").read_text()})
    return made


def ran(fleet: Hubs, run: str, **environ: str) -> tuple[int, str, dict[str, str]]:
    """Run a step as GitHub does, with bash -e; return its code, its output, and what it put out."""
    output = fleet.path.parent / "output"
    output.write_text("")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path, "PYTHONPATH": str(ROOT / "tasks"), "GITHUB_OUTPUT": str(output), **environ}
    done = RUN(["bash", "-e", "-c", run], cwd=fleet.path, env=env, check=False)
    lines = [line.partition("=") for line in output.read_text().splitlines()]
    return done.code, done.stdout + done.stderr, {key: value for key, _, value in lines}


def hubs_step(path: Path) -> str:
    (step,) = (step for step in read(path)["jobs"]["hubs"]["steps"] if step.get("id") == "hubs")
    return str(step["run"])


@pytest.mark.parametrize("path", FANNED, ids=lambda path: path.stem)
def test_a_matrix_goes_from_one_job_to_others(path: Path, fleet: Hubs) -> None:
    """GitHub's part, which is to read the output and make jobs, is played here."""
    code, said, output = ran(fleet, hubs_step(path))
    assert code == 0, said
    (part,) = json.loads(output["matrix"])["include"]
    assert part["hubs"].split(",") == [hub.name for hub in fleet.fleet.hubs]
    needing = {name: job for name, job in read(path)["jobs"].items() if job.get("needs") == "hubs"}
    assert needing
    for job in needing.values():
        assert job["strategy"]["matrix"] == "${{ fromJSON(needs.hubs.outputs.matrix) }}"
        assert job["strategy"]["fail-fast"] == "false"
        last = job["steps"][-1]
        assert last["env"]["HUBS"] == "${{ matrix.hubs }}"
        assert '--hub "$HUBS"' in last["run"]


@pytest.mark.parametrize("path", FANNED, ids=lambda path: path.stem)
def test_without_hubs_no_job_is_made(path: Path, fleet: Hubs) -> None:
    """GitHub fails where a matrix is empty, so the jobs' condition has to keep it from looking."""
    for job in read(path)["jobs"].values():
        if "strategy" in job:
            assert job["if"] == HAS_HUBS
    for cluster in ("example", "research"):
        fleet.write(f"config/clusters/{cluster}/cluster.yaml", f"name: {cluster}\nhubs: []\n")
    code, said, output = ran(fleet, hubs_step(path))
    assert (code, output["matrix"]) == (0, '{"include": []}'), said
    fleet.write("config/clusters/research/cluster.yaml", "hubs: [")
    code, said, output = ran(fleet, hubs_step(path))
    assert code == 1
    assert '"hubs"' not in output["matrix"]


HAS_HUBS = """${{ !cancelled() && contains(needs.hubs.outputs.matrix, '"hubs"') }}"""


def test_the_check_passes_in_this_repository() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git clone, and check reads one")
    words = [sys.executable, "-m", "invoke", "check", "--format", "github"]
    done = RUN(words, cwd=ROOT, env={"PYTHONPATH": str(ROOT / "tasks")}, check=False)
    assert done.code == 0, done.stdout
    assert "::notice file=helm-charts/basehub/values.yaml,line=7,title=hub-image" in done.stdout

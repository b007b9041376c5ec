"""The workflows of .github: they call tasks that are there, with no logic and few rights of their own.

That GitHub runs them as they are meant was not tried here; its schema is all that was asked.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from invoke.parser import Parser
from invoke.parser.context import ParserContext

from hubimages.commands import namespace
from repositories import RUN

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
SUMMARY = ' >> "$GITHUB_STEP_SUMMARY"'
LOGIC = re.compile(r"\|\||&&|[;<>`\n]|\$\(|\$\{\{|\b(if|for|while|case|then)\s")
WRITES = {
    "build.push": {"contents", "pull-requests"},
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
    return [step["run"] for _, job in jobs() for step in steps(job, "run")]


def test_what_there_is() -> None:
    assert {path.stem for path in FILES} == {"build", "check", "status", "test"}
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
        command = run.removesuffix(SUMMARY)
        if "| docker login " in command:  # the one way to hand it a password
            assert command.startswith("printenv REGISTRY_PASSWORD | docker login ")
            assert command.endswith(" --password-stdin")
            command = command.replace("|", "")
        assert "|" not in command
        assert not LOGIC.search(command), run


def test_what_they_call_is_there() -> None:
    """Commands with flags that there are, and scripts."""
    called = [shlex.split(run.removesuffix(SUMMARY)) for run in commands()]
    tasks = [words[1:] for words in called if words[0] == "invoke"]
    assert {words[0] for words in tasks} == {"build-hub", "check", "status"}
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


def test_the_check_passes_in_this_repository() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git clone, and check reads one")
    words = [sys.executable, "-m", "invoke", "check", "--format", "github"]
    done = RUN(words, cwd=ROOT, env={"PYTHONPATH": str(ROOT / "tasks")}, check=False)
    assert done.code == 0, done.stdout
    assert "::notice file=helm-charts/basehub/values.yaml,line=7,title=hub-image" in done.stdout

"""Where things stand, and who may import whom (docs/decisions say why)."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from repositories import RUN

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tasks"
# From the bottom up; a module imports from its own floor and those below. What no floor names is
# of the domain.
FLOORS = [
    {
        "ahead",
        "config",
        "console",
        "ending",
        "errors",
        "interruption",
        "lanes",
        "locks",
        "process",
        "redaction",
        "threads",
        "utf8",
    },
    {
        "git",
        "github",
        "chartpress",
        "engine",
        "helm",
        "kubeconfig",
        "kubectl",
        "registry",
        "sops",
        "sources",
        "yamlread",
        "tree",
        "reference",
    },
    {"(the domain)"},
    {
        "builds",
        "candidates",
        "deploying",
        "doctor",
        "experiments",
        "explaining",
        "overdue",
        "promotion",
        "proposals",
        "rendering",
        "rollbacks",
        "samebits",
        "splitting",
        "trials",
        "upgrade",
        "userimages",
        "policies",
    },
    {"commands"},
]
_LATE = ("docker", "questionary", "prompt_toolkit", "urllib3", "ruamel", "requests", "rich")


# --- the layout ------------------------------------------------------------------------------------


def test_tasks_is_a_source_root_and_no_package() -> None:
    assert not (SOURCE / "__init__.py").exists()
    assert [path.name for path in SOURCE.iterdir() if path.suffix == ".py"] == []
    assert not [path for path in SOURCE.rglob("tasks") if path.is_dir()]


@pytest.mark.parametrize("path", ["", "tasks"])
def test_import_tasks_finds_the_file(path: str) -> None:
    """Whatever is on the path beside the root, Invoke's `tasks` is tasks.py, with its namespace."""
    script = (
        "import sys; sys.path[:0] = ['.', 'tasks']; import tasks;"
        "from invoke.collection import Collection; assert isinstance(tasks.ns, Collection);"
        "print(tasks.__file__)"
    )
    done = RUN([sys.executable, "-c", script], cwd=ROOT, env={"PYTHONPATH": path})
    assert Path(done.stdout.strip()).samefile(ROOT / "tasks.py")


def test_the_commands_of_the_contract_are_there() -> None:
    from hubimages.commands import namespace

    assert {
        "build-hub",
        "check",
        "doctor",
        "explain",
        "status",
        "next",
        "completion",
        "upgrade-base",
        "experiment.create",
        "experiment.add",
        "experiment.remove",
        "experiment.try",
        "experiment.stop",
        "experiment.promote",
        "experiment.drop",
        "hubs.list",
        "user-image.check",
        "user-image.set",
        "user-image.bump",
        "user-image.split",
        "render",
        "deploy",
        "rollback",
    } <= set(namespace.task_names)


def test_every_command_and_flag_explains_itself() -> None:
    """In a process of its own, since Invoke takes the help out of a task when it is first parsed."""
    script = (
        "from hubimages.commands import namespace\n"
        "for name in namespace.task_names:\n"
        "    task = namespace[name]\n"
        "    print(name, bool((task.__doc__ or '').strip()), sep='\\t')\n"
        "    for argument in task.get_arguments():\n"
        "        print(f'{name} --{argument.name}', bool(argument.help), sep='\\t')\n"
    )
    done = RUN([sys.executable, "-c", script], env={"PYTHONPATH": str(SOURCE)})
    lines = done.stdout.splitlines()
    assert len(lines) > 20
    assert [line for line in lines if not line.endswith("\tTrue")] == []


# --- imports ---------------------------------------------------------------------------------------


@cache
def _modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def _imported(module: ast.AST) -> set[str]:
    """Return the dotted names that a module imports, those imported when needed among them."""
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute, so that a reader sees where they lead"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@cache
def _graph() -> dict[str, set[str]]:
    """Return which of our modules each of them imports."""
    ours = _modules()

    def owner(name: str) -> str:
        while name and name not in ours:
            name = name.rpartition(".")[0]
        return name

    return {
        name: {owner(found) for found in _imported(module)} - {"", name}
        for name, module in ours.items()
    }


def test_there_is_something_to_look_at() -> None:
    assert len(_graph()) > 40
    assert "hubimages.errors" in _graph()["hubimages.git"]


def test_nothing_goes_round_in_circles() -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for below in _graph()[name]:
                visit(below, (*trail, name))
            done.add(name)

    for name in _graph():
        visit(name, ())


def _floor(name: str) -> int:
    part = name.split(".")[1] if "." in name else "errors"  # the package itself holds a version
    return next((floor for floor, names in enumerate(FLOORS) if part in names), 2)


def test_nothing_runs_back_up() -> None:
    for name, below in _graph().items():
        for other in below:
            assert _floor(other) <= _floor(name), f"{name} imports {other}"


def test_floors_name_what_is_there() -> None:
    there = {name.split(".")[1] for name in _graph() if "." in name}
    planned = {"policies", "(the domain)"}
    assert set().union(*FLOORS) - planned <= there


def test_commands_alone_know_invoke_and_ask_questions() -> None:
    for name, module in _modules().items():
        if not name.startswith("hubimages.commands"):
            tops = {found.partition(".")[0] for found in _imported(module)}
            assert not tops & {"invoke", "questionary", "prompt_toolkit"}, name


def test_below_the_commands_nothing_prints_prompts_or_exits() -> None:
    for name, module in _modules().items():
        if name.startswith("hubimages.commands") or name == "hubimages.console":
            continue
        if name == "hubimages.builds.inside":  # the script that runs inside of the image
            continue
        calls = {
            node.func.id
            for node in ast.walk(module)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not calls & {"print", "input", "exit", "quit"}, name
        assert "sys.exit" not in _imported(module), name


def test_programs_are_started_in_one_place() -> None:
    for name, module in _modules().items():
        if name not in {
            "hubimages.ending",
            "hubimages.process",
            "hubimages.builds.inside",
            "hubimages.userimages.inside",
        }:
            assert "subprocess" not in {found.partition(".")[0] for found in _imported(module)}, (
                name
            )


def test_starting_up_imports_nothing_that_takes_long() -> None:
    script = f"import sys, hubimages.commands; print([m for m in {_LATE!r} if m in sys.modules])"
    done = RUN([sys.executable, "-c", script], env={"PYTHONPATH": str(SOURCE)})
    assert done.stdout == "[]\n"


# --- what is in no file ----------------------------------------------------------------------------


def _kept() -> list[Path]:
    """Return the files that git keeps, and new ones that it does not ignore."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this is no git clone, so there is no list of its files")
    found = {ROOT / name.decode() for name in done.stdout.split(b"\0") if name}
    return sorted(path for path in found if path.is_file())


def test_no_file_names_this_machine_or_a_package_registry() -> None:
    """An adopter's clone stands elsewhere, and fetches packages from where it is told to."""
    package_registries = ("pypi" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org")
    words = [str(ROOT), str(Path.home()) + "/", *package_registries]
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in _kept()
        for word in words
        if word.encode() in path.read_bytes()
    ]
    assert found == []

"""Every expected failure says what to do next; what does not is listed here, with the reason."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import hubimages
import hubs
from hubimages import placement
from hubimages.builds.proof import Package
from hubimages.charts import Dependency
from hubimages.deploying.plan import Step
from hubimages.deploying.standing import Standing
from hubimages.errors import BadFile, CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.helm import Release, Revision
from hubimages.kubeconfig import KubeContext
from hubimages.promotion.drift import Difference
from hubimages.promotion.moves import Moves
from hubimages.reference import Reference
from hubimages.registry import Unknown
from hubimages.rendering.manifests import Manifests
from hubimages.rendering.render import Rendered
from hubimages.rendering.valuefiles import ValueFiles
from hubimages.tree import WorkTree
from hubimages.userimages.places import Place, Places

SOURCE = Path(hubimages.__file__).parent
WITHOUT = {
    "Declined": "the person said no, and knows what comes next",
    "CommandFailed": "a program's own words; where more is known, another failure is made of it",
    "CommandTimedOut": "the same",
    "MissingDockerfile": "the same",
    "BadFile": "names file, line and what has to be there: mending that is the next step",
    "Unanswered": "never leaves the registry client: it becomes an Unknown",
    "Unexpected": "the same",
    "LoginRefused": "the same",
}


def modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(hubimages.__path__, "hubimages."):
        importlib.import_module(module.name)
        yield module.name


def below(kind: type[Failure]) -> Iterator[type[Failure]]:
    for found in kind.__subclasses__():
        yield found
        yield from below(found)


def failures() -> list[type[Failure]]:
    assert len(list(modules())) > 40
    found = {kind for kind in below(Failure) if kind.__module__.startswith("hubimages")}
    return sorted(found, key=lambda kind: kind.__name__)


FAILURES = failures()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return a value for each name of a failure's parameter."""
    repo = hubs.make(tmp_path_factory.mktemp("errors") / "hubs")
    production = repo.images.production
    place = Place(hub=repo.fleet.hubs[0], path=(), label="Lab")
    release = Release(name="prod", namespace="prod", context="here")
    where = placement.of(WorkTree(repo.path), repo.fleet.hubs[0], hubs.SETTINGS)
    rendered = Rendered(
        hub=repo.fleet.hubs[0],
        placement=where,
        chart=Path("some"),
        values=ValueFiles(root=Path("some"), paths=(), secrets={}),
        manifests=Manifests(""),
        listed=None,
        base_url="/",
    )
    return {
        "context": KubeContext(name="here", cluster="there"),
        "fitting": ["other"],
        "refusal": Failure("Not so.", fix="do otherwise"),
        "last": Revision(number=1, status="pending-upgrade", updated=None, description=""),
        "minutes": 5,
        "now": ("a", "b"),
        "placement": where,
        "release": release,
        "rendered": rendered,
        "shallow": False,
        "step": Step(
            rendered=rendered,
            release=release,
            standing=Standing(),
            new=Manifests(""),
            changes=(),
        ),
        "answer": Unknown("It hangs."),
        "base": Reference.parse("quay.io/o/base:1.0"),
        "dependency": Dependency(
            name="jupyterhub", alias=None, version="1.1", repository="r", chart_file="c", index=0
        ),
        "differences": ["one", "two"],
        "directory": Path("some/folder"),
        "drift": [Difference("a", Package(name="a", version="1", url=None, commit=None), None)],
        "error": CommandFailed("docker push", 1, "", "denied"),
        "experiments": [production],
        "failure": Failure("It hangs.", fix="wait"),
        "findings": ["a finding"],
        "hubs": repo.fleet,
        "hub": repo.fleet.hubs[0],
        "image": production,
        "images": repo.images,
        "moves": Moves(promoted=(), left=(), behind=(), missing=()),
        "known": ["one/two"],
        "lines": [1, 2],
        "line": 3,
        "paths": ("a/b",),
        "place": place,
        "places": Places(default=place),
        "seconds": 5.0,
        "several": [place],
        "silent": [Unknown("It hangs.")],
        "status": 1,
        "top": Path("some"),
        "where": Path("some/folder"),
    }


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
def test_a_failure_says_cause_and_next_step(
    kind: type[Failure], samples: dict[str, object]
) -> None:
    parameters = list(inspect.signature(kind).parameters.values())
    needed = [p for p in parameters if p.default is inspect.Parameter.empty]
    given = {p.name: _sample(p, samples) for p in needed}
    failure = kind(**given)  # type: ignore[arg-type]
    assert failure.what
    assert failure.code == 1
    if not any(p.name == "fix" for p in parameters) and kind.__name__ not in WITHOUT:
        assert failure.fix
        assert str(failure) == f"{failure.what}\n  → {failure.fix}"


def _sample(parameter: inspect.Parameter, samples: dict[str, object]) -> object:
    if "Named" in str(parameter.annotation):
        return ("quay.io/o/hub", "1.0")
    if parameter.annotation == "Standing":
        return Standing()
    if parameter.name == "hubs" and "Sequence" in str(parameter.annotation):
        return [samples["hub"]]
    if parameter.name == "error" and "OSError" in str(parameter.annotation):
        return OSError("no")
    if parameter.annotation == "str":
        return "some text"
    return samples.get(parameter.name, ("some", "text"))


def raised() -> Iterator[tuple[str, str]]:
    """Yield where a failure is made that is told its next step, and is not told one."""
    told = {kind.__name__ for kind in FAILURES if "fix" in inspect.signature(kind).parameters}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            name = node.func.id
            if name in told | {"Failure"} and not any(k.arg == "fix" for k in node.keywords):
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", name


def test_who_makes_a_failure_tells_it_the_next_step() -> None:
    defaults = {"BadReference", "EditRefused"}  # have one of their own
    assert [found for found in raised() if found[1] not in {*WITHOUT, *defaults}] == []


def test_the_list_of_exceptions_is_no_longer_than_needed() -> None:
    assert set(WITHOUT) <= {kind.__name__ for kind in FAILURES}


def test_a_failed_command_shows_the_end_of_what_it_said() -> None:
    said = "\n".join(f"line {number}" for number in range(100))
    failure = CommandFailed("docker build .", 1, "", said)
    assert failure.what.startswith("`docker build .` failed with exit code 1:\n")
    assert "line 99" in failure.what
    assert "line 0\n" not in failure.what
    assert CommandFailed("false", 1, "", "").what == "`false` failed with exit code 1"
    assert "on stdout" in CommandFailed("x", 1, "on stdout", "").what


def test_the_others_of_this_file() -> None:
    assert "`git`" in CommandMissing("git").what
    assert "within 5 s" in CommandTimedOut("x", 5.0).what
    assert str(BadFile("a.yaml", "is odd.", line=3)) == "a.yaml:3: is odd."
    assert str(BadFile("a.yaml", "is odd.", fix="mend")) == "a.yaml: is odd.\n  → mend"

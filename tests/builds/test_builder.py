"""Which builder is chosen, by what is asked for and what buildx and docker say there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from hubimages.builds.builder import Asked, Builder, WrongBuilder, choose, likely
from hubimages.engine import (
    BuilderSilent,
    Engine,
    NoBuildx,
    NoDocker,
    NoEngine,
    UnknownBuilder,
    builders,
)
from hubimages.errors import CommandMissing, Failure
from hubimages.process import Completed
from hubs import Recorder, said

REMOTE = """\
Name:   farm
Driver: remote

Nodes:
Name:             farm0
Endpoint:         tcp://farm.example.org:1234
Status:           running
Platforms:        linux/amd64*, linux/386
"""
DOCKER = "Name:   default\nDriver: docker\n\nNodes:\nStatus:    running\nPlatforms: linux/amd64\n"


def engine(
    platform: str = "linux/amd64",
    *,
    buildx: bool = True,
    inspected: Mapping[str, str] | None = None,
    contexts: Sequence[str] = ("default", "second"),
    of: str = "",
) -> Engine:
    """Return the engine that the images of a builder come to, where these are what there is."""
    known = {"": DOCKER, **(inspected or {})}

    def answer(argv: Sequence[str]) -> Completed:
        words = [word for word in argv[1:] if word not in ("--context", "second", "--bootstrap")]
        match words:
            case ["context", "ls", *_]:
                return said(argv, "\n".join(contexts))
            case ["buildx", "version"]:
                return said(argv, code=0 if buildx else 1)
            case ["buildx", "inspect", *name]:
                found = known.get("".join(name))
                lost = f'ERROR: no builder "{"".join(name)}" found'
                return said(argv, found or "", code=0 if found else 1, stderr="" if found else lost)
            case _:
                return said(argv, platform)

    return builders.engine(Recorder(answer), of)


def asked(platform: str = "linux/amd64", **options: object) -> Asked:
    return Asked(platform=platform, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("choice", "wanted", "here", "expected"),
    [
        ("auto", "linux/amd64", "linux/amd64", "docker-build"),
        ("auto", "linux/amd64", "linux/arm64", "docker-buildx"),
        ("docker-buildx", "linux/amd64", "linux/amd64", "docker-buildx"),
        ("docker-build", "linux/arm64", "linux/arm64", "docker-build"),
    ],
)
def test_it_goes_by_the_platform(choice: str, wanted: str, here: str, expected: str) -> None:
    assert choose(asked(wanted, choice=choice), engine(here)) == Builder(program=expected)  # type: ignore[arg-type]


def test_buildx_that_is_needed_and_missing() -> None:
    with pytest.raises(NoBuildx, match="linux/amd64 on a linux/arm64 engine") as caught:
        choose(asked(), engine("linux/arm64", buildx=False))
    assert "docker-buildx" in caught.value.fix
    assert choose(asked(), engine(buildx=False)).program == "docker-build"


def test_docker_build_for_another_platform() -> None:
    with pytest.raises(Failure, match="own platform, linux/arm64") as caught:
        choose(asked(choice="docker-build"), engine("linux/arm64"))
    assert "--builder docker-buildx" in caught.value.fix


def absent(argv: Sequence[str]) -> Completed:
    raise CommandMissing(argv[0])


def test_no_docker_and_no_engine() -> None:
    with pytest.raises(NoDocker):
        choose(asked(), Engine(Recorder(absent)))
    with pytest.raises(NoDocker):
        choose(asked(name="farm"), Engine(Recorder(absent)))
    down = Recorder(lambda argv: said(argv, code=1, stderr="Is the docker daemon running?"))
    with pytest.raises(NoEngine):
        choose(asked(), Engine(down))


# --- one that is named -------------------------------------------------------------------------


def test_a_builder_of_buildx_loads_into_the_engine_that_docker_talks_to() -> None:
    found = engine(of="farm", inspected={"farm": REMOTE})
    assert found.context == ""
    chosen = choose(asked(name="farm"), found)
    assert (chosen.program, chosen.driver) == ("docker-buildx", "remote")
    assert chosen.env == {"BUILDX_BUILDER": "farm"}
    assert ["docker", "buildx", "inspect", "--bootstrap", "farm"] in found.run.ran  # type: ignore[attr-defined]


def test_a_context_is_the_engine_itself() -> None:
    found = engine(of="second")
    assert found.words == ("docker", "--context", "second")
    chosen = choose(asked(name="second"), found)
    assert (chosen.program, chosen.name) == ("docker-build", "second")
    # DOCKER_HOST comes before DOCKER_CONTEXT, so it has to go
    assert chosen.env == {
        "DOCKER_CONTEXT": "second",
        "DOCKER_HOST": None,
        "BUILDX_BUILDER": "second",
    }
    assert choose(asked("linux/arm64", name="second"), found).program == "docker-buildx"
    assert "DOCKER_HOST" not in engine(of="default").env  # it is where that context leads


def test_a_name_that_there_is_not_names_those_that_there_are(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("docker")
    (home / "buildx/instances").mkdir(parents=True)
    (home / "buildx/instances/farm").write_text("{}")
    monkeypatch.setenv("DOCKER_CONFIG", str(home))
    with pytest.raises(UnknownBuilder, match="called fram") as caught:
        choose(asked(name="fram"), engine(of="fram"))
    assert "buildx has farm; docker has the contexts default, second" in caught.value.fix
    with pytest.raises(UnknownBuilder):
        likely(asked(name="fram"), lambda: engine(of="fram"))


@pytest.mark.parametrize("said", ["Name: farm\nDriver: \nError: connection refused\n", ""])
def test_a_builder_that_does_not_answer(said: str) -> None:
    broken = engine(of="farm", inspected={"farm": said or "Name: farm\nError: it is gone\n"})
    with pytest.raises(BuilderSilent, match=r"connection refused|it is gone") as caught:
        choose(asked(name="farm"), broken)
    assert "inspect --bootstrap farm" in caught.value.fix


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"choice": "docker-build"}, "a builder of buildx's"),
        ({"platform": "linux/arm64"}, "builds for linux/amd64, linux/386"),
    ],
)
def test_a_builder_that_cannot(options: dict[str, str], why: str) -> None:
    with pytest.raises(WrongBuilder, match=why):
        choose(asked(name="farm", **options), engine(of="farm", inspected={"farm": REMOTE}))  # type: ignore[arg-type]


def test_one_that_has_not_been_started_may_build_for_anything() -> None:
    cold = "Name: farm\nDriver: docker-container\n\nNodes:\nName: farm0\nStatus: inactive\n"
    found = engine(of="farm", inspected={"farm": cold})
    assert choose(asked("linux/riscv64", name="farm"), found).driver == "docker-container"


# --- with a cache ------------------------------------------------------------------------------


def test_a_cache_goes_through_buildx_where_that_is_there() -> None:
    caching = asked(cache=True)
    assert choose(caching, engine()).program == "docker-buildx"
    assert choose(caching, engine(buildx=False)).program == "docker-build"
    in_use = engine(inspected={"": REMOTE})  # by `docker buildx use`
    assert choose(caching, in_use).driver == "remote"
    assert choose(asked(cache=True, choice="docker-build"), engine()).program == "docker-build"


# --- in a dry run ------------------------------------------------------------------------------


def test_a_dry_run_needs_no_engine() -> None:
    def nowhere() -> Engine:
        raise NoDocker

    assert likely(asked(choice="docker-buildx"), nowhere).program == "docker-buildx"
    assert likely(asked(), lambda: engine("linux/arm64")).program == "docker-buildx"
    assert likely(asked(), nowhere).program.startswith("docker-build")
    assert likely(asked(name="farm"), nowhere).env == {"BUILDX_BUILDER": "farm"}
    assert likely(asked(name="second"), lambda: engine(of="second")).env["DOCKER_HOST"] is None

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from hubimages.engine import (
    Engine,
    LocalImage,
    NoBuildx,
    NoDocker,
    NoEngine,
    NoPermission,
    NotStarted,
    PushFailed,
    State,
    builders,
)
from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.process import Completed
from hubs import Recorder, said

GONE = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
CLOSED = (
    "permission denied while trying to connect to the Docker daemon socket at "
    "unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied"
)


def engine(stdout: str = "", *, code: int = 0, stderr: str = "") -> Engine:
    return Engine(Recorder(lambda argv: said(argv, stdout, code=code, stderr=stderr)))


def missing(argv: Sequence[str]) -> Completed:
    raise CommandMissing(argv[0])


def test_the_engines_platform() -> None:
    assert engine("linux/amd64\n").platform() == "linux/amd64"
    assert engine("linux/aarch64\n").platform() == "linux/arm64"


@pytest.mark.parametrize(
    ("stderr", "failure", "fix"),
    [
        (GONE, NoEngine, "systemctl start docker"),
        (f"warning: something\n{GONE}", NoEngine, "docker context ls"),
        ("error during connect: Get http://x: EOF", NoEngine, "start"),
        (
            "failed to connect to the docker API at tcp://x: dial tcp: lookup x: no such host",
            NoEngine,
            "start",
        ),
        (CLOSED, NoPermission, "usermod -aG docker"),
        ("Error response from daemon: oh", CommandFailed, ""),
    ],
)
def test_an_engine_that_does_not_answer(stderr: str, failure: type[Failure], fix: str) -> None:
    with pytest.raises(failure) as caught:
        engine(code=1, stderr=stderr).platform()
    assert type(caught.value) is failure
    assert stderr.splitlines()[-1] in caught.value.what
    assert fix in caught.value.fix


def test_without_docker() -> None:
    with pytest.raises(NoDocker) as caught:
        Engine(Recorder(missing)).platform()
    assert "apt-get install docker.io" in caught.value.fix


def test_whether_there_is_buildx() -> None:
    assert engine("github.com/docker/buildx v0.20").has_buildx()
    assert not engine(code=1, stderr="docker: 'buildx' is not a docker command.").has_buildx()
    assert "apt-get install docker-buildx" in NoBuildx("This").fix


INSPECTED = {
    "Id": "sha256:1",
    "Os": "linux",
    "Architecture": "arm64",
    "Variant": "v8",
    "Config": {"User": "jovyan", "Labels": {"a": "b"}},
}


def test_an_image_of_the_engine() -> None:
    found = engine(json.dumps([INSPECTED])).image("q/hub:1")
    assert found == LocalImage(
        id="sha256:1", platform="linux/arm64/v8", user="jovyan", labels={"a": "b"}
    )
    layered = {**INSPECTED, "RootFS": {"Type": "layers", "Layers": ["sha256:a", "sha256:b"]}}
    found = engine(json.dumps([layered])).image("q/hub:1")
    assert found
    assert found.diff_ids == ("sha256:a", "sha256:b")
    bare = {"Id": "x", "Os": "linux", "Architecture": "amd64", "Config": None}
    found = engine(json.dumps([bare])).image("q/hub:1")
    assert found == LocalImage(id="x", platform="linux/amd64", user="", labels={})


def test_an_image_that_is_not_there_and_an_engine_that_is_not() -> None:
    assert engine("[]", code=1, stderr="Error: No such image: q/hub:1").image("q/hub:1") is None
    with pytest.raises(NoEngine):
        engine("[]", code=1, stderr=GONE).image("q/hub:1")


def test_a_push_that_fails_says_why_and_that_the_image_is_kept() -> None:
    def answer(argv: Sequence[str]) -> Completed:
        failed = argv[1] == "push"
        return said(argv, "denied: quota" if failed else "linux/amd64", code=int(failed))

    with pytest.raises(PushFailed, match="denied: quota") as caught:
        Engine(Recorder(answer)).push("q/hub:1")
    assert "the image is kept" in caught.value.fix


def test_an_engine_that_went_away_is_the_cause() -> None:
    with pytest.raises(NoEngine):
        engine(code=1, stderr=GONE).push("q/hub:1")


RUN = {"name": "proof", "platform": "linux/amd64", "seconds": 5.0}


def test_a_script_runs_in_the_image_without_a_network() -> None:
    run = Recorder(lambda argv: said(argv, "out"))
    assert Engine(run).python("sha256:1", "script", ["{}"], **RUN).stdout == "out"  # type: ignore[arg-type]
    (words,) = run.ran
    assert words[:3] == ["docker", "run", "--rm"]
    assert words[words.index("--network") + 1] == "none"
    assert words[-3:] == ["sha256:1", "-", "{}"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), CommandTimedOut("docker run", 5)])
def test_an_interrupted_script_leaves_no_container(error: BaseException) -> None:
    def answer(argv: Sequence[str]) -> Completed:
        if argv[1] == "run":
            raise error
        return said(argv)

    run = Recorder(answer)
    with pytest.raises(type(error)):
        Engine(run).python("sha256:1", "script", [], **RUN)  # type: ignore[arg-type]
    assert run.ran[-1] == ["docker", "rm", "--force", "proof"]


def test_an_engine_that_stops_while_a_script_runs() -> None:
    def answer(argv: Sequence[str]) -> Completed:
        return said(argv, code=125 if argv[1] == "run" else 1, stderr=GONE)

    with pytest.raises(NoEngine):
        Engine(Recorder(answer)).python("sha256:1", "script", [], **RUN)  # type: ignore[arg-type]


# --- containers that are left running ----------------------------------------------------------------


def test_a_container_is_started_and_left() -> None:
    run = Recorder(lambda argv: said(argv, "id"))
    Engine(run).start(
        "sha256:1", ["cmd"], name="n", platform="linux/amd64", options=["--network=none"]
    )
    assert run.ran == [
        [
            *("docker", "run", "--detach", "--name", "n", "--label", "hubimages"),
            *("--platform", "linux/amd64", "--network=none", "sha256:1", "cmd"),
        ]
    ]


def test_a_container_that_does_not_start() -> None:
    def answer(argv: Sequence[str]) -> Completed:
        failed = argv[1] == "run"
        return said(argv, "linux/amd64", code=127 if failed else 0, stderr="docker: no such file")

    with pytest.raises(NotStarted, match="n could not be started: docker: no such file"):
        Engine(Recorder(answer)).start("sha256:1", [], name="n", platform="linux/amd64")
    with pytest.raises(NoEngine):
        engine(code=125, stderr=GONE).start("sha256:1", [], name="n", platform="linux/amd64")


def test_the_state_of_a_container() -> None:
    text = json.dumps({"Running": False, "ExitCode": 137, "OOMKilled": True, "Pid": 0})
    assert engine(text).state("n") == State(running=False, code=137, out_of_memory=True)
    assert engine(code=1, stderr="Error: No such container: n").state("n") is None
    with pytest.raises(NoEngine):
        engine(code=1, stderr=GONE).state("n")


def test_what_a_container_wrote() -> None:
    assert engine("out\n", stderr="err\n").logs("n") == "out\nerr\n"


def test_containers_by_the_beginning_of_their_names() -> None:
    assert engine("n-1\tx:/lock\nn-2\t\n").containers("n-", "l") == {"n-1": "x:/lock", "n-2": ""}


def test_containers_are_removed_with_their_volumes() -> None:
    run = Recorder(lambda argv: said(argv, code=1, stderr="No such container: b"))
    Engine(run).remove("a", "b")
    assert run.ran == [["docker", "rm", "--force", "--volumes", "a", "b"]]


# --- the engine of a docker context ------------------------------------------------------------


def test_every_command_goes_to_the_context() -> None:
    run = Recorder(lambda argv: said(argv, "[]", code=0))
    there = Engine(run, "second")
    there.platform()
    there.push("n:1")
    there.pull("n:1", "linux/amd64")
    there.python("n:1", "", [], name="c", platform="linux/amd64", seconds=1)
    there.start("n:1", [], name="c", platform="linux/amd64")
    there.logs("c")
    there.remove("c")
    there.forget_stopped()
    there.push_as("n:1", "n:2")
    there.stores_in_containerd()
    assert len(run.ran) > 10
    assert {tuple(words[:3]) for words in run.ran} == {("docker", "--context", "second")}


def test_an_engine_that_is_silent_is_named_with_its_context() -> None:
    def silent(argv: Sequence[str]) -> Completed:
        raise CommandTimedOut("docker version", 3)

    with pytest.raises(NoEngine, match="of context second does not answer: no answer within 3 s"):
        Engine(Recorder(silent), "second", 3).platform()


def test_a_builder_of_several_nodes_builds_for_what_any_of_them_does() -> None:
    listed = """\
Name:   farm
Driver: docker-container

Nodes:
Name:      farm0
Status:    running
Platforms: linux/amd64, linux/386

Name:      farm1
Status:    running
Platforms: linux/arm64*

Name:      farm2
Error:     it is off
"""
    found = builders.inspect(Recorder(lambda argv: said(argv, listed)), "farm")
    assert found.platforms == ("linux/amd64", "linux/386", "linux/arm64")
    assert (found.name, found.driver, found.status) == ("farm", "docker-container", "running")

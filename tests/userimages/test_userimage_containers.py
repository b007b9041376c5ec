from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from socket import gethostname

import pytest

from hubimages import locks
from hubimages.engine import Engine, LocalImage, NoEngine
from hubimages.process import Completed
from hubimages.userimages import containers, running
from hubimages.userimages.running import NoPython, NotRun
from hubs import Recorder, said

IMAGE = LocalImage(id="sha256:1", platform="linux/amd64", user="1000", labels={})
ENDED = json.dumps({"Running": False, "ExitCode": 0, "OOMKilled": False})


class Stage:
    """Plays an engine: what each container logs, by the command that it runs."""

    def __init__(self, log: str = "", *, fails: str = "", starts: bool = False) -> None:
        self.log, self.fails, self.starts = log, fails, starts
        self.run = Recorder(self.answer)

    def answer(self, argv: Sequence[str]) -> Completed:
        match argv[1]:
            case "run" if self.fails:
                return said(argv, code=125, stderr=self.fails)
            case "container":
                return said(argv, ENDED)
            case "run" if argv[-1] == "--version" and not self.starts:
                return said(argv, code=127, stderr="executable file not found")
            case "logs":
                return said(argv, self.log)
        return said(argv, "linux/amd64")

    def ran(self, word: str) -> list[list[str]]:
        return [argv for argv in self.run.ran if argv[1] == word]

    @property
    def engine(self) -> Engine:
        return Engine(self.run)


FACTS = json.dumps({"python": "/opt/bin/python3", "command": "/opt/bin/jupyterhub-singleuser"})


def test_nothing_that_runs_has_a_network_or_rights() -> None:
    stage = Stage(f"banner\n{FACTS}\n")
    facts = running.look_inside(stage.engine, IMAGE)
    running.serve(stage.engine, IMAGE, facts, ref="q/i:1", hub="5.0", seconds=1)
    inside, standin, server = stage.ran("run")
    name = standin[standin.index("--name") + 1]
    assert "--network=none" in inside
    assert "--network=none" in standin
    assert f"--network=container:{name}" in server
    for words in (inside, standin, server):
        assert words[words.index("--cap-drop") + 1] == "ALL"
        assert "no-new-privileges" in words
        assert words[words.index("--user") + 1] == "1000"
        assert words[words.index("--group-add") + 1] == "100"
        assert {"--memory", "--pids-limit"} <= set(words)


def test_the_server_gets_its_own_entry_point_and_what_a_hub_says() -> None:
    stage = Stage(FACTS)
    facts = running.look_inside(stage.engine, IMAGE)
    running.serve(stage.engine, IMAGE, facts, ref="q/i:1", hub="5.0", seconds=1)
    _, standin, server = stage.ran("run")
    assert "--entrypoint=/opt/bin/python3" in standin
    assert server[-2:] == ["sha256:1", "jupyterhub-singleuser"]
    assert not [word for word in server if word.startswith("--entrypoint")]
    assert "--env=JUPYTERHUB_SERVICE_PREFIX=/user/ada/" in server
    assert "--env=JUPYTERHUB_API_URL=http://127.0.0.1:8081/hub/api" in server
    assert "--env=JUPYTERHUB_BASE_URL=/" in server
    assert json.loads(standin[-1])["version"] == "5.0"


def test_the_home_folder_is_the_volume_of_both_containers() -> None:
    stage = Stage(FACTS)
    facts = running.look_inside(stage.engine, IMAGE)
    running.serve(stage.engine, IMAGE, facts, ref="q/i:1", hub="5.0", seconds=1)
    inside, standin, server = stage.ran("run")
    (mount,) = (
        word for word in standin if word.startswith("--mount=type=volume,dst=/home/jovyan,")
    )
    assert {"volume-nocopy", '"volume-opt=o=gid=100', "mode=2775"} <= set(mount.split(","))
    assert f"--volumes-from={standin[standin.index('--name') + 1]}" in server
    assert "--workdir=/tmp" in inside  # its own may be closed to uid 1000


def test_a_python_that_only_starts_without_the_entry_point() -> None:
    stage = Stage()
    stage.log = "usage: server"
    with pytest.raises(NoPython, match="usage: server"):
        running.look_inside(stage.engine, IMAGE)
    first, second, _ = stage.ran("run")
    assert not [word for word in first if word.startswith("--entrypoint")]
    assert "--entrypoint=python3" in second


def test_no_python() -> None:
    with pytest.raises(NoPython, match="executable file not found"):
        running.look_inside(Stage(fails='exec: "python3": executable file not found').engine, IMAGE)


def test_a_command_that_brings_a_python_of_its_own() -> None:
    with pytest.raises(NotRun, match="jupyterhub-singleuser starts in it"):
        running.look_inside(Stage("no python3", starts=True).engine, IMAGE)


def test_another_processor() -> None:
    with pytest.raises(NotRun, match="cannot run linux/amd64") as caught:
        running.look_inside(Stage("exec /usr/bin/tini: exec format error").engine, IMAGE)
    assert "binfmt" in caught.value.fix


# --- nothing stays -----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_containers_and_volumes_go_whatever_happens(error: type[BaseException]) -> None:
    stage = Stage()
    held: list[tuple[str, Path]] = []

    def interrupted() -> None:
        with containers.running_containers(stage.engine) as (name, (_, label)):
            held.append((name, Path(label.rpartition(":")[2])))
            assert not locks.free(held[0][1])
            raise error

    with pytest.raises(error):
        interrupted()
    name, lock = held[0]
    assert stage.run.ran[-1] == [
        *("docker", "rm", "--force", "--volumes"),
        *(name, f"{name}-server", f"{name}-hub"),
    ]
    assert not lock.exists()


def listed(*lines: tuple[str, str]) -> Recorder:
    text = "".join(f"{name}\t{label}\n" for name, label in lines)
    return Recorder(lambda argv: said(argv, text if argv[1] == "ps" else ""))


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    here = gethostname()
    dead, alive = tmp_path / "dead", tmp_path / "alive"
    dead.touch()
    with locks.at(alive):
        run = listed(
            ("hubimages-check-1-hub", f"{here}:{dead}"),
            ("hubimages-check-1-server", f"{here}:{dead}"),
            ("hubimages-check-2", f"{here}:{alive}"),
            ("hubimages-check-3", f"elsewhere:{tmp_path / 'missing'}"),
            ("hubimages-check-4", f"{here}:{tmp_path / 'missing'}"),
            ("hubimages-check-5", ""),
        )
        containers.sweep(Engine(run))
    assert run.ran[-1][2:] == [
        *("--force", "--volumes"),
        *("hubimages-check-4", "hubimages-check-1-server", "hubimages-check-1-hub"),
    ]


def test_what_another_person_runs_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", closed)  # root, as which tests may run, is let in everywhere
    run = listed(("hubimages-check-1", f"{gethostname()}:{tmp_path / 'lock'}"))
    containers.sweep(Engine(run))
    assert [argv[1] for argv in run.ran] == ["ps"]


def test_nothing_to_sweep() -> None:
    run = listed()
    containers.sweep(Engine(run))
    assert [argv[1] for argv in run.ran] == ["ps"]


def test_an_engine_that_goes_meanwhile() -> None:
    gone = "Cannot connect to the Docker daemon at x. Is the docker daemon running?"
    run = Recorder(lambda argv: said(argv, code=1, stderr=gone))
    with pytest.raises(NoEngine):
        running.look_inside(Engine(run), IMAGE)

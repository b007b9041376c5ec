from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import hubs
from hubimages import doctor
from hubimages.config import Settings
from hubimages.doctor import Point
from hubimages.engine import Engine
from hubimages.errors import CommandMissing, CommandTimedOut
from hubimages.git import Git
from hubimages.process import Completed
from hubimages.registry import Granted, NotLoggedIn, Refused, RepositoryMissing, Unknown
from hubs import FakeRegistry, Hubs, Recorder, said

Answer = Callable[[Sequence[str]], Completed | None]


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


@pytest.fixture(autouse=True)
def a_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text("current-context: here\ncontexts: [{name: here, context: {cluster: there}}]\n")
    monkeypatch.setenv("KUBECONFIG", str(file))


INSPECTED = (
    "Name:   default\nDriver: docker\n\nNodes:\nStatus:    running\nPlatforms: linux/amd64\n"
)


def well(argv: Sequence[str]) -> Completed:
    if argv[0] == "helm":
        return said(argv, "v4.1.4")
    match argv[1:]:
        case ["version", *_]:
            return said(argv, "linux/amd64")
        case ["context", "ls", *_]:
            return said(argv, "default\n")
        case ["buildx", "inspect", *_]:
            return said(argv, INSPECTED)
        case _:
            return said(argv, f"{Path(argv[0]).name} 1.2.3")


def examine(
    repo: Hubs,
    answer: Answer = well,
    registry: FakeRegistry | None = None,
    settings: Settings = hubs.SETTINGS,
) -> dict[str, Point]:
    run = Recorder(answer)
    points = doctor.examine(
        Git.at(repo.path, run),
        Engine(run),
        registry or FakeRegistry(),  # type: ignore[arg-type]
        repo.images,
        settings,
    )
    found = {point.name: point for point in points}
    for point in found.values():
        assert point.ok is True or point.fix, point  # a tick, or what to do
    return found


def test_where_nothing_is_missing_every_point_is_a_tick(repo: Hubs) -> None:
    found = examine(repo)
    assert [name for name, point in found.items() if not point.ok] == []
    assert list(found) == [
        "git",
        "git identity",
        "full clone",
        "docker command",
        "engine",
        "builder",
        "buildx",
        "docker context default",
        "chartpress",
        "git-filter-repo",
        "helm",
        "kubeconfig",
        "kubectl",
        "sops",
        "base and chart of hub",
        "base and chart of hub-experimental",
        "push to quay.io/example/hub",
        "push to quay.io/example/hub-experimental",
    ]
    assert found["git identity"].detail == "Test Operator <operator@example.org>"
    assert found["builder"].detail == "docker-build for linux/amd64, on a linux/amd64 engine"


@pytest.mark.parametrize("program", ["helm", "kubectl", "sops"])
def test_what_only_a_deployment_needs_is_no_failure(repo: Hubs, program: str) -> None:
    def without(argv: Sequence[str]) -> Completed:
        if argv[0] == program:
            raise CommandMissing(program)
        return well(argv)

    point = examine(repo, without)[program]
    assert point.ok is None
    assert "install" in point.fix


def test_no_context(repo: Hubs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "nowhere")
    point = examine(repo)["kubeconfig"]
    assert point.ok is None
    assert "no current context" in point.detail


def test_another_deployer_needs_none_of_it(repo: Hubs) -> None:
    found = examine(repo, settings=Settings(deploy_command="deployer deploy {cluster} {hub}"))
    assert found["deployment"].ok
    assert not {"helm", "kubectl", "sops", "kubeconfig"} & found.keys()


# --- builders ----------------------------------------------------------------------------------


def test_every_builder_says_what_it_builds_for_or_why_it_does_not(
    repo: Hubs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDX_CONFIG", str(tmp_path))
    for name in ("boxed", "far", "fast", "silent"):
        (tmp_path / "instances").mkdir(exist_ok=True)
        (tmp_path / "instances" / name).write_text("{}")
    inspected = {
        "gone": "Name: gone\nDriver: \nError:  Cannot connect to the Docker daemon\n",
        "boxed": "Name: boxed\nDriver: docker-container\nNodes:\nStatus: inactive\n",
        "far": "Name: far\nDriver: remote\nNodes:\nStatus: inactive\n",
        "fast": "Name: fast\nDriver: remote\nNodes:\nStatus: running\nPlatforms: linux/arm64*\n",
    }

    def answer(argv: Sequence[str]) -> Completed:
        if argv[1:3] == ["context", "ls"]:
            return said(argv, "default\ngone\n")
        if argv[1:3] == ["buildx", "inspect"] and argv[-1] == "silent":
            raise CommandTimedOut("docker buildx inspect silent", 5)
        if argv[1:3] == ["buildx", "inspect"] and argv[-1] == "nope":
            return said(argv, code=1, stderr='ERROR: no builder "nope" found')
        if argv[1:3] == ["buildx", "inspect"] and argv[-1] in inspected:
            return said(argv, inspected[argv[-1]])
        return well(argv)

    found = examine(repo, answer)
    shown = {
        name: (p.ok, p.detail)
        for name, p in found.items()
        if name.startswith(("docker context", "buildx builder"))
    }
    assert shown == {
        "docker context default": (True, "docker, running: linux/amd64"),
        "docker context gone": (
            None,
            "The builder gone does not answer: Cannot connect to the Docker daemon",
        ),
        "buildx builder boxed": (True, "docker-container, inactive: not started yet"),
        "buildx builder far": (None, "remote, inactive: it does not answer"),
        "buildx builder fast": (True, "remote, running: linux/arm64 (not linux/amd64)"),
        "buildx builder silent": (None, "The builder silent does not answer: no answer within 5 s"),
    }
    named = examine(repo, answer, settings=Settings(builder_name="fast", platform="linux/arm64"))
    assert named["builder"].detail == (
        "docker-buildx with fast (remote) for linux/arm64, on a linux/amd64 engine"
    )
    assert examine(repo, answer, settings=Settings(builder_name="nope"))["builder"].ok is False


def test_without_buildx_a_context_is_asked_itself(repo: Hubs) -> None:
    def answer(argv: Sequence[str]) -> Completed:
        if argv[1:3] == ["buildx", "inspect"]:
            return said(argv, code=1, stderr="docker: unknown command: docker buildx")
        if argv[1:3] == ["--context", "default"]:
            return said(argv, "linux/arm64")
        return well(argv)

    point = examine(repo, answer)["docker context default"]
    assert (point.ok, point.detail) == (True, "docker, running: linux/arm64 (not linux/amd64)")


# --- the machine and the clone -----------------------------------------------------------------


def test_no_identity(repo: Hubs, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NAME", "EMAIL"):
        monkeypatch.delenv(f"GIT_COMMITTER_{name}")
    repo.ask("config", "user.useConfigOnly", "true")
    point = examine(repo)["git identity"]
    assert point.ok is False
    assert "git config --global user.name" in point.fix


def test_a_shallow_clone(repo: Hubs, tmp_path: Path) -> None:
    repo.commit()
    repo.ask("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    point = examine(Hubs(tmp_path / "shallow"))["full clone"]
    assert (point.ok, "git fetch --unshallow" in point.fix) == (False, True)


def test_an_old_git(repo: Hubs) -> None:
    class Old(Recorder):
        def __call__(self, argv: Sequence[str], **options: object) -> Completed:  # type: ignore[override]
            if argv[-1] == "--version" and argv[0] == "git":
                return said(argv, "git version 2.30.2\n")
            return super().__call__(argv, **options)  # type: ignore[arg-type]

    run = Old(well)
    first = next(
        doctor.examine(
            Git.at(repo.path, run),
            Engine(run),
            FakeRegistry(),
            repo.images,
            hubs.SETTINGS,  # type: ignore[arg-type]
        )
    )
    assert (first.name, first.ok) == ("git", False)
    assert "2.30.2 is older" in first.detail


def test_no_docker(repo: Hubs) -> None:
    def answer(argv: Sequence[str]) -> Completed:
        if argv[0] == "docker":
            raise CommandMissing("docker")
        return well(argv)

    found = examine(repo, answer)
    assert found["docker command"].ok is False
    assert "apt-get install docker.io" in found["docker command"].fix
    assert found["engine"].ok is False
    assert "builder" not in found


def test_no_chartpress(repo: Hubs) -> None:
    def answer(argv: Sequence[str]) -> Completed:
        if argv[0] != "docker":
            raise CommandMissing(argv[0])
        return well(argv)

    assert examine(repo, answer)["chartpress"].fix == "pip install chartpress"


@pytest.mark.parametrize(
    ("stderr", "fix"),
    [
        ("Is the docker daemon running?", "systemctl start docker"),
        ("permission denied while trying to connect", "usermod"),
        ("Error response from daemon: oh", "docker version"),
    ],
)
def test_no_engine(repo: Hubs, stderr: str, fix: str) -> None:
    def answer(argv: Sequence[str]) -> Completed:
        return said(argv, code=1, stderr=stderr) if argv[1] == "version" else well(argv)

    point = examine(repo, answer)["engine"]
    assert point.ok is False
    assert stderr in point.detail
    assert fix in point.fix


def without_buildx(here: str) -> Answer:
    def answer(argv: Sequence[str]) -> Completed:
        if argv[1] == "buildx":
            return said(argv, code=1)
        return said(argv, here) if argv[1] == "version" else well(argv)

    return answer


def test_buildx_is_missing_only_where_it_is_needed(repo: Hubs) -> None:
    unneeded = examine(repo, without_buildx("linux/amd64"))
    assert (unneeded["builder"].ok, unneeded["buildx"].ok) == (True, None)
    needed = examine(repo, without_buildx("linux/arm64"))
    assert needed["builder"].ok is False
    asked = examine(repo, without_buildx("linux/amd64"), settings=Settings(builder="docker-buildx"))
    assert asked["builder"].ok is False


def test_base_and_chart_apart(repo: Hubs) -> None:
    repo.commit({"helm-charts/basehub/Chart.yaml": hubs.CHART.replace("4.3.3", "4.4.0")})
    point = examine(repo)["base and chart of hub"]
    assert (point.ok, point.fix) == (False, "invoke upgrade-base --to 4.4.0")
    repo.commit({"helm-charts/basehub/Chart.yaml": hubs.CHART.replace("4.3.3", "^4.0.0")})
    assert examine(repo)["base and chart of hub"].ok is None


def test_a_chart_that_cannot_be_read_is_a_point_and_not_the_end(repo: Hubs) -> None:
    repo.write("helm-charts/basehub/Chart.yaml", "dependencies: 1\n")
    found = examine(repo)
    assert found["base and chart of hub"].ok is False
    assert found["push to quay.io/example/hub"].ok is True


@pytest.mark.parametrize(
    ("rights", "ok", "fix"),
    [
        (Granted(), True, ""),
        (NotLoggedIn("no login", "docker login quay.io"), False, "docker login quay.io"),
        (Refused("no", "ask its owner"), False, "ask its owner"),
        (RepositoryMissing("no", "create it"), False, "create it"),
        (Unknown("It hangs.", "look there"), None, "look there"),
        (Unknown("It hangs."), None, "again"),
    ],
)
def test_push_rights(
    repo: Hubs,
    rights: Granted | NotLoggedIn | Refused | RepositoryMissing | Unknown,
    ok: bool | None,
    fix: str,
) -> None:
    point = examine(repo, registry=FakeRegistry(rights=rights))["push to quay.io/example/hub"]
    assert point.ok is ok
    assert fix in point.fix


def test_a_name_that_is_none(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs", name="quay.io/UPPER/")
    point = examine(repo)["push to quay.io/UPPER/hub"]
    assert point.ok is False
    assert "lower case" in point.detail


def test_without_git_filter_repo_all_but_one_command_works(
    repo: Hubs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", gone)
    point = examine(repo)["git-filter-repo"]
    assert point.ok is None
    assert "pip install git-filter-repo" in point.fix

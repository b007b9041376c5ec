"""Build, prove, push, in this order and not further than each allows."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

import hubs
from hubimages import locks, pins, scratch
from hubimages.builds import run
from hubimages.builds.builder import Builder
from hubimages.builds.labels import BASE_NAME, BUILT_AS, CREATED, PINS, REVISION, SOURCE
from hubimages.builds.plan import Plan
from hubimages.builds.preflight import RegistrySilent
from hubimages.builds.proof import ProofFailed
from hubimages.builds.pushing import NotBuilt, NotSeen, NotTheSame, TagTaken
from hubimages.builds.run import Made
from hubimages.builds.tools import Tools
from hubimages.chartpress import BuildFailed
from hubimages.console import Console
from hubimages.engine import Engine, NoEngine, PushFailed
from hubimages.process import Completed
from hubimages.reference import Reference
from hubimages.registry import Image, NotThere, Unknown
from hubs import FakeRegistry, Hubs, Recorder, said

PLAIN = Builder(program="docker-build")
SHA = "a" * 40
PIN = f"git+https://github.com/o/firstuse@{SHA}"
GONE = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
REPORT: dict[str, Any] = {
    "uid": 1000,
    "pip": {"ok": True, "said": ""},
    "packages": [
        {"name": "f", "version": "1", "url": "https://github.com/o/firstuse", "commit": SHA}
    ],
    "hub": {"ok": True, "status": 200, "said": "", "seconds": 1.0},
}


@dataclass
class World:
    """An engine with chartpress, and a registry that gets what is pushed."""

    repo: Hubs
    registry: FakeRegistry = field(default_factory=FakeRegistry)
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=lambda: dict(REPORT))
    broken: dict[str, Completed] = field(default_factory=dict)  # by the program's first words
    seen: list[str] = field(default_factory=list)
    pushes: Image | NotThere | Unknown = field(default_factory=hubs.pushed)
    config: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.run = Recorder(self.answer)
        self.console = Console(stream=io.StringIO(), environ={})

    @property
    def tools(self) -> Tools:
        git = self.repo.git
        return Tools(
            git=type(git).at(self.repo.path, self.run),
            engine=Engine(self.run),
            registry=self.registry,  # type: ignore[arg-type]
            console=self.console,
        )

    def plan(self, **options: Any) -> Plan:
        return hubs.plan(self.repo, self.registry, **options)

    def build(self, plan: Plan | None = None, builder: Builder = PLAIN) -> Made:
        return run.build(plan or self.plan(), builder, self.tools)

    def answer(self, argv: Sequence[str]) -> Completed | None:
        program = Path(argv[0]).name
        what = program if program == "chartpress" else f"{program} {argv[1]}"
        self.seen.append(what)
        if what in self.broken:
            return self.broken[what]
        match what:
            case "chartpress":
                self.chartpress()
            case "docker image":
                held = self.images.get(argv[-1])
                return said(argv, json.dumps([held]) if held else "[]", code=0 if held else 1)
            case "docker run":
                return said(argv, json.dumps(self.report))
            case "docker push":
                self.registry.found = self.pushes
            case "docker version":
                return said(argv, "linux/amd64")
        return None

    def chartpress(self) -> None:
        assert self.run.cwd
        self.config = yaml.safe_load((self.run.cwd / "chartpress.yaml").read_text())
        ((key, options),) = self.config["charts"][0]["images"].items()
        labels = dict(
            option.removeprefix("--label=").partition("=")[::2]
            for option in options["extraBuildCommandOptions"]
            if option.startswith("--label=")
        )
        name = hubs.plan(self.repo, FakeRegistry(), key).full_name
        self.images[name] = image(labels)


def image(labels: dict[str, str], ident: str = hubs.CONFIG) -> dict[str, Any]:
    config = {"User": "jovyan", "Labels": labels}
    return {"Id": ident, "Os": "linux", "Architecture": "amd64", "Config": config}


@pytest.fixture
def world(tmp_path: Path) -> World:
    repo = hubs.make(tmp_path / "hubs")
    repo.commit({hubs.requirements("folders"): f"{PIN}\n"})
    return World(repo)


def test_build_prove_push(world: World) -> None:
    plan = world.plan()
    assert world.build(plan) == Made(digest=hubs.DIGEST, built=True, pushed=True)
    assert world.seen == [
        "docker image",
        "chartpress",
        "docker image",
        "docker container",
        "docker run",
        "docker image",
        "docker push",
    ]
    assert world.console.done == [
        f"built {plan.full_name} (in the engine)",
        "proved it",
        f"pushed {plan.full_name}",
    ]
    assert world.registry.asked[-2:] == [f"inspect {plan.full_name}"] * 2


def test_the_image_is_labelled(world: World) -> None:
    world.repo.ask("remote", "add", "origin", "https://me:hunter2@github.com/o/hubs.git")
    world.build()
    ((name, held),) = world.images.items()
    labels = held["Config"]["Labels"]
    assert labels.pop(CREATED)
    assert labels == {
        REVISION: world.repo.head(),
        SOURCE: "https://github.com/o/hubs",
        BASE_NAME: "quay.io/jupyterhub/k8s-hub:4.3.3",
        PINS: json.dumps([PIN]),
        BUILT_AS: name,
    }


def test_a_dockerfile_that_is_a_link_to_another_image_s(world: World) -> None:
    charts = world.repo.path / "helm-charts"
    (charts / "images/hub-experimental/Dockerfile").unlink()
    (charts / "images/hub-experimental/Dockerfile").symlink_to("../hub/Dockerfile")
    world.repo.commit({})
    read: list[str] = []

    def answer(argv: Sequence[str]) -> Completed | None:
        if Path(argv[0]).name == "chartpress":
            assert world.run.cwd
            read.append((world.run.cwd / "images/hub-experimental/Dockerfile").read_text())
        return world.answer(argv)

    world.run = Recorder(answer)
    world.build()
    assert read == [(charts / "images/hub/Dockerfile").read_text()]


def test_without_push_nothing_leaves_the_machine(world: World) -> None:
    assert world.build(world.plan(push=False)) == Made(digest=None, built=True, pushed=False)
    assert "docker push" not in world.seen


def test_the_persons_tree_is_as_before(world: World) -> None:
    world.repo.write("helm-charts/basehub/Chart.yaml", "mine\n")
    world.repo.write("helm-charts/basehub/values.yaml", "mine\n")
    before = world.repo.state()
    world.build()
    assert world.repo.state() == before
    assert world.repo.ask("worktree", "list").count("\n") == 1


def test_the_builder_goes_to_chartpress(world: World) -> None:
    world.build(world.plan(platform="linux/amd64"), Builder(program="docker-buildx"))
    (words,) = [words for words in world.run.ran if words[0].endswith("chartpress")]
    assert words[1:] == ["--force-build", "--builder", "docker-buildx", "--platform", "linux/amd64"]


def test_an_image_that_was_built_before_is_not_built_again(world: World) -> None:
    world.build(world.plan(push=False))
    world.seen.clear()
    assert world.build() == Made(digest=hubs.DIGEST, built=False, pushed=True)
    assert "chartpress" not in world.seen
    assert "docker run" in world.seen


@pytest.mark.parametrize(
    "labels",
    [{}, {REVISION: "f" * 40, PINS: "[]"}, {REVISION: "HEAD"}],
    ids=["no", "old", "base's"],
)
def test_an_image_of_another_build_is_not_taken(world: World, labels: dict[str, str]) -> None:
    plan = world.plan()
    labels = {name: plan.tag.revision if v == "HEAD" else v for name, v in labels.items()}
    world.images[plan.full_name] = image(labels)
    assert world.build(plan).built


def test_a_failed_build_says_what_docker_said(world: World) -> None:
    world.broken["chartpress"] = said(["chartpress"], "ERROR: no matching distribution", code=1)
    with pytest.raises(BuildFailed, match="no matching distribution") as caught:
        world.build()
    assert "commit" in caught.value.fix
    assert world.repo.ask("worktree", "list").count("\n") == 1
    assert world.console.done == []


def test_an_engine_that_went_away_while_building(world: World) -> None:
    world.broken["chartpress"] = said(["chartpress"], "unexpected EOF", code=1)
    world.broken["docker version"] = said(["docker"], code=1, stderr=GONE)
    with pytest.raises(NoEngine):
        world.build()


def test_a_build_that_made_another_image(world: World) -> None:
    world.broken["chartpress"] = said(["chartpress"])
    with pytest.raises(NotBuilt) as caught:
        world.build()
    assert "chartpress --version" in caught.value.fix


def test_a_failed_proof_stops_the_push(world: World) -> None:
    world.report["uid"] = 0
    with pytest.raises(ProofFailed):
        world.build()
    assert "docker push" not in world.seen
    assert [line.split()[0] for line in world.console.done] == ["built"]


def test_a_failed_push(world: World) -> None:
    world.broken["docker push"] = said(["docker"], "denied", code=1)
    with pytest.raises(PushFailed, match="denied"):
        world.build()
    assert not any(line.startswith("pushed") for line in world.console.done)


# --- the registry, before the push -------------------------------------------------------------


def late(world: World, found: Image | NotThere | Unknown) -> None:
    """Build with a plan for which the tag was not there, and find something else now."""
    plan = world.plan()
    world.registry.found = found
    world.build(plan)


def test_a_silent_registry_stops_the_push(world: World) -> None:
    with pytest.raises(RegistrySilent, match="500"):
        late(world, Unknown("It answered 500."))
    assert "docker push" not in world.seen


def test_a_tag_that_came_meanwhile_is_never_overwritten(world: World) -> None:
    with pytest.raises(TagTaken):
        late(world, hubs.pushed(config="sha256:" + "e" * 64))
    assert "docker push" not in world.seen


@pytest.mark.parametrize(
    "found",
    [hubs.pushed(), hubs.pushed(config="x", digest=hubs.CONFIG)],
    ids=["config", "manifest, in containerd's store"],
)
def test_the_very_same_image_needs_no_push(world: World, found: Image) -> None:
    late(world, found)
    assert "docker push" not in world.seen


def test_an_image_that_changed_in_the_engine_since_its_proof_is_not_pushed(world: World) -> None:
    plan = world.plan()
    registry = world.registry
    real = registry.inspect

    def inspect(ref: Reference, platform: str = "") -> Image | NotThere | Unknown:
        world.images[plan.full_name] = image({}, "sha256:" + "e" * 64)
        return real(ref, platform)

    registry.inspect = inspect  # type: ignore[method-assign]
    with pytest.raises(NotBuilt):
        world.build(plan)
    assert "docker push" not in world.seen


# --- and after it ------------------------------------------------------------------------------


@pytest.mark.parametrize("found", [NotThere(), Unknown("It answered 500.")])
def test_a_push_that_cannot_be_seen_is_not_called_a_push_that_was_not_made(
    world: World, found: NotThere | Unknown
) -> None:
    world.pushes = found
    with pytest.raises(NotSeen, match="was pushed") as caught:
        world.build()
    assert "nothing is pushed" not in caught.value.what
    assert "again" in caught.value.fix
    assert world.console.done[-1].startswith("pushed")


def test_another_image_after_the_push(world: World) -> None:
    world.pushes = hubs.pushed(config="sha256:" + "e" * 64)
    with pytest.raises(NotTheSame, match=hubs.CONFIG):
        world.build()


# --- several at once ---------------------------------------------------------------------------


def test_ctrl_c_while_building_removes_the_worktree(world: World) -> None:
    def interrupt(argv: Sequence[str]) -> Completed | None:
        if argv[0].endswith("chartpress"):
            raise KeyboardInterrupt
        return World.answer(world, argv)

    world.run.answer = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.build()
    assert world.repo.ask("worktree", "list").count("\n") == 1
    assert scratch.sweep(world.repo.git) == 0
    with locks.lock(world.plan().full_name).acquire(timeout=0):
        pass  # the next build does not wait


def test_pins_of_an_image_without_requirements(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs")
    repo.commit(
        {
            "helm-charts/images/hub-experimental/Dockerfile": "FROM quay.io/jupyterhub/k8s-hub:4.3.3\n"
        }
    )
    assert pins.of(repo.images.named("hub-experimental")) == ()


# --- with a named builder, and a layer cache ---------------------------------------------------


def test_a_builder_s_variables_lead_chartpress_there(world: World) -> None:
    env = {"DOCKER_CONTEXT": "second", "DOCKER_HOST": None}
    world.build(world.plan(push=False), Builder(program="docker-build", name="second", env=env))
    assert world.run.env == env


def test_a_build_that_fails_over_its_cache_is_built_without(world: World) -> None:
    tries: list[list[str]] = []

    def answer(argv: Sequence[str]) -> Completed | None:
        done = world.answer(argv)
        if not argv[0].endswith("chartpress"):
            return done
        ((_, options),) = world.config["charts"][0]["images"].items()
        tries.append([x for x in options["extraBuildCommandOptions"] if x.startswith("--cache")])
        if len(tries) == 1:
            world.images.clear()
            return said(argv, "#9 exporting cache to registry\nERROR: denied", code=1)
        return None

    world.run.answer = answer
    plan = world.plan(cache=True)
    remote = Builder(program="docker-buildx", name="farm", driver="remote")
    assert world.build(plan, remote).built
    assert [len(options) for options in tries] == [1, 0]
    assert "built without it" in world.console.stream.getvalue()  # type: ignore[attr-defined]


def test_a_build_that_fails_for_itself_is_not_tried_again(world: World) -> None:
    world.broken["chartpress"] = said(["chartpress"], "ERROR: RUN exit 7", code=1)
    with pytest.raises(BuildFailed):
        world.build(world.plan(cache=True), Builder(program="docker-buildx", driver="remote"))
    assert world.seen.count("chartpress") == 1

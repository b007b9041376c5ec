"""experiment.promote and .drop where the engine, the clone or an earlier run is not as expected."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable

import pytest

import stack
from integration import lives
from integration.lives import Life
from integration.running import hubimages
from integration.support import in_registry

pytestmark = pytest.mark.usefixtures("base_image", "engine")
MakeHubs = Callable[..., stack.HubRepository]


def other(engine: stack.Engine, name: str, life: Life) -> None:
    """Give an image's name, in the engine, to one that has the newer release of what nothing pins."""
    life.release_loose()
    install = f"pip install --no-deps --force-reinstall 'git+{life.loose.url}@main'"
    subprocess.run(
        ["docker", "build", "--quiet", "--network=host", "--tag", name, "-"],
        input=f"FROM {name}\nUSER root\nRUN {install}\nUSER $NB_USER\n".encode(),
        env={**os.environ, "DOCKER_HOST": engine.host},
        check=True,
        capture_output=True,
    )


def test_what_ran_is_the_registrys_and_not_the_engines(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, engine: stack.Engine
) -> None:
    life = lives.begin(make_hub_repo(), git_server, "tried-astray")
    other(engine, f"{life.repo.image('hub-experimental')}:{life.tag}", life)
    life.promote("--push").failed(r"loose-tried-astray: 1\.0 .* → 2\.0", "--accept-drift")


def test_what_all_hubs_get_is_the_registrys_and_not_the_engines(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, engine: stack.Engine
) -> None:
    """Built here and not pushed; then somebody else builds and pushes the same tag."""
    life = lives.begin(make_hub_repo(), git_server, "new-astray")
    life.promote().ok()
    tag = hubimages(life.repo, "status", "--json").ok().json["production"]["tag"]
    name = f"{life.repo.image('hub')}:{tag}"
    engine.docker("tag", name, f"{name}-ours")
    other(engine, name, life)
    engine.docker("push", name)
    engine.docker("tag", f"{name}-ours", name)
    life.promote("--push").failed(r"loose-new-astray: 1\.0 .* → 2\.0", "--accept-drift")


def test_what_is_finished_is_not_begun_again(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, registry: stack.Registry
) -> None:
    """A later change of production's Dockerfile is no part of a promotion, nor of its undo."""
    life = lives.begin(make_hub_repo(), git_server, "finished")
    life.promote("--push").ok()
    path = life.repo.path / "helm-charts/images/hub/Dockerfile"
    start = life.repo.commit({str(path): path.read_text() + "ENV MORE=1\n"})
    again = life.promote("--push").ok()
    assert "nothing to promote" in again.stderr
    assert "build-hub --image hub --push" in again.stderr
    assert "git revert" not in again.stderr
    assert life.subjects(start) == []
    assert len(in_registry(registry, life.repo)) == 1


def test_drop_does_not_leave_half_a_promotion_behind(
    make_hub_repo: MakeHubs, git_server: stack.GitServer
) -> None:
    life = lives.begin(make_hub_repo(), git_server, "half")
    life.promote().ok()
    ran = hubimages(life.repo, "experiment.drop").failed("was begun", "git revert", "--push")
    undo = ran.stderr.partition("to take them back: ")[2].partition(", then")[0]
    subprocess.run(shlex.split(undo), cwd=life.repo.path, check=True, env=lives.env())
    hubimages(life.repo, "experiment.drop").ok()
    for image in ("hub", "hub-experimental"):
        assert life.pin not in (life.repo.path / life.repo.requirements(image)).read_text()

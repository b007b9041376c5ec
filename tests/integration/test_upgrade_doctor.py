"""doctor and upgrade-base on the real stack."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import stack
from integration.obstacles import refuse
from integration.running import hubimages
from integration.support import CHART, belongings, digest, in_registry, labels

MakeHubs = Callable[..., stack.HubRepository]
DOCKERFILES = [f"helm-charts/images/{name}/Dockerfile" for name in ("hub", "hub-experimental")]


# --- doctor -----------------------------------------------------------------------------------------


def points(document: list[dict[str, Any]]) -> dict[str, bool | None]:
    """Return what each point of a report says."""
    assert all(set(point) == {"name", "ok", "detail", "fix"} for point in document)
    return {point["name"]: point["ok"] for point in document}


def test_all_is_well(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    before = belongings(repo)

    ran = hubimages(repo, "doctor", "--json").ok()

    found = points(ran.json)
    optional = {"helm", "kubeconfig", "kubectl"}  # which this machine may have or not
    assert {ok for name, ok in found.items() if name not in optional} == {True}, ran.stderr
    wanted = {"git", "git identity", "full clone", "engine", "buildx", "chartpress"}
    pushes = {f"push to {repo.image(name)}" for name in ("hub", "hub-experimental")}
    assert wanted | pushes <= set(found)
    assert "✗" not in ran.stderr
    assert faulty.count("^POST") == faulty.count("^DELETE") == 2  # opened, and cancelled
    assert belongings(repo) == before


def test_without_an_engine(make_hub_repo: MakeHubs) -> None:
    repo = make_hub_repo()
    away = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    ran = hubimages(repo, "doctor", "--json", env=away).failed("✗ engine", "start it")
    assert points(ran.json)["engine"] is False
    assert points(ran.json)["git"] is True


def test_without_a_docker_command(make_hub_repo: MakeHubs, tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git
    (tmp_path / "git").symlink_to(git)
    ran = hubimages(make_hub_repo(), "doctor", "--json", env={"PATH": str(tmp_path)})
    ran.failed("no `docker` command", "docker.io")


@pytest.mark.parametrize(("status", "ok"), [(401, False), (403, None), (429, None), (500, None)])
def test_registry_that_takes_no_push(
    make_hub_repo: MakeHubs,
    engine: stack.Engine,
    faulty: stack.FaultyRegistry,
    status: int,
    ok: bool | None,
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    refuse(faulty, status)
    ran = hubimages(repo, "doctor", "--json")
    found = points(ran.json)
    assert found[f"push to {repo.image()}"] is ok
    assert str(status) in ran.stderr
    assert ran.code == (1 if False in found.values() else 0)


def test_logins(
    make_hub_repo: MakeHubs, engine: stack.Engine, locked_registry: stack.Registry, tmp_path: Path
) -> None:
    address = locked_registry.address
    repo = make_hub_repo(registry=address)
    push = f"push to {repo.image()}"

    out = hubimages(repo, "doctor", "--json").failed(re.escape(f"docker login {address}"))
    wrong = stack.docker_config(tmp_path / "wrong", {address: ("operator", "guessed-wrongly")})
    refused = hubimages(repo, "doctor", "--json", env=wrong).failed("does not accept")
    right = stack.docker_config(tmp_path / "right", locked_registry.logins)
    inside = hubimages(repo, "doctor", "--json", env=right).ok()

    assert [points(ran.json)[push] for ran in (out, refused, inside)] == [False, False, True]
    assert "guessed-wrongly" not in refused.stderr + refused.stdout


def test_a_clone_that_is_not_as_it_should_be(
    make_hub_repo: MakeHubs, engine: stack.Engine, tmp_path: Path
) -> None:
    repo = make_hub_repo()
    text = (repo.path / DOCKERFILES[0]).read_text()
    repo.commit({DOCKERFILES[0]: text.replace("4.3.3", "4.3.2")})
    shallow = tmp_path / "shallow"
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.origin}", str(shallow))
    nobody = {"GIT_COMMITTER_NAME": "", "GIT_AUTHOR_NAME": ""}

    ran = hubimages(repo, "doctor", "--json", cwd=shallow, env=nobody).failed(
        "git fetch --unshallow", "git config --global user.name", "upgrade-base --to 4.3.3"
    )

    found = points(ran.json)
    wrong = {name for name, ok in found.items() if ok is False}
    assert wrong == {"full clone", "git identity", "base and chart of hub"}


# --- upgrade-base -----------------------------------------------------------------------------------


@pytest.fixture
def upgradable(
    make_hub_repo: MakeHubs,
    engine: stack.Engine,
    base_image: str,
    registry: stack.Registry,
    faulty: stack.FaultyRegistry,
) -> Iterator[stack.HubRepository]:
    """A repository whose base image is on our registry, in versions 4.3.3 and 4.3.4."""
    base = f"{faulty.address}/jupyterhub/k8s-hub"
    for version in ("4.3.3", "4.3.4"):
        engine.docker("tag", base_image, f"{base}:{version}")
        engine.docker("push", f"{base}:{version}")
    repo = make_hub_repo(registry=faulty.address)
    texts = {path: (repo.path / path).read_text() for path in DOCKERFILES}
    repo.commit({p: t.replace("quay.io/jupyterhub/k8s-hub", base) for p, t in texts.items()})
    faulty.requests.clear()
    yield repo
    engine.remove_images(f"{base}*")


def test_upgrade(upgradable: stack.HubRepository, registry: stack.Registry) -> None:
    repo = upgradable
    before = {path: (repo.path / path).read_text() for path in (*DOCKERFILES, CHART)}
    head = repo.git("rev-parse", "HEAD")
    (repo.path / "README.md").write_text("my own\n")

    hubimages(repo, "upgrade-base", "--to", "4.3.4").ok()

    assert repo.git("rev-parse", "HEAD~1") == head
    assert sorted(repo.git("show", "--name-only", "--format=").split()) == sorted(before)
    for path, text in before.items():
        assert (repo.path / path).read_text() == text.replace("4.3.3", "4.3.4")
    assert repo.git("status", "--porcelain") == "?? README.md"
    again = hubimages(repo, "upgrade-base", "--to", "4.3.4").ok()
    assert "nothing to do" in again.stderr

    built = hubimages(repo, "build-hub", "--image", "hub", "--push", "--json").ok().json

    assert built["digest"] == digest(registry, repo.image(), built["tag"])
    found = labels(registry, repo.image(), built["tag"])
    assert found["org.opencontainers.image.base.name"].endswith("/jupyterhub/k8s-hub:4.3.4")
    assert in_registry(registry, repo) == [built["tag"]]


def test_a_version_that_is_not_there(
    upgradable: stack.HubRepository, faulty: stack.FaultyRegistry
) -> None:
    repo = upgradable
    before = belongings(repo)
    to = ("upgrade-base", "--to", "4.9.9")

    hubimages(repo, *to).failed(r"There is no .*/jupyterhub/k8s-hub:4\.9\.9", "→")

    for status in (401, 403, 429, 500):
        refuse(faulty, status)
        hubimages(repo, *to).failed("not known", str(status), "→")
    assert belongings(repo) == before
    hubimages(repo, *to, "--dry-run").ok()  # shows what it would do, without a registry
    assert belongings(repo) == before


def test_base_registry_that_is_gone(make_hub_repo: MakeHubs) -> None:
    repo = make_hub_repo()
    text = (repo.path / DOCKERFILES[0]).read_text()
    gone = text.replace("quay.io/", "127.0.0.1:9/")
    repo.commit(dict.fromkeys(DOCKERFILES, gone))
    before = belongings(repo)
    hubimages(repo, "upgrade-base", "--to", "4.3.4").failed("127.0.0.1:9", "not known", "→")
    assert belongings(repo) == before

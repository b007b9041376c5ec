"""The main job on the real stack: pin, build, prove, push, try, stop; and production's record."""

from __future__ import annotations

import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import stack
from hubimages.process import Processes
from integration.running import HERE, hubimages
from integration.support import (
    STAGING,
    VALUES,
    assert_nothing_left,
    belongings,
    digest,
    images_of,
    in_registry,
    labels,
    lived_in,
)

pytestmark = pytest.mark.usefixtures("base_image")
KEYS = {"image", "name", "tag", "digest", "built", "pushed", "revision", "values_changed"}


def chartpress_tag(repo: stack.HubRepository, image: str) -> str:
    """Return the tag that plain chartpress gives an image at HEAD, asked in a clone.

    It lists what has a valuesPath, so there every image gets one of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        repo.git("clone", "--quiet", str(repo.path), str(clone))
        config = clone / "helm-charts/chartpress.yaml"
        text = config.read_text().replace("        valuesPath: jupyterhub.hub.image\n", "")
        config.write_text(
            re.sub(r"( +imageName: .*/(.*)\n)", r"\1        valuesPath: images.\2\n", text)
        )
        chartpress = [str(HERE / "chartpress"), "--list-images"]
        listed = Processes()(chartpress, cwd=config.parent, timeout=60).stdout.split()
    (found,) = [line for line in listed if line.startswith(f"{repo.image(image)}:")]
    return found.rpartition(":")[2]


def test_from_a_pin_to_a_trial_and_back(
    hub_repo: stack.HubRepository,
    engine: stack.Engine,
    registry: stack.Registry,
    git_server: stack.GitServer,
) -> None:
    repo = hub_repo
    package = git_server.package(f"trial-of-{repo.shape}")
    commit = package.commit({"extra.txt": "unreleased"})
    repo.git("remote", "set-url", "origin", "https://operator:secret@example.org/org/hubs.git")
    values = (repo.path / VALUES).read_bytes()
    staging = (repo.path / STAGING).read_bytes()

    words = ("experiment.add", "--requirement", f"git+{package.url}@main", "--reason", "we need it")
    added = hubimages(repo, *words).ok()

    pin = f"git+{package.url}@{commit}"
    assert added.stdout == ""
    written = (repo.path / repo.requirements("hub-experimental")).read_text()
    assert written.endswith(f"{pin}\n")
    assert "we need it" in written
    assert repo.git("show", "--name-only", "--format=") == repo.requirements("hub-experimental")
    message = repo.git("log", "-1", "--format=%B")
    assert commit in message
    assert "main" in message

    start = datetime.now(UTC) - timedelta(seconds=1)
    built = hubimages(repo, "build-hub", "--image", "hub-experimental", "--push", "--json").ok()

    result = built.json
    assert set(result) == KEYS
    name, tag = result["name"], result["tag"]
    head = repo.git("rev-parse", "HEAD")
    assert (name, result["image"]) == (repo.image("hub-experimental"), "hub-experimental")
    assert (result["built"], result["pushed"], result["values_changed"]) == (True, True, False)
    assert result["revision"] == head
    assert tag == chartpress_tag(repo, "hub-experimental")
    assert result["digest"] == digest(registry, name, tag)
    found = labels(registry, name, tag)
    assert found["org.opencontainers.image.revision"] == head
    assert found["org.opencontainers.image.source"] == "https://example.org/org/hubs"
    assert found["org.opencontainers.image.base.name"] == "quay.io/jupyterhub/k8s-hub:4.3.3"
    assert json.loads(found["hubimages.pins"]) == [pin]
    created = datetime.fromisoformat(found["org.opencontainers.image.created"])
    assert start <= created <= datetime.now(UTC)
    assert images_of(repo, engine) == [f"{name}:{tag}"]  # and production's was not built
    assert in_registry(registry, repo) == []
    assert (repo.path / VALUES).read_bytes() == values
    assert f"--tag {tag}" in built.stderr  # the next command, with the tag in it
    assert "secret" not in built.stderr
    order = [
        built.stderr.index(f"▸ {step}") for step in ("look", "preflight", "build", "prove", "push")
    ]
    assert order == sorted(order)
    assert_nothing_left(repo, engine)

    hubimages(repo, "experiment.try", "--hub", "example/staging", "--tag", tag).ok()

    assert repo.git("show", "--name-only", "--format=") == STAGING
    tried = (repo.path / STAGING).read_text()
    assert re.search(rf'name: "?{re.escape(name)}"?\n', tried)
    assert re.search(rf'tag: "?{re.escape(tag)}"?\n', tried)

    hubimages(repo, "experiment.stop", "--hub", "example/staging").ok()

    assert (repo.path / STAGING).read_bytes() == staging
    assert repo.git("status", "--porcelain") == ""


def test_production_is_recorded_and_nothing_else_is_touched(
    hub_repo: stack.HubRepository, engine: stack.Engine, registry: stack.Registry
) -> None:
    repo = hub_repo
    before = lived_in(repo)
    values = (repo.path / VALUES).read_text()
    head = repo.git("rev-parse", "HEAD")

    ran = hubimages(repo, "build-hub", "--image", "hub", "--push", "--json").ok()

    result = ran.json
    tag = result["tag"]
    assert (result["built"], result["pushed"], result["values_changed"]) == (True, True, True)
    assert result["digest"] == digest(registry, repo.image(), tag)
    assert images_of(repo, engine) == [f"{repo.image()}:{tag}"]
    assert (repo.path / VALUES).read_text() == values.replace("0.0.1-set.by.chartpress", tag)
    assert repo.git("show", "--name-only", "--format=") == VALUES
    assert repo.git("rev-parse", "HEAD~1") == head
    assert repo.git("show", "--numstat", "--format=") == f"1\t1\t{VALUES}"
    after = belongings(repo)
    same = set(before) - {".git/index", "refs", VALUES}
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert repo.git("diff", "--cached", "--name-only") == "README.md"
    assert repo.git("show", ":README.md") == "staged"
    assert "org.opencontainers.image.source" not in labels(registry, repo.image(), tag)
    assert_nothing_left(repo, engine)

    again = hubimages(repo, "build-hub", "--image", "hub", "--push", "--json").ok()

    assert again.json == {**result, "built": False, "pushed": False, "values_changed": False}
    assert repo.git("rev-parse", "HEAD~1") == head

    repo.git("stash", "drop", "--quiet")
    repo.git("reset", "--hard", "--quiet", head)
    reset = hubimages(repo, "build-hub", "--image", "hub", "--push", "--json").ok()

    assert reset.json == {**result, "built": False, "pushed": False, "values_changed": True}
    assert tag in (repo.path / VALUES).read_text()
    assert repo.git("show", "--name-only", "--format=") == VALUES
    assert repo.git("status", "--porcelain") == ""
    engine.remove_images(f"{repo.prefix}*")

    elsewhere = hubimages(repo, "build-hub", "--image", "hub", "--push", "--json").ok()

    assert elsewhere.json == {**result, "built": False, "pushed": False, "values_changed": False}
    assert images_of(repo, engine) == []  # not even pulled


def test_without_push_the_tag_is_not_recorded_and_the_build_is_kept(
    make_hub_repo, engine: stack.Engine, registry: stack.Registry
) -> None:
    repo: stack.HubRepository = make_hub_repo()
    before = belongings(repo)

    built = hubimages(repo, "build-hub", "--image", "hub", "--json").ok()

    assert (built.json["built"], built.json["pushed"], built.json["digest"]) == (True, False, None)
    assert built.json["values_changed"] is False
    assert belongings(repo) == before
    assert in_registry(registry, repo) == []
    assert "--push" in built.stderr

    pushed = hubimages(repo, "build-hub", "--image", "hub", "--push", "--no-commit", "--json").ok()

    assert (pushed.json["built"], pushed.json["pushed"]) == (False, True)
    assert in_registry(registry, repo) == [pushed.json["tag"]]
    assert repo.git("status", "--porcelain") == f" M {VALUES}"
    assert_nothing_left(repo, engine)


def test_a_dry_run_shows_and_does_nothing(make_hub_repo, engine: stack.Engine) -> None:
    repo: stack.HubRepository = make_hub_repo()
    before = belongings(repo)
    words = ("build-hub", "--image", "hub", "--push", "--dry-run", "--json")

    dry = hubimages(repo, *words).ok()

    assert set(dry.json) == KEYS
    assert (dry.json["built"], dry.json["pushed"], dry.json["values_changed"]) == (True, True, True)
    assert dry.json["tag"] == chartpress_tag(repo, "hub")
    assert f'+      tag: "{dry.json["tag"]}"' in dry.stderr
    assert "docker push" in dry.stderr
    assert belongings(repo) == before
    assert images_of(repo, engine) == []

    away = {"DOCKER_HOST": "tcp://127.0.0.1:9"}
    assert hubimages(repo, *words, env=away).ok().json == dry.json


def test_another_platform_goes_through_buildx(
    make_hub_repo, engine: stack.Engine, registry: stack.Registry
) -> None:
    repo: stack.HubRepository = make_hub_repo()
    words = ("build-hub", "--image", "hub-experimental", "--push")

    arm = hubimages(repo, *words, "--platform", "linux/arm64", "--dry-run").ok()

    assert re.search("--builder docker-buildx --platform linux/arm64", arm.stderr)

    chosen = ("--builder", "docker-buildx", "--platform", "linux/amd64")
    built = hubimages(repo, *words, *chosen, "--json").ok()

    assert re.search("--builder docker-buildx --platform linux/amd64", built.stderr)
    assert built.json["digest"] == digest(
        registry, repo.image("hub-experimental"), built.json["tag"]
    )
    assert built.json["pushed"] is True
    found = labels(registry, repo.image("hub-experimental"), built.json["tag"])
    assert found["org.opencontainers.image.revision"] == built.json["revision"]


def test_on_a_detached_head_from_a_subfolder(make_hub_repo, registry: stack.Registry) -> None:
    repo: stack.HubRepository = make_hub_repo()
    repo.git("checkout", "--quiet", "--detach")

    ran = hubimages(
        repo, "build-hub", "--image", "hub", "--push", "--json", cwd=repo.path / "config/clusters"
    ).ok()

    assert in_registry(registry, repo) == [ran.json["tag"]]
    assert ran.json["values_changed"] is True
    assert repo.git("branch", "--show-current") == ""
    assert repo.git("status", "--porcelain") == ""


def test_in_a_folder_with_a_space_and_other_letters(
    make_hub_repo, tmp_path, engine: stack.Engine, registry: stack.Registry
) -> None:
    made: stack.HubRepository = make_hub_repo()
    odd = tmp_path / "my hübs {0} $HOME"
    made.path.parent.rename(odd)
    repo = stack.HubRepository(odd / "hubs", odd / "origin.git", made.shape, made.prefix)
    repo.git("remote", "set-url", "origin", str(repo.origin))

    ran = hubimages(repo, "build-hub", "--image", "hub", "--push", "--json").ok()

    assert in_registry(registry, repo) == [ran.json["tag"]]
    assert_nothing_left(repo, engine)


def test_the_same_under_invoke(make_hub_repo, engine: stack.Engine) -> None:
    repo: stack.HubRepository = make_hub_repo()
    tasks = "from hubimages.commands import namespace as ns\n"
    repo.commit({"tasks.py": tasks, ".gitignore": "__pycache__\n"})

    ran = hubimages(repo, "build-hub", "--image", "hub", "--json", program="invoke").ok()

    assert ran.json["built"] is True
    assert ran.json["tag"] == chartpress_tag(repo, "hub")

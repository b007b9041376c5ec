"""explain on the real stack: a branch that was squashed, a copy under another name, a registry that fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import stack
from hubimages.process import Processes
from integration.obstacles import refuse
from integration.running import hubimages
from integration.support import STAGING, digest

MakeHubs = Callable[..., stack.HubRepository]
run = Processes()


@pytest.mark.usefixtures("base_image")
def test_a_branch_that_was_squashed_away(
    hub_repo: stack.HubRepository,
    engine: stack.Engine,
    registry: stack.Registry,
    git_server: stack.GitServer,
    tmp_path: Path,
) -> None:
    repo = hub_repo
    package = git_server.package(f"explained-{repo.shape}")
    pin = f"git+{package.url}@{package.git('rev-parse', 'HEAD')}"
    repo.git("checkout", "--quiet", "-b", "try-it")
    hubimages(repo, "experiment.add", "--requirement", f"git+{package.url}@main").ok()
    tried = repo.git("rev-parse", "HEAD")
    repo.git("push", "--quiet", "origin", "try-it")
    built = hubimages(repo, "build-hub", "--image", "hub-experimental", "--push", "--json").ok()
    name, tag = built.json["name"], built.json["tag"]

    before = hubimages(repo, "explain", "--tag", tag, "--json").ok().json

    assert before["commit"]["id"] == tried
    assert (before["commit"]["here"], before["commit"]["on_main"]) == (True, False)
    assert before["commit"]["branches"] == ["origin/try-it"]
    assert (before["pins"], before["pins_from"], before["hubs"]) == ([pin], "commit", [])

    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--squash", "try-it")
    repo.git("commit", "--quiet", "-m", "Try it (#1)")
    hubimages(repo, "experiment.try", "--hub", "example/staging", "--tag", tag).ok()
    repo.git("push", "--quiet", "origin", "main")
    repo.git("push", "--quiet", "origin", "--delete", "try-it")
    fresh = tmp_path / "fresh"
    run(["git", "clone", "--quiet", repo.origin.as_uri(), str(fresh)])

    after = hubimages(repo, "explain", "--tag", tag, "--json", cwd=fresh).ok().json

    assert after["commit"]["here"] is False
    assert after["commit"]["id"] == tried
    assert (after["pins"], after["pins_from"]) == ([pin], "labels")
    assert (after["image"], after["name"]) == ("hub-experimental", name)
    assert after["digest"] == before["digest"] == digest(registry, name, tag)
    assert after["base"] == "quay.io/jupyterhub/k8s-hub:4.3.3"
    assert after["platforms"] == ["linux/amd64"]
    assert after["size"] > 1_000_000
    assert [hub["hub"] for hub in after["hubs"]] == ["example/staging"]
    assert after["recorded"]["path"] == STAGING
    assert after["recorded"]["commit"] == repo.git("rev-parse", "HEAD")
    assert after["promoted_from"] is None
    shown = hubimages(repo, "explain", "--tag", tag, cwd=fresh).ok().stdout
    assert "not in this clone" in shown
    assert f"{pin}  (from the image's labels)" in shown
    by_digest = ("explain", "--tag", after["digest"], "--json")
    found = hubimages(repo, *by_digest, cwd=fresh).ok().json
    assert [hub["hub"] for hub in found["hubs"]] == ["example/staging"]

    production = repo.image("hub")
    engine.docker("tag", f"{name}:{tag}", f"{production}:promoted")
    engine.docker("push", f"{production}:promoted")

    copied = hubimages(repo, "explain", "--tag", "promoted", "--json", cwd=fresh).ok().json

    assert (copied["image"], copied["pins"]) == ("hub", [pin])
    assert copied["promoted_from"] == {"name": name, "tag": tag, "same_digest": True}


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_registry_that_does_not_say(
    make_hub_repo: MakeHubs, faulty: stack.FaultyRegistry, status: int
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    file = repo.requirements("hub-experimental")
    commit = repo.commit({file: "escapism==1.0.1\n"})
    refuse(faulty, status)

    found = hubimages(repo, "explain", "--tag", f"0.0.1-0.dev.git.2.h{commit[:7]}", "--json").ok()

    assert (found.json["image"], found.json["digest"]) == ("hub-experimental", None)
    assert found.json["commit"]["id"] == commit
    assert (found.json["pins"], found.json["pins_from"]) == (["escapism==1.0.1"], "commit")
    assert str(status) in found.json["notes"][0]
    hubimages(repo, "explain", "--tag", "0.0.1-0.dev.git.2.h1234567").failed(
        "Nothing is known", str(status), "→"
    )

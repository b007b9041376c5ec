"""Pins from a real git server, a new experimental image, and tags from a real registry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

import stack
from integration.obstacles import refuse
from integration.running import hubimages
from integration.support import STAGING, belongings, digest, in_registry

MakeHubs = Callable[..., stack.HubRepository]
FILE = "helm-charts/images/hub-experimental/requirements.txt"


@pytest.fixture
def repo(make_hub_repo: MakeHubs) -> stack.HubRepository:
    return make_hub_repo()


@pytest.fixture
def package(git_server: stack.GitServer, request: pytest.FixtureRequest) -> stack.Repository:
    """A package with an annotated and a plain tag, a branch, and a commit that is no tip."""
    made = git_server.package(f"org/{re.sub('[^a-z0-9]+', '-', request.node.name.lower())}")
    made.release("0.2", annotated=False)
    made.branch("feature/new-login")
    made.commit({"on_the_way.txt": "1"})
    made.commit({"tip.txt": "2"})
    made.git("checkout", "--quiet", "main")
    return made


REFS = {"": "main", "@v0.1": "v0.1", "@v0.2": "v0.2", "@feature/new-login": "feature/new-login"}


@pytest.mark.parametrize("ref", REFS)
def test_a_ref_becomes_its_full_commit(
    repo: stack.HubRepository, package: stack.Repository, ref: str
) -> None:
    commit = package.git("rev-parse", f"{REFS[ref]}^{{commit}}")
    before = (repo.path / FILE).read_text()

    hubimages(repo, "experiment.add", "--requirement", f"git+{package.url}{ref}").ok()

    assert (repo.path / FILE).read_text() == f"{before}git+{package.url}@{commit}\n"
    assert repo.git("show", "--name-only", "--format=") == FILE
    message = repo.git("log", "-1", "--format=%B")
    assert commit in message
    assert package.clone.name in message


def test_a_commit_is_verified(repo: stack.HubRepository, package: stack.Repository) -> None:
    inner = package.git("rev-parse", "feature/new-login~1")
    hubimages(repo, "experiment.add", "--requirement", f"git+{package.url}@{inner}").ok()
    assert f"@{inner}\n" in (repo.path / FILE).read_text()

    before = belongings(repo)
    missing = "0123456789" * 4
    words = ("experiment.add", "--requirement", f"git+{package.url}@{missing}")
    hubimages(repo, *words).failed(missing[:12], "→")
    # a short one is only ever written in full
    short = ("experiment.add", "--requirement", f"git+{package.url}@{inner[:10]}")
    assert inner in hubimages(repo, *short).ok().stderr
    assert belongings(repo) == before


@pytest.fixture
def old_server() -> Iterator[stack.GitServer]:
    with stack.GitServer(any_commit=False) as server:
        yield server


def test_a_commit_that_the_server_does_not_hand_out(
    repo: stack.HubRepository, old_server: stack.GitServer
) -> None:
    package = old_server.package("org/hidden")
    hidden = package.git("rev-parse", "HEAD~1")

    ran = hubimages(repo, "experiment.add", "--requirement", f"git+{package.url}@{hidden}")

    # It may be refused, or be taken with a warning; it is never taken without a word.
    assert "warning" in ran.stderr if ran.code == 0 else "→" in ran.stderr


def test_a_pin_is_replaced_in_place_and_taken_out(
    repo: stack.HubRepository, package: stack.Repository
) -> None:
    start = b"# what is being tried\r\n\r\nescapism==1.0.1  # kept\r\nlast==1"
    (repo.path / FILE).write_bytes(start)
    repo.git("commit", "--quiet", "-am", "Old line endings, no final newline")
    add = ("experiment.add", "--requirement")
    first = package.git("rev-parse", "v0.1^{commit}")
    second = package.git("rev-parse", "feature/new-login")

    hubimages(repo, *add, f"git+{package.url}@v0.1", "--reason", "It mends logins").ok()

    text = (repo.path / FILE).read_bytes().decode()
    assert text.startswith(start.decode() + "\r\n")
    assert "It mends logins\r\n" in text
    assert len(re.findall(f"^git\\+{re.escape(package.url)}@{first}\r?$", text, re.M)) == 1

    hubimages(repo, *add, f"git+{package.url.upper().replace('HTTP', 'http')}.git@main").failed("→")
    hubimages(repo, *add, f"git+{package.url}.git@feature/new-login").ok()

    after = (repo.path / FILE).read_bytes().decode()
    assert first not in after
    assert after.count(package.url) == 1
    assert f"@{second}" in after
    assert len(repo.git("show", "--numstat", "--format=").splitlines()) == 1

    hubimages(repo, "experiment.remove", "--package", package.clone.name).ok()

    left = (repo.path / FILE).read_bytes()
    assert left.startswith(start)
    assert package.url.encode() not in left


def test_git_servers_that_do_not_answer(repo: stack.HubRepository) -> None:
    before = belongings(repo)
    words = ("experiment.add", "--requirement", "git+http://127.0.0.1:9/org/package@main")
    hubimages(repo, *words).failed("127.0.0.1:9", "→")
    assert belongings(repo) == before


def test_credentials_are_not_shown(repo: stack.HubRepository, package: stack.Repository) -> None:
    url = package.url.replace("://", "://operator:hunter2hunter2@")
    ran = hubimages(repo, "experiment.add", "--requirement", f"git+{url}@main")
    assert "hunter2" not in ran.stderr + ran.stdout
    assert "hunter2" not in repo.git("log", "--format=%B")


# --- create, try ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("base_image")
def test_a_new_image_from_create_to_trial(
    hub_repo: stack.HubRepository, registry: stack.Registry, git_server: stack.GitServer
) -> None:
    repo = hub_repo
    package = git_server.package(f"for-a-new-image-{repo.shape}")
    commit = package.git("rev-parse", "HEAD")

    hubimages(repo, "experiment.create", "--image", "hub-oauth").ok()

    assert repo.git("status", "--porcelain") == ""
    changed = repo.git("show", "--numstat", "--format=").splitlines()
    assert all(line.split("\t")[1] == "0" for line in changed)  # nothing was taken away
    words = ("experiment.add", "--image", "hub-oauth", "--requirement", f"git+{package.url}@main")
    hubimages(repo, *words).ok()
    dry = hubimages(repo, "build-hub", "--image", "hub-experimental", "--dry-run", "--json").ok()

    built = hubimages(repo, "build-hub", "--image", "hub-oauth", "--push", "--json").ok()

    name, tag = built.json["name"], built.json["tag"]
    assert name == repo.image("hub-oauth")
    assert built.json["digest"] == digest(registry, name, tag)
    assert commit in repo.git("log", "-1", "--format=%B")
    # the other experimental image is still found, with a tag of its own history
    assert dry.json["name"] == repo.image("hub-experimental")

    tries = ("experiment.try", "--hub", "example/staging", "--image", "hub-oauth", "--tag", tag)
    hubimages(repo, *tries).ok()

    text = (repo.path / STAGING).read_text()
    assert name in text
    assert tag in text
    again = hubimages(repo, *tries).ok()
    assert "already" in again.stderr


def test_a_tag_that_is_not_there(repo: stack.HubRepository) -> None:
    before = belongings(repo)
    tries = ("experiment.try", "--hub", "example/staging", "--tag", "0.0.1-0.dev.git.9.h1234567")
    hubimages(repo, *tries).failed("not in its registry", "build-hub .*--push")
    assert belongings(repo) == before

    forced = hubimages(repo, *tries, "--force").ok()
    assert "--force" in forced.stderr
    hubimages(repo, "experiment.stop", "--hub", "example/staging").ok()
    assert (repo.path / STAGING).read_bytes() == before[STAGING]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_registry_that_does_not_say(
    make_hub_repo: MakeHubs, faulty: stack.FaultyRegistry, status: int
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    refuse(faulty, status)
    before = belongings(repo)
    tries = ("experiment.try", "--hub", "example/staging", "--tag", "0.0.1-0.dev.git.9.h1234567")
    hubimages(repo, *tries).failed("not known", str(status), "--force")
    assert belongings(repo) == before


@pytest.mark.usefixtures("base_image")
def test_a_tag_built_for_another_chart(repo: stack.HubRepository, registry: stack.Registry) -> None:
    words = ("build-hub", "--image", "hub-experimental", "--push", "--json")
    tag = hubimages(repo, *words).ok().json["tag"]
    chart = (repo.path / "helm-charts/basehub/Chart.yaml").read_text()
    repo.commit({"helm-charts/basehub/Chart.yaml": chart.replace("4.3.3", "4.4.0")})
    before = belongings(repo)

    tries = ("experiment.try", "--hub", "example/staging", "--tag", tag)
    hubimages(repo, *tries).failed("4.3.3", "4.4.0", "upgrade-base --to 4.4.0")
    assert belongings(repo) == before

    hubimages(repo, "build-hub", "--image", "hub", "--push").failed(
        "4.3.3", "4.4.0", "upgrade-base"
    )
    assert in_registry(registry, repo) == []

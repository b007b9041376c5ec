"""Registries, images and clones that fail: nothing wrong is pushed, and the message says why."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import stack
from integration.obstacles import Gate, refuse, with_line
from integration.running import Running, hubimages, until
from integration.support import (
    VALUES,
    assert_nothing_left,
    belongings,
    digest,
    images_of,
    in_registry,
    lived_in,
)

pytestmark = pytest.mark.usefixtures("base_image")
PUSH = ("build-hub", "--image", "hub", "--push", "--json")
WRITES = "^(POST|PUT|PATCH) "
MANIFEST = "^PUT .*/manifests/"
MakeHubs = Callable[..., stack.HubRepository]


def tag_of(repo: stack.HubRepository, image: str = "hub") -> str:
    """Return the tag that a build would have."""
    words = ("build-hub", "--image", image, "--dry-run", "--json")
    return str(hubimages(repo, *words).ok().json["tag"])


# --- registries ----------------------------------------------------------------------------------

SAID = {
    401: ("401", "docker login"),
    403: ("403", "→"),
    429: ("429", "try again in 7 s"),
    500: ("500", "→"),
    503: ("503", "→"),
}


@pytest.mark.parametrize("status", SAID)
def test_registry_refuses_to_say(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry, status: int
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    refuse(faulty, status)
    before = belongings(repo)

    ran = hubimages(repo, *PUSH).failed("nothing is pushed", *SAID[status])

    assert ran.stdout == ""
    assert "▸ build" not in ran.stderr
    assert faulty.count(WRITES) == 0
    assert images_of(repo, engine) == []
    assert belongings(repo) == before


@pytest.mark.parametrize("status", SAID)
def test_registry_refuses_the_upload(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry, status: int
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    refuse(faulty, status, WRITES)

    ran = hubimages(repo, *PUSH).failed(*SAID[status])

    assert "▸ build" not in ran.stderr
    assert faulty.count(WRITES) == 1  # the question whether a push could begin
    assert images_of(repo, engine) == []


def test_registry_gone(make_hub_repo: MakeHubs, engine: stack.Engine) -> None:
    with socket.socket() as taken:  # bound and not listening: the port is closed
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        repo = make_hub_repo(registry=address)
        before = belongings(repo)
        hubimages(repo, *PUSH).failed(
            re.escape(address), "takes no connection", "nothing is pushed", "→"
        )
        assert images_of(repo, engine) == []
        assert belongings(repo) == before

        built = hubimages(repo, "build-hub", "--image", "hub", "--json").ok()

    assert built.json["built"] is True
    assert "does not say" in built.stderr
    assert belongings(repo) == before


def test_registry_hangs(make_hub_repo: MakeHubs, faulty: stack.FaultyRegistry) -> None:
    repo = make_hub_repo(registry=faulty.address)
    faulty.hang()

    hubimages(repo, *PUSH).failed(re.escape(faulty.address), r"\d+ s", "nothing is pushed", "→")

    assert faulty.count(WRITES) == 0


def test_registry_fails_while_building(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    before = belongings(repo)
    with Running(repo, *PUSH) as running:
        running.wait_for("▸ prove")
        asked = faulty.count(WRITES)
        faulty.fail(500)
        running.end().failed("500", "nothing is pushed", "→", "built .* proved")
    assert faulty.count(WRITES) == asked
    assert belongings(repo) == before

    faulty.heal()
    faulty.fail(500, MANIFEST)
    hubimages(repo, *PUSH).failed("could not be pushed", "500", "run the same command again")
    assert belongings(repo) == before

    faulty.heal()
    done = hubimages(repo, *PUSH).ok().json
    assert (done["built"], done["pushed"], done["values_changed"]) == (False, True, True)
    assert_nothing_left(repo, engine)


def test_registry_with_password(
    make_hub_repo: MakeHubs,
    engine: stack.Engine,
    locked_registry: stack.Registry,
    tmp_path: Path,
) -> None:
    address = locked_registry.address
    repo = make_hub_repo(registry=address)
    user, password = locked_registry.login or ("", "")

    hubimages(repo, *PUSH).failed(re.escape(f"docker login {address}"))

    wrong = stack.docker_config(tmp_path / "wrong", {address: (user, "guessed-wrongly")})
    ran = hubimages(repo, *PUSH, env=wrong).failed(
        "does not accept", re.escape(f"docker login {address}")
    )
    assert "guessed-wrongly" not in ran.stderr
    assert images_of(repo, engine) == []

    right = stack.docker_config(tmp_path / "right", locked_registry.logins)
    done = hubimages(repo, *PUSH, env=right).ok()
    assert done.json["digest"] == digest(locked_registry, repo.image(), done.json["tag"])
    assert password not in done.stderr + done.stdout


# --- images ----------------------------------------------------------------------------------------


def test_failing_dockerfile(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    with_line(repo, "RUN echo what went wrong; exit 7")
    before, containers = lived_in(repo), engine.docker("ps", "--all", "--quiet").stdout

    ran = hubimages(repo, *PUSH).failed(
        "what went wrong", r"(exit code|non-zero code): 7", "Dockerfile", "→"
    )

    error = ran.stderr.partition("error:")[2]
    assert "what went wrong" in error  # on a terminal, this is all that stays on the screen
    assert "Traceback" not in error
    assert faulty.count(MANIFEST) == 0
    assert images_of(repo, engine) == []
    # the classic builder keeps one, unless it is told not to
    assert engine.docker("ps", "--all", "--quiet").stdout == containers
    assert belongings(repo) == before
    assert_nothing_left(repo, engine)


SITE = "$(python3 -c 'import site; print(site.getsitepackages()[0])')"
METADATA = r"Metadata-Version: 2.1\nName: wanting\nVersion: 1\nRequires-Dist: never-published\n"
PROOFS = {
    "runs as root": ("USER root\nENV NB_USER=root", ["runs as root", "USER"]),
    "in conflict": (
        f"RUN mkdir {SITE}/wanting-1.dist-info && printf '{METADATA}' > {SITE}/wanting-1.dist-info/METADATA",
        ["pip check", "never-published"],
    ),
    "no hub": (
        "RUN printf '#!/bin/sh\\necho all broken >&2; exit 1\\n' > $(command -v jupyterhub)",
        ["/hub/health", "all broken"],
    ),
    "no Python": ("RUN rm -f $(which -a python3)", ["python3"]),
}


@pytest.mark.parametrize("proof", PROOFS)
def test_failing_proof(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry, proof: str
) -> None:
    line, said = PROOFS[proof]
    repo = make_hub_repo(registry=faulty.address)
    with_line(repo, line)
    before = belongings(repo)

    ran = hubimages(repo, *PUSH).failed("did not pass its proof", *said, "→")

    assert ran.stdout == ""
    assert faulty.count(MANIFEST) == 0
    assert belongings(repo) == before
    assert_nothing_left(repo, engine)


def test_another_commit_than_pinned_is_installed(
    make_hub_repo: MakeHubs,
    engine: stack.Engine,
    faulty: stack.FaultyRegistry,
    git_server: stack.GitServer,
) -> None:
    package = git_server.package("pinned-elsewhere")
    other = package.git("rev-parse", "HEAD")
    pinned = package.commit({"extra.txt": "unreleased"})
    repo = make_hub_repo(registry=faulty.address)
    repo.commit({repo.requirements(): f"git+{package.url}@{pinned}\n"})
    with_line(repo, f"RUN pip install --force-reinstall --no-deps git+{package.url}@{other}")

    hubimages(repo, *PUSH).failed("did not pass its proof", pinned, other, "→")

    assert faulty.count(MANIFEST) == 0
    assert_nothing_left(repo, engine)


# --- several at once ---------------------------------------------------------------------------------


def test_two_images_at_once(
    make_hub_repo: MakeHubs, engine: stack.Engine, registry: stack.Registry
) -> None:
    repo = make_hub_repo()
    other = ("build-hub", "--image", "hub-experimental", "--push", "--json")
    with Gate() as gate:
        with_line(repo, f"RUN {gate.command}")
        with_line(repo, f"RUN {gate.command}  # too", "hub-experimental")
        with Running(repo, *PUSH) as one, Running(repo, *other) as two:
            until(lambda: gate.arrivals == 2 or None, "both at the gate")
            gate.open()
            first, second = one.end().ok().json, two.end().ok().json
    assert first["digest"] == digest(registry, repo.image(), first["tag"])
    assert second["digest"] == digest(registry, repo.image("hub-experimental"), second["tag"])
    assert first["digest"] != second["digest"]
    assert_nothing_left(repo, engine)


def test_one_image_twice_at_once(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    with Gate() as gate:
        with_line(repo, f"RUN {gate.command}")
        with Running(repo, *PUSH) as one:
            gate.reached()
            with Running(repo, *PUSH) as two:
                two.wait_for("waiting")
                gate.open()
                first, second = one.end().ok().json, two.end().ok().json
    assert (first["built"], first["pushed"]) == (True, True)
    assert (second["built"], second["pushed"]) == (False, False)
    assert first["digest"] == second["digest"]
    assert [first["values_changed"], second["values_changed"]].count(True) == 1
    assert faulty.count(MANIFEST) == 1
    assert f'"{first["tag"]}"' in (repo.path / VALUES).read_text()
    assert repo.git("status", "--porcelain") == ""
    assert_nothing_left(repo, engine)


def test_somebody_pushes_the_tag_meanwhile(
    make_hub_repo: MakeHubs, engine: stack.Engine, registry: stack.Registry
) -> None:
    repo = make_hub_repo()
    with Gate() as gate:
        with_line(repo, f"RUN {gate.command}")
        name = f"{repo.image()}:{tag_of(repo)}"
        before = belongings(repo)
        with Running(repo, *PUSH) as running:
            gate.reached()
            engine.docker("tag", "quay.io/jupyterhub/k8s-hub:4.3.3", name)
            engine.docker("push", name)
            theirs = digest(registry, *name.rsplit(":", 1))
            gate.open()
            running.end().failed("another image", "→")
    assert theirs is not None
    assert digest(registry, *name.rsplit(":", 1)) == theirs
    assert belongings(repo) == before
    assert_nothing_left(repo, engine)


# --- clones -------------------------------------------------------------------------------------------


def test_shallow_clone(make_hub_repo: MakeHubs, engine: stack.Engine, tmp_path: Path) -> None:
    repo = make_hub_repo()
    repo.commit({"README.md": "More than one commit.\n"})
    shallow = tmp_path / "shallow"
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.origin}", str(shallow))

    hubimages(repo, *PUSH, cwd=shallow).failed("shallow", "git fetch --unshallow")

    assert images_of(repo, engine) == []


@pytest.mark.parametrize("answer", [(), ("--yes",)])
def test_file_that_is_not_committed(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry, answer: tuple[str]
) -> None:
    """--yes answers questions; here there is no terminal to ask one on, so it is a refusal."""
    repo = make_hub_repo(registry=faulty.address)
    (repo.path / "helm-charts/images/hub/extra.txt").write_text("not in the build\n")

    hubimages(repo, *PUSH, *answer).failed("images/hub/extra.txt", "git add")

    assert faulty.count(MANIFEST) == 0
    assert images_of(repo, engine) == []


def test_image_that_is_not_there(make_hub_repo: MakeHubs) -> None:
    words = ("build-hub", "--image", "hubb")
    hubimages(make_hub_repo(), *words).failed("hubb", "hub, hub-experimental")


def test_not_a_repository(make_hub_repo: MakeHubs, tmp_path: Path) -> None:
    hubimages(make_hub_repo(), *PUSH, cwd=tmp_path).failed("not in a git repository", "git init")


def test_values_with_uncommitted_edits(
    make_hub_repo: MakeHubs, engine: stack.Engine, registry: stack.Registry
) -> None:
    """Their edits would get into the commit; that is known before anything is built."""
    repo = make_hub_repo()
    with (repo.path / VALUES).open("a") as values:
        values.write("# my edit\n")
    before = belongings(repo)

    hubimages(repo, *PUSH).failed(re.escape(VALUES), "uncommitted", "--no-commit")

    assert belongings(repo) == before
    assert images_of(repo, engine) == []

    hubimages(repo, *PUSH, "--no-commit").ok()

    text = (repo.path / VALUES).read_text()
    (tag,) = in_registry(registry, repo)
    assert text.endswith("# my edit\n")
    assert f'"{tag}"' in text

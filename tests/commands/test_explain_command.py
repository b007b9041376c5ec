"""explain, as it is typed."""

from __future__ import annotations

import json

import pytest

import hubs
from tests.commands.conftest import Machine, Run
from tests.commands.test_build_command import Terminal
from tests.explaining.shelf import BASE, SOURCE, labelled
from tests.registry.fake import Fake, Say

PIN = f"git+https://github.com/o/thing@{'a' * 40}"
GONE = "0123456789abcdef0123456789abcdef01234567"
TAG = f"0.0.1-0.dev.git.7.h{GONE[:7]}"
STAGING = "config/clusters/example/staging.values.yaml"
OURS = hubs.requirements("folders")


def serve(fake: Fake, tag: str, labels: dict[str, str], name: str = "hub-experimental") -> str:
    """Serve an image under a name and tag; return its digest."""
    config = {
        "os": "linux",
        "architecture": "amd64",
        "created": "2025-01-01T00:00:00Z",
        "config": {"Labels": labels},
    }
    before = dict(fake.routes)
    digest = fake.image(tag, config=config)
    made = {path: say for path, say in fake.routes.items() if path not in before}
    for path, say in made.items():
        del fake.routes[path]
        fake.routes[path.replace("/org/hub/", f"/org/{name}/")] = say
    tags = f"GET /v2/org/{name}/tags/list"
    fake.routes[tags] = Say(200, json.dumps({"name": f"org/{name}", "tags": [tag]}).encode())
    return digest


@pytest.fixture
def name(machine: Machine) -> str:
    return f"{machine.fake.host}/org/hub-experimental"


def test_the_document(machine: Machine, name: str, invoke: Run) -> None:
    digest = serve(machine.fake, TAG, labelled(GONE, PIN, built_as=f"{name}:{TAG}"))
    value = f"jupyterhub:\n  hub:\n    image:\n      name: {name}\n      tag: {TAG}\n"
    commit = machine.repo.commit({STAGING: value})
    ran = invoke(machine.repo.path, "explain", "--tag", TAG, "--json")
    assert (ran.code, ran.err) == (0, "")
    document = ran.json
    assert document["recorded"].pop("date")
    assert document == {
        "image": "hub-experimental",
        "name": name,
        "tag": TAG,
        "digest": digest,
        "commit": {
            "id": GONE,
            "here": False,
            "subject": None,
            "date": None,
            "on_main": None,
            "branches": [],
            "url": f"{SOURCE}/commit/{GONE}",
        },
        "pins": [PIN],
        "pins_from": "labels",
        "base": BASE,
        "size": 123,
        "layers": 2,
        "platforms": ["linux/amd64"],
        "created": "2026-01-02T03:04:05Z",
        "source": SOURCE,
        "recorded": {"path": STAGING, "commit": commit},
        "promoted_from": None,
        "hubs": [{"hub": "example/staging", "source": f"{STAGING}:5"}],
        "notes": [],
    }


def test_people_read_it(machine: Machine, name: str, invoke: Run) -> None:
    digest = serve(machine.fake, TAG, labelled(GONE, PIN, "a==1"))
    ran = invoke(machine.repo.path, "explain", "--tag", TAG)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"{name}:{TAG}",
        f"  commit    {GONE}  not in this clone",
        f"            {SOURCE}/commit/{GONE}",
        f"  pins      {PIN}  (from the image's labels)",
        "            a==1",
        f"  base      {BASE}",
        "  built     2026-01-02T03:04:05Z",
        "  size      0.0 MB compressed, in 2 layers",
        "  platforms linux/amd64",
        f"  digest    {digest}",
        "  hubs      no hub runs it",
    ]


def test_people_read_what_git_alone_knows(machine: Machine, invoke: Run) -> None:
    machine.fake.close()
    commit = machine.repo.commit({OURS: "# nothing\n"}, "Pin nothing")
    values = machine.repo.read("helm-charts/basehub/values.yaml")
    tag = f"0.0.1-0.dev.git.2.h{commit[:7]}"
    recorded = values.replace("0.0.1-set.by.chartpress", tag)
    recording = machine.repo.commit({"helm-charts/basehub/values.yaml": recorded})
    ran = invoke(machine.repo.path, "explain", "--image", "hub", "--tag", tag)
    assert ran.code == 0, ran.err
    assert f"  commit    {commit}\n" in ran.out
    assert "Pin nothing\n            on the main branch\n" in ran.out
    assert "  pins      oauthenticator==17.3.0  (from the commit)\n" in ran.out
    assert "  built     not known\n" in ran.out
    assert f"by {recording[:12]}\n" in ran.out
    assert "example/prod  (helm-charts/basehub/values.yaml:5, the chart)\n" in ran.out
    assert "  ? what the registry has is not known." in ran.out
    ran = invoke(machine.repo.path, "explain", "--tag", tag)  # the hubs say which image it is
    assert f"{machine.fake.host}/org/hub:{tag}\n" in ran.out


def test_what_was_promoted(machine: Machine, name: str, invoke: Run) -> None:
    labels = labelled(GONE, PIN, built_as=f"{name}:{TAG}")
    serve(machine.fake, TAG, labels)
    serve(machine.fake, "1.0", labels, "hub")
    ran = invoke(machine.repo.path, "explain", "--tag", "1.0")
    assert f"  promoted  from {name}:{TAG}, the same digest\n" in ran.out
    ran = invoke(machine.repo.path, "explain", "--tag", "1.0", "--json")
    assert ran.json["promoted_from"] == {"name": name, "tag": TAG, "same_digest": True}


def test_both_images_have_it(machine: Machine, invoke: Run) -> None:
    serve(machine.fake, TAG, labelled(GONE, PIN))
    serve(machine.fake, TAG, labelled(GONE), "hub")
    ran = invoke(machine.repo.path, "explain", "--tag", TAG)
    assert (ran.code, ran.out) == (1, "")
    assert "--image is missing" in ran.err
    assert "(hub, hub-experimental)" in ran.err
    for key in ("hub", "hub-experimental"):
        ran = invoke(machine.repo.path, "explain", "--tag", TAG, "--image", key, "--json")
        assert ran.json["image"] == key


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), "--tag is missing"),
        (("--tag", TAG), f"Nothing is known of a tag `{TAG}`"),
        (("--tag", TAG, "--image", "hub"), f"commit {GONE[:7]} is not in this clone"),
        (("--tag", TAG, "--image", "nonesuch"), "There is no image `nonesuch`"),
        (("--tag", "no tag", "--image", "hub"), "is not a tag"),
    ],
)
def test_clear_errors(machine: Machine, invoke: Run, words: tuple[str, ...], wanted: str) -> None:
    ran = invoke(machine.repo.path, "explain", "--json", *words)
    assert (ran.code, ran.out) == (1, "")
    assert wanted in ran.err
    assert "→" in ran.err


def test_a_broken_file_hides_no_other_hub(machine: Machine, invoke: Run) -> None:
    serve(machine.fake, TAG, labelled(GONE, PIN))
    machine.repo.write(STAGING, "a: 1\n  b: 2\n")
    ran = invoke(machine.repo.path, "explain", "--tag", TAG, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert f"not all hubs are known. {STAGING}:2" in ran.json["notes"][0]


def test_before_the_first_commit(machine: Machine, invoke: Run) -> None:
    serve(machine.fake, TAG, labelled(GONE, PIN))
    machine.repo.ask("update-ref", "-d", "HEAD")
    ran = invoke(machine.repo.path, "explain", "--tag", TAG, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["pins"] == [PIN]


def test_a_person_picks_image_and_tag(machine: Machine, name: str) -> None:
    serve(machine.fake, TAG, labelled(GONE, PIN))
    terminal = Terminal(machine, "explain")
    terminal.until("Which image?")
    terminal.type("\x1b[B\r")
    terminal.until("Which tag?")
    terminal.until("commit not in this clone")
    terminal.type("\r")
    terminal.until(f"{name}:{TAG}")
    terminal.until("no hub runs it")
    assert terminal.end() == 0

"""user-image.check, as it is typed; what images do when they run is in tests/integration."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.commands.conftest import Machine, Ran
from tests.commands.test_build_command import Terminal
from tests.registry.fake import Say

CLUSTERS = "config/clusters"
STAGING = f"{CLUSTERS}/example/staging.values.yaml"
TWINS = f"{CLUSTERS}/research/twins.values.yaml"
PROFILES = """\
jupyterhub:
  singleuser:
    image:
      name: {name}
      tag: "1.0"
    profileList:
      - display_name: Same
        kubespawner_override:
          image: {name}:1.0
      - display_name: Other
        kubespawner_override:
          image: {name}:2.0
      - display_name: Odd
        kubespawner_override:
          image: "{name}:not a tag"
"""


@pytest.fixture
def ref(machine: Machine) -> str:
    machine.fake.image("1.0")
    return f"{machine.fake.host}/org/hub:1.0"


def points(document: dict[str, Any]) -> dict[str, bool | None]:
    return {check["name"]: check["ok"] for check in document["checks"]}


def test_the_document_of_a_fit_image(machine: Machine, ref: str) -> None:
    ran = machine.run("user-image.check", "--ref", ref, "--json")
    assert ran.code == 0, ran.err
    assert set(ran.json) == {"ref", "digest", "checks"}
    assert ran.json["ref"] == ref
    assert ran.json["digest"].startswith("sha256:")
    assert points(ran.json) == {
        "found": True,
        "platform": True,
        "size": True,
        "tag": True,
        "public": True,
        "registry": True,
        "singleuser": True,
        "serves": True,
        "login": True,
        "user": True,
        "home": True,
        "jupyterhub-version": True,
        "built-by": None,
    }
    assert all(set(check) == {"name", "ok", "detail"} for check in ran.json["checks"])
    assert all(check["detail"] for check in ran.json["checks"])


def test_what_runs_is_what_the_tag_names_now(machine: Machine, ref: str) -> None:
    """The engine may have an older image under the same tag, which stays as it is."""
    old = {ref: {"config": {"User": "root", "Labels": {}}}}
    (machine.folder / "images.json").write_text(json.dumps(old))
    ran = machine.run("user-image.check", "--ref", ref, "--json")
    assert points(ran.json)["user"] is True
    images = json.loads((machine.folder / "images.json").read_text())
    name = ref.removesuffix(":1.0")
    assert set(images) == {ref, f"{name}@{ran.json['digest']}"}
    assert images[ref] == old[ref]


def test_people_read_it_with_how_to_mend_it(machine: Machine, ref: str) -> None:
    ran = machine.run("user-image.check", "--ref", ref, FAKE_SINGLEUSER="")
    assert ran.code == 1
    assert "✗ singleuser: jupyterhub-singleuser is not on the PATH" in ran.out
    assert "    → install jupyterhub" in ran.out
    assert "? serves: not tried" in ran.out
    assert ran.out.splitlines()[-1].startswith("unfit; ")


def test_without_an_engine_the_registry_is_asked_all_the_same(machine: Machine, ref: str) -> None:
    ran = machine.run("user-image.check", "--ref", ref, "--json", FAKE_FAILS="version")
    assert ran.code == 0, ran.err
    found = points(ran.json)
    assert [found[name] for name in ("found", "platform", "size", "tag", "public")] == [True] * 5
    assert {found[name] for name in ("singleuser", "serves", "login", "user", "home")} == {None}
    assert "run" not in machine.did()


def test_a_failed_pull_is_no_finding(machine: Machine, ref: str) -> None:
    ran = machine.run("user-image.check", "--ref", ref, FAKE_FAILS="pull")
    assert ran.code == 0, ran.err
    assert "? singleuser: " in ran.out
    assert "could not be pulled" in ran.out
    assert ran.out.splitlines()[-1].startswith("not known to serve; 7 point(s) could not be told")


def test_an_image_that_is_nowhere(machine: Machine, ref: str) -> None:
    ran = machine.run("user-image.check", "--ref", ref.replace("1.0", "9.9"), "--json")
    assert ran.code == 1
    assert (ran.json["digest"], points(ran.json)["found"]) == (None, False)
    assert points(ran.json)["singleuser"] is None


def test_a_registry_that_does_not_answer_fails_nothing(machine: Machine, ref: str) -> None:
    machine.fake.otherwise = lambda _: Say(503)
    machine.fake.routes.clear()
    ran = machine.run("user-image.check", "--ref", ref, "--json")
    assert ran.code == 0, ran.err
    assert (points(ran.json)["found"], points(ran.json)["public"]) == (None, None)


def of_a_hub(machine: Machine, ref: str, *words: str) -> Ran:
    name = ref.removesuffix(":1.0")
    machine.repo.commit({STAGING: PROFILES.format(name=name)})
    return machine.run("user-image.check", "--hub", "example/staging", *words)


def test_every_image_of_a_hub_once(machine: Machine, ref: str) -> None:
    ran = of_a_hub(machine, ref, "--json")
    assert ran.code == 1  # 2.0 is not there, and one is no name of an image
    name = ref.removesuffix(":1.0")
    assert [one["ref"] for one in ran.json] == [ref, f"{name}:2.0", f"{name}:not a tag"]
    assert [points(one)["found"] for one in ran.json] == [True, False, False]


def test_the_images_of_several_hubs_once_for_each_jupyterhub(machine: Machine, ref: str) -> None:
    """twin deploys an older chart, so its JupyterHub is older; plain names no image."""
    name = ref.removesuffix(":1.0")
    values = f"jupyterhub: {{singleuser: {{image: {{name: {name}, tag: '1.0'}}}}}}\n"
    machine.repo.commit(
        dict.fromkeys((STAGING, f"{CLUSTERS}/example/prod.values.yaml", TWINS), values)
    )
    chart = f"{CLUSTERS}/research/twin.chart.yaml"
    machine.repo.write(chart, machine.repo.read(chart).replace("4.2.0", "3.3.8"))
    hubs = "example/staging,example/prod,research/other-twin,research/twin,research/plain"
    ran = machine.run("user-image.check", "--hub", hubs, "--json", FAKE_FAILS="version")
    assert ran.code == 0, ran.err
    assert [one["ref"] for one in ran.json] == [ref, ref]
    assert "research/plain names no user image" in ran.err
    hubs = hubs.removesuffix(",research/plain")
    words = ("user-image.check", "--hub", hubs, "--ref", ref, "--json")
    assert len(machine.run(*words, FAKE_FAILS="version").json) == 2


def test_a_broken_hub_hides_no_other(machine: Machine, ref: str) -> None:
    machine.repo.write(f"{CLUSTERS}/example/prod.values.yaml", "a: 1\n  b: 2\n")
    name = ref.removesuffix(":1.0")
    machine.repo.write(
        STAGING, f"jupyterhub: {{singleuser: {{image: {{name: {name}, tag: '1.0'}}}}}}\n"
    )
    ran = machine.run("user-image.check", "--hub", "example/prod,example/staging", "--json")
    assert ran.code == 1
    assert [one["ref"] for one in ran.json] == [ref]
    assert "prod.values.yaml:2" in ran.err


def test_one_image_for_a_hub(machine: Machine, ref: str) -> None:
    machine.repo.write("config/clusters/example/cluster.yaml", CLUSTER)
    ran = of_a_hub(machine, ref, "--ref", ref, "--json")
    assert (ran.code, ran.json["ref"]) == (0, ref)
    version = next(c for c in ran.json["checks"] if c["name"] == "jupyterhub-version")
    assert version["detail"] == "5.0, and the hub has 5 (jupyterhub chart 4.3.3)"


CLUSTER = """\
name: example
provider: gcp
hubs:
  - name: staging
    helm_chart: basehub
    helm_chart_values_files: [common.values.yaml, staging.values.yaml]
"""


def test_a_hub_that_names_none(machine: Machine) -> None:
    ran = machine.run("user-image.check", "--hub", "example/prod")
    assert ran.code == 1
    assert "example/prod names no user image" in ran.err
    assert "--ref IMAGE:TAG" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--ref is missing"),
        (("--hub", "example/nowhere"), "no hub `example/nowhere`"),
        (("--ref", "Not An Image"), "is not the name of an image"),
        (("--ref", "quay.io/o/i:1", "--seconds", "0"), "at least 1"),
        (("--ref", "quay.io/o/i:1", "--seconds", "a minute"), "at least 1"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    machine: Machine, words: tuple[str, ...], said: str
) -> None:
    ran = machine.run("user-image.check", *words)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert machine.did() == []


def test_a_repository_without_hubs_can_check_an_image(machine: Machine, ref: str) -> None:
    (machine.repo.path / "helm-charts/chartpress.yaml").unlink()
    ran = machine.run("user-image.check", "--ref", ref, "--json")
    assert ran.code == 0, ran.err
    assert points(ran.json)["jupyterhub-version"] is None


# --- a person at a terminal --------------------------------------------------------------------------


def test_a_person_is_asked_for_the_image(machine: Machine, ref: str) -> None:
    terminal = Terminal(machine, "user-image.check")
    terminal.until("Check what?")
    terminal.type("\r")
    terminal.until("Which image (IMAGE:TAG)?")
    terminal.type(f"{ref}\r")
    terminal.until("nothing speaks against it")
    assert terminal.end() == 0


def test_a_person_may_pick_a_hub(machine: Machine, ref: str) -> None:
    machine.repo.commit({STAGING: PROFILES.format(name=ref.removesuffix(":1.0"))})
    terminal = Terminal(machine, "user-image.check")
    terminal.until("every user image of example/staging")
    terminal.type("\x1b[B\r")
    terminal.until("is not the name of an image")
    assert terminal.end() == 1

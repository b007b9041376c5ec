"""user-image.set: what a person types, what is asked of the registry, and what is committed."""

from __future__ import annotations

import pytest

from hubs import Hubs
from tests.commands.conftest import Machine, Ran, Run
from tests.commands.test_pr_flag import did, github, remote, text_of  # noqa: F401 - fixtures
from tests.fakegh import FakeGh
from tests.registry.gallery import Gallery

STAGING = "config/clusters/example/staging.values.yaml"
COMMON = "config/clusters/example/common.values.yaml"
SET = ("user-image.set", "--hub", "example/staging")
VALUES = """\
jupyterhub:
  custom: {{jupyterhubConfigurator: {{enabled: true}}}}
  singleuser:
    image: {{name: {host}/org/base, tag: "1.0"}}
    profileList:
      - display_name: Python
        kubespawner_override: {{image: {host}/org/python:1.0}}
      - display_name: R
        kubespawner_override:
          image: {host}/org/r:1.0   # kept
"""


@pytest.fixture
def gallery(machine: Machine) -> Gallery:
    made = Gallery(machine.fake)
    machine.repo.commit({STAGING: VALUES.format(host=machine.fake.host)})
    for image in ("base", "python", "r", "new"):
        made.add(f"org/{image}", ["1.0", "2.0"])
    return made


@pytest.fixture
def repo(machine: Machine, gallery: Gallery) -> Hubs:
    return machine.repo


def failed(ran: Ran, *said: str) -> None:
    assert (ran.code, ran.out) == (1, ""), ran.err
    for text in said:
        assert text in ran.err, ran.err


def test_the_default_image(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    host = gallery.fake.host
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/base:2.0")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert repo.last() == [STAGING]
    assert repo.read(STAGING) == VALUES.format(host=host).replace('tag: "1.0"', 'tag: "2.0"')
    message = repo.ask("log", "-1", "--format=%B")
    assert message.startswith(f"example/staging: the default image is {host}/org/base:2.0\n")
    assert f"It was {host}/org/base:1.0 ({STAGING}:4)." in message
    assert "enables the JupyterHub configurator" in ran.err
    assert "nobody gets the default image" in ran.err
    assert "--choice sets one of those: Python; R" in ran.err
    assert "deploy --hub example/staging" in ran.err
    head = repo.head()
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/base:2.0")
    assert (ran.code, repo.head()) == (0, head)
    assert "nothing to do" in ran.err


def test_one_choice(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    host = gallery.fake.host
    ran = invoke(repo.path, *SET, "--choice", "r", "--ref", f"{host}/org/new:2.0")
    assert ran.code == 0, ran.err
    assert repo.read(STAGING) == VALUES.format(host=host).replace("org/r:1.0", "org/new:2.0")
    assert "warning" not in ran.err


@pytest.mark.parametrize(("label", "warned"), [("R (1.0)", True), ("R 1.0.5", False)])
def test_a_label_that_names_the_old_tag(
    repo: Hubs, gallery: Gallery, invoke: Run, label: str, *, warned: bool
) -> None:
    text = VALUES.format(host=gallery.fake.host).replace("name: R\n", f"name: {label}\n")
    repo.commit({STAGING: text})
    words = ("--choice", label, "--ref", f"{gallery.fake.host}/org/r:2.0", "--dry-run")
    ran = invoke(repo.path, *SET, *words)
    assert ran.code == 0, ran.err
    assert ("reading the old tag in R (1.0)" in ran.err) is warned


def test_a_choice_that_is_not_there(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    ran = invoke(repo.path, *SET, "--choice", "Julia", "--ref", f"{gallery.fake.host}/org/new:2.0")
    failed(ran, "called `Julia`", "--choice, one of: Python; R")


def test_what_is_not_in_the_registry_is_refused(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    host, head = gallery.fake.host, repo.head()
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/new:3.0")
    failed(ran, f"{host}/org/new:3.0 is not in its registry", "--force")
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/new:3.0", "--yes")
    failed(ran)
    gallery.broken = {"org/new"}
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/new:2.0")
    failed(ran, "is not known", "500", "--force goes on without an answer")
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/new:2.0", "--dry-run")
    assert (ran.code, repo.head()) == (0, head), ran.err
    assert "unknown: Whether" in ran.err
    assert "would commit: " in ran.err
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/new:2.0", "--force")
    assert ran.code == 0, ran.err
    assert "going on because of --force" in ran.err
    assert "org/new" in repo.read(STAGING)


def test_without_a_terminal_flags_are_named(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    failed(invoke(repo.path, "user-image.set"), "--hub is missing")
    failed(invoke(repo.path, *SET), "--ref is missing")
    failed(invoke(repo.path, *SET, "--ref", "quay.io/org/new"), "names no tag")
    failed(invoke(repo.path, *SET, "--ref", "https://a/b:1"), "is not the name of an image")
    words = ("user-image.set", "--hub", "research/plain", "--ref", "a/b:1")
    failed(invoke(repo.path, *words), "no jupyterhub chart")


def test_other_hubs_are_named_before_they_change(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    host = gallery.fake.host
    shared = f"jupyterhub: {{singleuser: {{image: {{name: {host}/org/base, tag: '1.0'}}}}}}\n"
    repo.commit({COMMON: shared, STAGING: "jupyterhub: {}\n"})
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/base:2.0")
    failed(ran, "the edit reaches example/prod too", "--yes")
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/base:2.0", "--yes")
    assert ran.code == 0, ran.err
    assert repo.last() == [COMMON]


def test_as_a_pull_request(
    repo: Hubs,
    gallery: Gallery,
    github: FakeGh,  # noqa: F811
    remote: object,  # noqa: F811
    invoke: Run,
) -> None:
    repo.ask("init", "--quiet", "--bare", str(remote))
    repo.ask("remote", "add", "origin", str(remote))
    repo.ask("push", "--quiet", "origin", "main")
    host, head = gallery.fake.host, repo.head()
    ran = invoke(repo.path, *SET, "--ref", f"{host}/org/new:2.0", "--choice", "R", "--pr")
    title = f"example/staging: R is {host}/org/new:2.0"
    did(ran, github, "set-example/staging-R", title)
    assert repo.head() == head
    assert "org/new:2.0" in text_of(repo, "set-example/staging-R", STAGING)

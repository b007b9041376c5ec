"""status, as it is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import hubs
from hubs import Hubs
from tests.commands.conftest import Run
from tests.lifecycle.lives import OURS, STAGING, TAG, THEIRS, Life, clone, make, override
from tests.registry.fake import Fake

PIN = f"git+https://github.com/o/thing@{'a' * 40}\n"


@pytest.fixture
def late(tmp_path: Path) -> Life:
    """Has a change from 2024, on a hub: nothing is asked of a registry for it."""
    life = make(tmp_path / "repo")
    life.on(1, {OURS: PIN})
    life.on(2)
    life.on(3, {STAGING: override(TAG)})
    return life


def test_the_document_of_the_contract(late: Life, invoke: Run) -> None:
    tag = late.experiment(4).tag
    late.on(4, {STAGING: override(tag or "")})
    ran = invoke(late.repo.root, "status", "--json")
    assert ran.code == 0, ran.err
    assert ran.json == invoke(late.repo.root, "status", "--format", "json").json
    production, (found,) = ran.json["production"], ran.json["experiments"]
    assert production == {
        "image": "hub",
        "name": f"{hubs.NAME}hub",
        "tag": late.status(4).production.tag,
        "pins": ["oauthenticator==17.3.0"],
    }
    (change,) = found.pop("changes")
    (trial,) = found.pop("trials")
    assert found == {
        "image": "hub-experimental",
        "name": f"{hubs.NAME}hub-experimental",
        "tag": tag,
        "stage": "overdue",
    }
    assert change.pop("days_left") < -300
    assert change == {
        "package": "thing",
        "kind": "new",
        "pin": PIN.strip(),
        "since": "2024-01-02T12:00:00+00:00",
        "deadline": "2024-01-30T12:00:00+00:00",
    }
    assert trial.pop("quiet_days") > 300
    assert trial == {"hub": "example/staging", "tag": tag, "since": "2024-01-05T12:00:00+00:00"}


def test_check_names_both_ways_out(late: Life, invoke: Run) -> None:
    tag = late.experiment(4).tag
    late.on(4, {STAGING: override(tag or "")})
    assert invoke(late.repo.root, "status").code == 0
    ran = invoke(late.repo.root, "status", "--check", "--format", "markdown")
    assert ran.code == 1
    assert "```mermaid" in ran.out
    assert "hub-experimental: thing is" in ran.err
    assert "over its deadline" in ran.err
    assert "invoke experiment.promote --image hub-experimental" in ran.err
    assert "invoke experiment.drop --image hub-experimental" in ran.err


def test_nothing_late(repo: Hubs, invoke: Run) -> None:
    ran = invoke(repo.path, "status", "--check")
    assert (ran.code, ran.err) == (0, "")
    assert "hub-experimental  same" in ran.out
    assert "next: invoke build-hub --image hub --push" in ran.out  # values.yaml has no tag of it


def test_a_check_that_cannot_see_is_no_pass(late: Life, tmp_path: Path, invoke: Run) -> None:
    shallow = clone(late, tmp_path / "shallow", 1)
    assert invoke(shallow.repo.root, "status").code == 0
    ran = invoke(shallow.repo.root, "status", "--check")
    assert ran.code == 1
    assert "git fetch --unshallow" in ran.err


def test_the_registry_is_asked_once(tmp_path: Path, invoke: Run) -> None:
    fake = Fake()
    try:
        repo = hubs.make(tmp_path / "hubs", name=f"{fake.host}/org/")
        invoke(repo.path, "status")
        assert fake.asked == []
        repo.commit({OURS: PIN})
        ran = invoke(repo.path, "status")
        assert "hub-experimental  pinned" in ran.out, ran.err
        assert {path.rpartition("/")[0] for path in fake.paths()} == {
            "HEAD /v2/org/hub-experimental/manifests",
            "GET /v2/org/hub-experimental/manifests",
        }
    finally:
        fake.close()


def test_what_is_not_committed_is_named(repo: Hubs, invoke: Run) -> None:
    repo.write(OURS, PIN)
    ran = invoke(repo.path, "status")
    assert "hub-experimental  same" in ran.out
    assert f"what is not committed does not count: {OURS}" in ran.err


def test_a_broken_cluster_hides_nothing_else(late: Life, invoke: Run) -> None:
    late.on(5, {"config/clusters/research/cluster.yaml": "hubs: [\n"})
    tag = late.experiment(5).tag
    late.on(6, {STAGING: override(tag or "")})
    ran = invoke(late.repo.root, "status")
    assert "research/cluster.yaml" in ran.err
    assert "on example/staging" in ran.out


@pytest.mark.parametrize("words", [("--format", "xml"), ("--json", "--format", "markdown")])
def test_a_format_that_there_is_not(repo: Hubs, invoke: Run, words: tuple[str, ...]) -> None:
    ran = invoke(repo.path, "status", *words)
    assert (ran.code, ran.out) == (1, "")
    assert "table, json, markdown" in ran.err


def test_before_the_first_commit(tmp_path: Path, invoke: Run) -> None:
    repo = Hubs(tmp_path)
    repo.ask("init", "--quiet")
    ran = invoke(repo.path, "status")
    assert ran.code == 1
    assert "no commits yet" in ran.err


# --- a gate that cannot see is shut --------------------------------------------------------------

DOCKERFILE = "helm-charts/images/hub/Dockerfile"


def without(path: str) -> Callable[[Life], None]:
    def spoil(life: Life) -> None:
        (life.repo.root / path).unlink()
        life.on(6)

    return spoil


def without_a_base(life: Life) -> None:
    text = (life.repo.root / DOCKERFILE).read_text()
    base = "FROM quay.io/jupyterhub/k8s-hub:4.3.3"
    life.on(6, {DOCKERFILE: text.replace(base, "ARG B\nFROM $B")})


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (without(OURS), OURS),
        (without(THEIRS), THEIRS),
        (without(DOCKERFILE), DOCKERFILE),
        (without_a_base, DOCKERFILE),
    ],
)
def test_the_gate_stays_shut_where_an_image_cannot_be_read(
    late: Life, invoke: Run, spoil: Callable[[Life], None], path: str
) -> None:
    assert invoke(late.repo.root, "status", "--check").code == 1
    spoil(late)
    ran = invoke(late.repo.root, "status", "--check")
    assert ran.code == 1
    assert f"error: {path}" in ran.err
    assert "shallow" not in ran.out + ran.err
    assert "There is no experimental image" not in ran.out


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_no_base_is_not_no_experiment(late: Life, invoke: Run, form: str) -> None:
    without_a_base(late)
    ran = invoke(late.repo.root, "status", "--format", form)
    assert ran.code == 0
    assert "which images are experimental cannot be told" in ran.out.lower()
    assert "There is no experimental image" not in ran.out


@pytest.mark.parametrize(
    "text", ["hubs: [\n", "hubs:\n- name: a\n  helm_chart: x\n- name: a\n  helm_chart: x\n"]
)
def test_check_fails_where_a_cluster_cannot_be_read(repo: Hubs, invoke: Run, text: str) -> None:
    repo.commit({"config/clusters/research/cluster.yaml": text})
    assert invoke(repo.path, "status").code == 0
    ran = invoke(repo.path, "status", "--check")
    assert ran.code == 1
    assert "cannot be told" in ran.err

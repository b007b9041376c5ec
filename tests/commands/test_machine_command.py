"""doctor and upgrade-base, as they are typed."""

from __future__ import annotations

from pathlib import Path

import hubs
from hubs import Hubs
from tests.commands.conftest import Machine, Run
from tests.registry.fake import Fake, error

CHART = "helm-charts/basehub/Chart.yaml"


def test_doctor_gives_a_tick_or_the_next_command(machine: Machine) -> None:
    upload = "POST /v2/org/hub/blobs/uploads/"
    machine.fake.routes[upload.replace("hub", "hub-experimental")] = machine.fake.routes[upload]
    ran = machine.run("doctor", "--json")
    assert ran.code == 0, ran.err
    points = {point["name"]: point for point in ran.json}
    assert all(set(point) == {"name", "ok", "detail", "fix"} for point in points.values())
    optional = {"helm", "kubeconfig", "kubectl", "sops"}  # which this machine may have or not
    assert {point["ok"] for name, point in points.items() if name not in optional} == {True}
    machine.fake.routes[upload] = error(
        401, "UNAUTHORIZED", **{"WWW-Authenticate": 'Basic realm="org"'}
    )
    ran = machine.run("doctor")
    assert (ran.code, ran.out) == (1, "")
    assert f"✗ push to {machine.fake.host}/org/hub:" in ran.err
    assert "→ docker login" in ran.err


def test_doctor_where_nothing_is_there(machine: Machine) -> None:
    machine.fake.close()
    ran = machine.run("doctor", "--json", PATH="/usr/bin:/bin", DOCKER_HOST="tcp://127.0.0.1:9")
    assert ran.code == 1
    assert [point for point in ran.json if not point["ok"] and not point["fix"]] == []


def serve_base(fake: Fake, repo: Hubs) -> None:
    """Let the base image be one of the fake's, so that its registry can be asked."""
    base = f"FROM {fake.host}/org/hub:4.3.3"
    dockerfile = hubs.OWN.replace("FROM quay.io/jupyterhub/k8s-hub:4.3.3", base)
    repo.commit(
        {
            f"helm-charts/images/{image}/Dockerfile": dockerfile
            for image in ("hub", "hub-experimental")
        }
    )


def test_upgrade_base_is_one_commit(machine: Machine, invoke: Run) -> None:
    repo, fake = machine.repo, machine.fake
    serve_base(fake, repo)
    fake.image("4.3.4")
    repo.write("config/clusters/example/prod.values.yaml", "mine: 1\n")
    before = repo.state()
    ran = invoke(repo.path, "upgrade-base", "--to", "4.3.4")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert sorted(repo.last()) == [
        CHART,
        "helm-charts/images/hub-experimental/Dockerfile",
        "helm-charts/images/hub/Dockerfile",
    ]
    assert repo.state() == before
    assert "twin.chart.yaml (research/twin) stays at 4.2.0" in ran.err
    assert "next: invoke build-hub" in ran.err
    assert "nothing to do" in invoke(repo.path, "upgrade-base", "--to", "4.3.4").err


def test_upgrade_base_refuses_what_the_registry_does_not_have(
    machine: Machine, invoke: Run
) -> None:
    repo = machine.repo
    serve_base(machine.fake, repo)
    before = repo.state(), repo.head()
    for _ in range(2):
        ran = invoke(repo.path, "upgrade-base", "--to", "9.9.9")
        assert (ran.code, ran.out) == (1, "")
        assert "→" in ran.err
        machine.fake.routes["GET /v2/org/hub/manifests/9.9.9"] = error(500, "NO")
    assert (repo.state(), repo.head()) == before


def test_a_refused_commit_gives_every_file_back(machine: Machine, invoke: Run) -> None:
    repo = machine.repo
    serve_base(machine.fake, repo)
    machine.fake.image("4.3.4")
    repo.hook("pre-commit", "echo no >&2; exit 1")
    before = repo.state(), repo.head()
    ran = invoke(repo.path, "upgrade-base", "--to", "4.3.4")
    assert ran.code == 1
    assert "the edit taken back" in ran.err
    assert (repo.state(), repo.head()) == before


def test_a_repository_without_charts(tmp_path: Path, invoke: Run) -> None:
    empty = Hubs(tmp_path / "empty")
    empty.path.mkdir()
    empty.ask("init", "--quiet")
    for command in ("doctor", "upgrade-base"):
        ran = invoke(empty.path, command)
        assert (ran.code, ran.out) == (1, "")
        assert "charts_dir" in ran.err

"""Deployments with the real Helm to the cluster on loopback: all goes well, fails, and is resumed."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable

import pytest

import stack
from hubimages.helm import ClusterSilent, Helm, Release, command
from hubimages.process import Processes
from integration.deployments import CLUSTER, HUB, IMAGE, WRITES, Place
from integration.running import until
from integration.support import STAGING
from stack.chartrepo import CHARTS

ALL = ("--all", "--canary", "example/staging")


def test_to_the_end_failed_and_resumed(place: Place) -> None:
    cluster, one = place.cluster, place.commit("one")
    first = place.deploy(*ALL, "--json").ok()
    assert [(hub["hub"], hub["state"], hub["runs"]) for hub in first.json] == [
        ("example/staging", "deployed", one),
        ("example/prod", "deployed", one),
    ]
    assert place.images() == [one, one]

    two = place.commit("two")
    place.set(deploy_timeout=2)
    cluster.on_request = lambda request: (
        cluster.rollouts.never_ready.add("*:two") if "/prod/deployments" in request else None
    )
    failed = place.deploy("--cluster", "example", "--json").failed(
        r"example/staging +deployed +.*:two", r"example/prod +failed +.*:one", "ready in time"
    )
    assert [(hub["state"], hub["runs"]) for hub in failed.json] == [
        ("deployed", two),
        ("failed", one),
    ]
    assert failed.json[0]["error"] is None
    assert "in time" in failed.json[1]["error"]
    assert place.images() == [two, one]  # Helm has taken it back

    cluster.on_request, cluster.never_ready = None, set()
    asked = len(place.staging.requests)
    again = place.deploy("--all").ok()
    assert "example/staging  unchanged" in again.stderr
    assert place.images() == [two, two]
    assert len(place.staging.requests) > asked  # looked at all the same


def test_nothing_to_do_is_no_write(place: Place) -> None:
    cluster, health = place.cluster, place.staging
    plan = place.deploy("--dry-run", "--json").ok().json[0]
    assert (cluster.count(WRITES), plan["old"], plan["state"]) == (0, "not installed", "not begun")
    place.deploy().ok()
    before, asked = cluster.count(WRITES), len(health.requests)
    again = place.deploy("--json").ok()
    assert (again.json[0]["state"], again.json[0]["changes"]) == ("unchanged", [])
    assert cluster.count(WRITES) == before
    assert cluster.count("GET .*/deployments/hub") > 0
    assert len(health.requests) == asked + 1
    image = place.images()[0]
    set_image = ["kubectl", "set", "image", "deployment/hub", "hub=by.hand/hub:1"]
    Processes()([*set_image, "--namespace", "staging"])
    place.deploy().failed("now runs by.hand/hub:1", "--force")
    place.deploy("--force").ok()
    assert place.images()[0] == image
    place.commit("other")
    cluster.requests.clear()
    plan = place.deploy("--dry-run", "--json").ok().json[0]
    assert cluster.count(WRITES) == 0
    assert (plan["context"], plan["namespace"], plan["release"]) == ("example", *["staging"] * 2)
    assert any("containers.hub.image" in field for c in plan["changes"] for field in c["fields"])


def test_a_hub_that_never_gets_well_is_named_and_left_as_it_is(place: Place) -> None:
    place.set(deploy_timeout=2)
    place.staging.never(503)
    failed = place.deploy("--all", "--json").failed("answers 503", "hub/health")
    assert [hub["state"] for hub in failed.json] == ["failed", "not begun"]
    assert place.statuses() == ["deployed"]
    place.staging.green()
    assert [hub["state"] for hub in place.deploy("--all", "--json").ok().json] == [
        "unchanged",
        "deployed",
    ]


def test_clusters_side_by_side_and_hubs_of_one_one_by_one(place: Place) -> None:
    """Each cluster's context is found; what one of them does waits for none of the other."""
    second = "config/clusters/second"
    text = (place.repo.path / CLUSTER).read_text()
    common = {f"{second}/{name}.values.yaml": "{}\n" for name in ("common", "staging", "prod")}
    place.repo.commit({f"{second}/cluster.yaml": text.replace("example", "second"), **common})
    place.set(namespace="'{cluster}-{hub}'")
    kubeconfig = place.repo.path.parent / "kubeconfig"
    place.cluster.kubeconfig(kubeconfig, "example", "example", others={"its-own": "second"})
    place.deploy("--all", "--dry-run").failed(
        "second/staging belongs to the cluster second", "--context its-own"
    )
    both = threading.Barrier(2, timeout=20)
    met: set[str] = set()

    def meet(request: str) -> None:
        for name in {"example-staging", "second-staging"} - met:
            if re.search(rf"^(POST|PATCH) .*/{name}/deployments", request):
                met.add(name)
                both.wait()

    place.cluster.on_request = meet
    done = place.deploy("--all", "--context", "matching", "--json").ok()
    assert [hub["context"] for hub in done.json] == ["example"] * 2 + ["its-own"] * 2
    assert {hub["state"] for hub in done.json} == {"deployed"}
    assert met == {"example-staging", "second-staging"}


def test_without_cluster_kubeconfig_or_sops_a_dry_run_shows_what_it_can(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.cluster.stop()
    said = place.deploy("--dry-run").ok().stderr
    assert f"hub image: unknown → {IMAGE}:0.0.1-set.by.chartpress" in said
    assert "cannot be reached" in said
    kept = os.environ["KUBECONFIG"]
    monkeypatch.setenv("KUBECONFIG", "/nowhere/kubeconfig")
    secret = STAGING.replace("staging.values", "enc-staging.secret.values")
    hubs = (place.repo.path / CLUSTER).read_text()
    place.repo.commit(
        {
            secret: "jupyterhub: {hub: {config: {a: 'ENC[AES256_GCM]'}}}\nsops: {version: 3}\n",
            CLUSTER: hubs.replace(
                "- staging.values", f"- {secret.rpartition('/')[2]}\n      - staging.values"
            ),
        },
        push=False,
    )
    said = place.deploy("--dry-run").ok().stderr
    assert "context unknown" in said
    place.deploy().failed("no current context")
    monkeypatch.setenv("KUBECONFIG", kept)
    place.deploy().failed("sops", secret)
    assert place.cluster.count(WRITES) == 0


def test_what_is_not_committed_is_refused(place: Place) -> None:
    untracked = STAGING.replace("staging.values", "extra.values")
    (place.repo.path / STAGING).write_text("jupyterhub: {}\n")
    place.deploy().failed("Uncommitted", STAGING)
    place.repo.git("checkout", "--", STAGING)
    (place.repo.path / CLUSTER).write_text(
        (place.repo.path / CLUSTER).read_text().replace("staging.values", "extra.values")
    )
    (place.repo.path / untracked).write_text("{}\n")
    place.deploy().failed("Uncommitted", CLUSTER)
    assert place.cluster.requests == []


Fail = Callable[[stack.Cluster], None]
FAULTS: dict[int, dict[str, tuple[Fail, str]]] = {
    3: {
        "unreachable": (lambda cluster: cluster.stop(), "cannot be reached"),
        "forbidden": (lambda cluster: cluster.refuse(403, HUB), "refuses this login.*forbidden"),
    },
    4: {
        "token": (lambda cluster: cluster.refuse(401), "refuses this login"),
        "rejected": (lambda cluster: cluster.reject("not signed"), "does not take.*not signed"),
    },
}


@pytest.mark.parametrize("major", FAULTS, ids=["helm3", "helm4"])
def test_a_cluster_that_will_not(place: Place, major: int) -> None:
    """Nothing is changed then, and once it will the same command goes on, with either Helm."""
    one = place.commit("one")
    place.deploy().ok()
    place.commit("two")
    for name, (fail, message) in FAULTS[major].items():
        fail(place.cluster)
        place.deploy().failed(message)
        place.cluster.heal()
        if name == "unreachable":
            place.cluster.start()
        assert place.images()[0] == one, name
        assert not place.statuses()[-1].startswith("pending"), name
    place.deploy().ok()
    assert place.images()[0] == f"{IMAGE}:two"


def test_a_cluster_that_is_lost_in_the_middle_and_back(place: Place) -> None:
    place.deploy().ok()
    two = place.commit("two")
    place.set(deploy_timeout=3)
    place.once(HUB, lambda: threading.Thread(target=place.cluster.stop).start())
    place.deploy().failed("cannot be reached", "example/staging +failed +unknown")
    place.cluster.start()
    assert place.statuses() == ["deployed", "pending-upgrade"]
    assert "had been cut off" in place.deploy().ok().stderr
    assert place.images()[0] == two


def test_a_cluster_that_does_not_answer(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Helm itself waits for ever: neither a question nor an act takes longer than it may."""
    monkeypatch.setattr(command, "_QUESTION", 1.0)
    monkeypatch.setattr(command, "_SLACK", 0.0)
    helm, release = Helm(Processes()), Release(name="x", namespace="x", context="example")
    assert helm.version  # so that this question is not the one
    place.cluster.silent("^(POST|PATCH) .*/secrets")
    with pytest.raises(ClusterSilent, match="no answer within 2 s"):
        helm.upgrade(release, CHARTS / "jupyterhub", [], seconds=1, note="")
    place.cluster.silent()
    with pytest.raises(ClusterSilent, match="no answer within 1 s"):
        helm.history(release)
    until(lambda: place.programs("helm") == [] or None, "the end of helm")

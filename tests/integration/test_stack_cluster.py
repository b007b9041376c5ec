"""The stack's cluster before the real Helm 3, Helm 4 and kubectl: what they do, and how they fail."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stack
from hubimages.process import Completed, Processes
from stack.chartrepo import CHARTS

CHART = str(CHARTS / "jupyterhub")
IMAGE = "quay.io/jupyterhub/k8s-hub"
IN_PROGRESS = "another operation (install/upgrade/rollback) is in progress"

_processes = Processes()


def run(*words: str, timeout: float = 60) -> Completed:
    return _processes(words, check=False, timeout=timeout)


def upgrade(helm: int, tag: str, *more: str, limit: int = 20) -> list[str]:
    back = "--atomic" if helm == 3 else "--rollback-on-failure"
    words = ["helm", "upgrade", "--install", "hub", CHART, "--namespace", "staging", "--wait", back]
    return [*words, "--timeout", f"{limit}s", "--set", f"hub.image.tag={tag}", *more]


def deploy(helm: int, tag: str, *more: str, limit: int = 20) -> Completed:
    return run(*upgrade(helm, tag, *more, limit=limit))


def deployed(helm: int, tag: str) -> None:
    done = deploy(helm, tag)
    assert done.code == 0, done.stderr


def said(*words: str) -> Any:
    """Run Helm or kubectl on the namespace staging and return its JSON."""
    done = run(*words, "--namespace", "staging", "--output", "json")
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)


def states(cluster: stack.Cluster) -> list[tuple[int, str]]:
    return [(one.revision, one.status) for one in cluster.releases("staging")]


def signalled(cluster: stack.Cluster, words: list[str], number: signal.Signals, at: str) -> int:
    """Run words, send the signal when a request matches, and return the exit code."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:

        def hook(request: str) -> None:
            if re.search(at, request):
                cluster.on_request = None
                child.send_signal(number)

        cluster.on_request = hook
        code = child.wait(60)
    assert cluster.on_request is None, "no request matched"
    return code


# --- a release -----------------------------------------------------------------------------------


def test_a_release_from_install_to_uninstall(helm: int, cluster: stack.Cluster) -> None:
    deployed(helm, "one")
    secret = cluster.object("Secret", "staging", "hub")
    deployed(helm, "two")

    assert cluster.hub_image("staging") == f"{IMAGE}:two"
    assert cluster.rolled_out("staging")
    assert states(cluster) == [(1, "superseded"), (2, "deployed")]
    assert [one["status"] for one in said("helm", "history", "hub")] == ["superseded", "deployed"]
    assert said("helm", "status", "hub")["info"]["status"] == "deployed"
    assert said("helm", "get", "values", "hub") == {"hub": {"image": {"tag": "two"}}}
    manifest = run("helm", "get", "manifest", "hub", "--namespace", "staging").stdout
    assert f"image: {IMAGE}:two\n" in manifest
    token = "hub.config.ConfigurableHTTPProxy.auth_token"
    assert secret
    assert (cluster.object("Secret", "staging", "hub") or {})["data"][token] == secret["data"][
        token
    ]

    assert run("helm", "rollback", "hub", "1", "--namespace", "staging", "--wait").code == 0
    assert cluster.hub_image("staging") == f"{IMAGE}:one"
    assert run("helm", "uninstall", "hub", "--namespace", "staging").code == 0
    assert cluster.hub_image("staging") is None
    assert cluster.releases("staging") == []
    assert cluster.store.listed("Pod") == []
    assert run("helm", "status", "hub", "--namespace", "staging").stderr == (
        "Error: release: not found\n"
    )


def test_a_release_goes_from_one_helm_to_the_other(
    helm_tools: stack.HelmTools,
    cluster: stack.Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "kubeconfig")))
    for number, major in enumerate((3, 4, 3, 4)):
        monkeypatch.setenv("PATH", helm_tools.path(major, tmp_path / "programs"))  # type: ignore[arg-type]
        deployed(major, f"{number}")
        assert cluster.hub_image("staging") == f"{IMAGE}:{number}"


def test_a_namespace_has_to_be_there(helm: int, cluster: stack.Cluster) -> None:
    elsewhere = ("--namespace", "elsewhere")
    assert 'namespaces "elsewhere" not found' in deploy(helm, "one", *elsewhere).stderr
    assert deploy(helm, "one", *elsewhere, "--create-namespace").code == 0
    assert cluster.hub_image("elsewhere") == f"{IMAGE}:one"


def test_a_failed_install_is_taken_back(helm: int, cluster: stack.Cluster) -> None:
    cluster.refuse(403, "^(POST|PATCH) .*/deployments")
    assert "has been uninstalled due to" in deploy(helm, "one").stderr
    assert cluster.releases("staging") == []
    assert cluster.object("Service", "staging", "hub") is None


def test_what_never_gets_ready_is_rolled_back(helm: int, cluster: stack.Cluster) -> None:
    deployed(helm, "one")
    cluster.never_ready = {"*:bad"}
    done = deploy(helm, "bad", limit=3)
    assert done.code == 1
    assert "has been rolled back due to" in done.stderr
    assert re.search("timed out waiting for the condition|context deadline exceeded", done.stderr)
    assert states(cluster) == [(1, "superseded"), (2, "failed"), (3, "deployed")]
    assert cluster.hub_image("staging") == f"{IMAGE}:one"
    assert cluster.rolled_out("staging")


# --- the cluster says no, or nothing ---------------------------------------------------------------


def _stale_token(cluster: stack.Cluster) -> None:
    cluster.token = "another"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (stack.Cluster.stop, "luster unreachable: .*connection refused"),
        (_stale_token, "the server has asked for the client to provide credentials"),
        (
            lambda cluster: cluster.refuse(403, "/secrets"),
            'secrets is forbidden: User ".*cannot list',
        ),
        (lambda cluster: cluster.refuse(403, "^PATCH .*/hub"), "cannot patch resource"),
        (lambda cluster: cluster.reject("not signed"), "denied the request: not signed"),
        (lambda cluster: cluster.refuse(422, "^PATCH .*deployments/hub"), '"hub" is invalid'),
    ],
    ids=["unreachable", "token", "list", "patch", "rejected", "invalid"],
)
def test_a_refused_upgrade_changes_nothing(
    helm: int, cluster: stack.Cluster, fault: Callable[[stack.Cluster], None], words: str
) -> None:
    deployed(helm, "one")
    token = cluster.token
    fault(cluster)

    done = deploy(helm, "two", limit=2)

    assert done.code == 1
    assert re.search(words, done.stderr)
    assert token not in done.stdout + done.stderr
    assert cluster.hub_image("staging") == f"{IMAGE}:one"


def test_back_at_the_same_address(helm: int, cluster: stack.Cluster) -> None:
    deployed(helm, "one")
    address = cluster.address
    cluster.stop()
    cluster.start()
    assert cluster.address == address
    deployed(helm, "two")
    assert states(cluster) == [(1, "superseded"), (2, "deployed")]


def test_what_hung_for_a_dead_helm_never_happens(helm: int, cluster: stack.Cluster) -> None:
    deployed(helm, "one")
    patching = "^PATCH .*/deployments/hub"
    cluster.silent(patching)
    signalled(cluster, upgrade(helm, "two"), signal.SIGKILL, patching)
    cluster.heal()
    assert [one["status"] for one in said("helm", "history", "hub")] == [
        "deployed",
        "pending-upgrade",
    ]
    assert cluster.hub_image("staging") == f"{IMAGE}:one"


def test_what_hangs_for_one_who_waits_is_answered(helm: int, cluster: stack.Cluster) -> None:
    deployed(helm, "one")
    cluster.silent("/secrets")
    with subprocess.Popen(
        ["helm", "status", "hub", "-n", "staging"], stdout=subprocess.PIPE
    ) as child:
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)
        cluster.heal()
        assert b"STATUS: deployed" in child.communicate(timeout=20)[0]


def test_faults_after_some_requests(helm: int, cluster: stack.Cluster) -> None:
    cluster.refuse(500, "^(POST|PATCH) .*/namespaces/staging/", after=3)
    assert deploy(helm, "one").code == 1
    cluster.heal()
    cluster.delay(0.1, "GET /version")
    deployed(helm, "one")


# --- Helm ends in the middle -----------------------------------------------------------------------


def test_a_killed_install_is_pending_until_uninstalled(helm: int, cluster: stack.Cluster) -> None:
    code = signalled(cluster, upgrade(helm, "one"), signal.SIGKILL, "^(POST|PATCH) .*/deployments")
    assert code == -signal.SIGKILL
    assert states(cluster) == [(1, "pending-install")]
    assert IN_PROGRESS in deploy(helm, "one").stderr
    assert run("helm", "rollback", "hub", "--namespace", "staging").code == 1
    assert run("helm", "uninstall", "hub", "--namespace", "staging").code == 0
    deployed(helm, "one")


def test_a_killed_upgrade_is_pending_until_rolled_back(helm: int, cluster: stack.Cluster) -> None:
    deployed(helm, "one")
    signalled(cluster, upgrade(helm, "two"), signal.SIGKILL, "^PATCH .*/deployments/hub")
    assert states(cluster) == [(1, "deployed"), (2, "pending-upgrade")]
    assert IN_PROGRESS in deploy(helm, "two").stderr
    assert run("helm", "rollback", "hub", "1", "--namespace", "staging", "--wait").code == 0
    assert states(cluster) == [(1, "superseded"), (2, "pending-upgrade"), (3, "deployed")]
    assert cluster.hub_image("staging") == f"{IMAGE}:one"
    deployed(helm, "two")


def test_a_terminated_upgrade_rolls_back(helm: int, cluster: stack.Cluster) -> None:
    deployed(helm, "one")
    cluster.rollout_seconds = 1
    code = signalled(cluster, upgrade(helm, "two"), signal.SIGTERM, "^PATCH .*/deployments/hub")
    assert code == 1
    assert states(cluster) == [(1, "superseded"), (2, "failed"), (3, "deployed")]
    assert cluster.hub_image("staging") == f"{IMAGE}:one"


# --- kubectl ---------------------------------------------------------------------------------------


@pytest.fixture
def kubectl(
    helm_tools: stack.HelmTools,
    cluster: stack.Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Completed]:
    monkeypatch.setenv("PATH", helm_tools.path(4, tmp_path / "programs"))
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "kubeconfig")))
    return lambda *words: run("kubectl", "--namespace", "staging", *words)


def test_a_rollout_is_waited_for(kubectl: Callable[..., Completed], cluster: stack.Cluster) -> None:
    deployed(4, "one")
    status = ("rollout", "status", "deployment/hub", "--timeout=10s")
    assert kubectl(*status).stdout == 'deployment "hub" successfully rolled out\n'
    cluster.rollout_seconds, cluster.never_ready = 0.5, {"*:bad"}
    image = ("set", "image", "deployment/hub")
    assert kubectl(*image, f"hub={IMAGE}:two").code == 0
    assert not cluster.rolled_out("staging")
    assert "successfully rolled out" in kubectl(*status).stdout
    assert cluster.rolled_out("staging")
    assert kubectl(*image, f"hub={IMAGE}:bad").code == 0
    done = kubectl(*status[:-1], "--timeout=1s")
    assert (done.code, done.stderr) == (1, "error: timed out waiting for the condition\n")
    (pod,) = json.loads(kubectl("get", "pods", "--selector=component=hub", "-o=json").stdout)[
        "items"
    ]
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff"


def test_a_rolling_update_keeps_the_old_pod(
    kubectl: Callable[..., Completed], cluster: stack.Cluster
) -> None:
    deployed(4, "one")
    change = '{"spec": {"strategy": {"$retainKeys": ["type"], "type": "RollingUpdate"}}}'
    assert kubectl("patch", "deployment", "hub", "--patch", change).code == 0
    cluster.never_ready = {"*:bad"}
    kubectl("set", "image", "deployment/hub", f"hub={IMAGE}:bad")

    def images() -> list[str]:
        pods = json.loads(kubectl("get", "pods", "--selector=component=hub", "-o=json").stdout)
        return sorted(pod["spec"]["containers"][0]["image"] for pod in pods["items"])

    assert images() == [f"{IMAGE}:bad", f"{IMAGE}:one"]
    cluster.never_ready = set()
    kubectl("rollout", "status", "deployment/hub", "--timeout=10s")
    assert images() == [f"{IMAGE}:bad"]


def test_the_ways_to_change_an_object(
    kubectl: Callable[..., Completed], cluster: stack.Cluster, tmp_path: Path
) -> None:
    def data() -> Any:
        return (cluster.object("ConfigMap", "staging", "it") or {})["data"]

    assert kubectl("create", "configmap", "it", "--from-literal=a=1").code == 0
    for kind, change in (
        ("merge", '{"data": {"b": "2", "a": null}}'),
        ("strategic", '{"data": {"c": "3"}}'),
        ("json", '[{"op": "replace", "path": "/data/c", "value": "4"}]'),
    ):
        assert kubectl("patch", "configmap", "it", f"--type={kind}", "--patch", change).code == 0
    assert data() == {"b": "2", "c": "4"}

    applied = tmp_path / "it.json"
    thing = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}}
    for given in ({"d": "5", "e": "6"}, {"e": "7"}):
        applied.write_text(json.dumps({**thing, "data": given}))
        done = kubectl("apply", "--server-side", f"--filename={applied}")
        assert done.code == 0, done.stderr
    assert data() == {"b": "2", "c": "4", "e": "7"}

    assert kubectl("label", "configmap", "it", "of=me").code == 0
    for selector, found in (("of=me", 1), ("of!=me", 0), ("of in (me, you)", 1), ("!of", 0)):
        items = json.loads(kubectl("get", "configmaps", "-o=json", f"-l={selector}").stdout)[
            "items"
        ]
        assert len(items) == found, selector
    assert kubectl("delete", "configmaps", "--selector=of=me").code == 0
    assert "NotFound" in kubectl("get", "configmap", "it").stderr


def test_contexts_of_a_kubeconfig(
    kubectl: Callable[..., Completed], cluster: stack.Cluster, tmp_path: Path
) -> None:
    path = tmp_path / "kubeconfig"
    cluster.kubeconfig(path, "mine", "cluster-a", others={"theirs": "cluster-b"}, namespace="hubs")
    assert kubectl("config", "current-context").stdout == "mine\n"
    shown = json.loads(kubectl("config", "view", "-o=json").stdout)
    found = {one["name"]: one["context"]["cluster"] for one in shown["contexts"]}
    assert found == {"mine": "cluster-a", "theirs": "cluster-b"}
    assert kubectl("--context=theirs", "get", "pods").code == 0
    assert cluster.token not in kubectl("config", "view").stdout


def test_a_watch_ends_with_the_cluster(
    kubectl: Callable[..., Completed], cluster: stack.Cluster
) -> None:
    words = ["kubectl", "--namespace=staging", "get", "configmaps", "--watch", "--output=name"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watch:
        assert watch.stdout
        kubectl("create", "configmap", "seen")
        assert watch.stdout.readline() == "configmap/seen\n"
        cluster.stop()
        watch.wait(20)


def test_nothing_of_it_is_left(helm_tools: stack.HelmTools, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with stack.Cluster() as cluster:
        home = Path(cluster.certificate).parent
        words = [str(helm_tools.kubectl), "--kubeconfig", str(cluster.kubeconfig(tmp_path / "kc"))]
        cluster.silent("GET .*/pods")
        hanging = subprocess.Popen([*words, "get", "pods"], stderr=subprocess.DEVNULL)
        watching = subprocess.Popen(
            [*words, "get", "secrets", "--watch"], stderr=subprocess.DEVNULL
        )
        for _ in range(1000):
            if cluster.count("/pods") and cluster.count("watch="):
                break
            time.sleep(0.01)
    assert hanging.wait(20) == 1
    watching.wait(20)  # 1 where the server went before its stream had an end
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()
    assert not home.exists()

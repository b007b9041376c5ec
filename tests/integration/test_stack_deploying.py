"""What the stack has beside its cluster: a chart repository, and the health of a hub."""

from __future__ import annotations

import io
import ssl
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import stack
from hubimages.process import Processes
from stack.chartrepo import CHARTS, package

run = Processes()


# --- charts ----------------------------------------------------------------------------------------


def test_helm_fetches_a_chart_once(helm: int, tmp_path: Path) -> None:
    with stack.ChartRepository("4.3.3", "4.3.2") as charts:
        (tmp_path / "basehub").mkdir()
        (tmp_path / "basehub" / "Chart.yaml").write_text(
            "apiVersion: v2\nname: basehub\nversion: 0.1.0\n"
            f"dependencies: [{{name: jupyterhub, version: 4.3.2, repository: {charts.url}}}]\n"
        )
        run(["helm", "dependency", "update", "basehub"], cwd=tmp_path)
        assert charts.count() == 1
        shown = run(["helm", "template", "hub", "basehub"], cwd=tmp_path).stdout
    assert "image: quay.io/jupyterhub/k8s-hub:4.3.2\n" in shown
    assert charts.count("jupyterhub-4.3.3.tgz") == 0


def test_helm_finds_nothing_wrong_with_the_chart(helm: int) -> None:
    run(["helm", "lint", "--strict", str(CHARTS / "jupyterhub")])


def test_a_chart_is_packed_the_same_each_time() -> None:
    packed = package(CHARTS / "jupyterhub", "4.3.3")
    assert packed[4:8] == bytes(4), "gzip's time of day"
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert {entry.mtime for entry in tar} == {0}
        chart = tar.extractfile("jupyterhub/Chart.yaml")
        assert chart
        assert b"\nversion: 4.3.3\n" in chart.read()
    assert package(CHARTS / "jupyterhub", "4.3.3") == packed


# --- health ----------------------------------------------------------------------------------------


@pytest.fixture
def hub() -> Iterator[stack.HubHealth]:
    with stack.HubHealth() as hub:
        yield hub


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:  # type: ignore[override]
        """Follow nowhere."""


def ask(hub: stack.HubHealth, path: str = "", seconds: float = 5) -> int:
    trust = ssl.create_default_context(cafile=hub.ca) if hub.ca else None
    https = [urllib.request.HTTPSHandler(context=trust)] if trust else []
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay, *https)
    try:
        with opener.open(hub.url + (path or hub.path), timeout=seconds) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code


def test_health_as_told(hub: stack.HubHealth) -> None:
    assert ask(hub) == 200
    hub.never()
    assert ask(hub) == 503
    hub.never(404)
    assert ask(hub) == 404
    hub.after(requests=2)
    assert [ask(hub) for _ in range(3)] == [503, 503, 200]
    hub.after(seconds=600)
    assert ask(hub) == 503
    hub.redirect("https://example.org/")
    assert ask(hub) == 302
    assert ask(hub, "/elsewhere") == 404
    assert hub.requests[0] == "/hub/health"


def test_health_that_hangs_or_is_gone(hub: stack.HubHealth) -> None:
    hub.hang()
    with pytest.raises(TimeoutError):
        ask(hub, seconds=0.2)
    address = hub.url
    hub.refuse_connections()
    with pytest.raises(urllib.error.URLError, match="refused"):
        ask(hub)
    hub.start()
    hub.green()
    assert hub.url == address
    assert ask(hub) == 200


def test_health_over_tls_below_a_base_url() -> None:
    with stack.HubHealth(base_url="/jupyter/", tls=True) as hub:
        assert hub.url.startswith("https://localhost:")
        assert ask(hub) == 200
        assert hub.requests == ["/jupyter/hub/health"]


def test_health_of_a_cluster(cluster: stack.Cluster, hub: stack.HubHealth) -> None:
    """Green is what has rolled out."""
    hub.when(lambda: cluster.rolled_out("staging"))
    assert ask(hub) == 503
    pod = {"metadata": {"labels": {}}, "spec": {"containers": [{"name": "hub", "image": "a:1"}]}}
    spec = {"replicas": 1, "strategy": {"type": "Recreate"}, "selector": {"matchLabels": {}}}
    cluster.store.put(("Deployment", "staging", "hub"), {"spec": {**spec, "template": pod}})
    with cluster.store.changed:
        cluster.store.changed.wait_for(lambda: cluster.rolled_out("staging"), 10)
    assert ask(hub) == 200

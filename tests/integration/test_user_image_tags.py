"""Newer tags in the Distribution registry, open and with a password."""

from __future__ import annotations

import base64
import json
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

import pytest

import hubs
import stack
from hubimages.listing import Lister
from hubimages.registry import Registry, client
from hubimages.tree import WorkTree
from hubimages.userimages import asking
from hubimages.userimages.offers import Current, Newer, Offer
from hubimages.userimages.places import Place, of
from tests.registry.fake import CONFIG, MANIFEST, sha

TAGS = 25
STAGING = "config/clusters/example/staging.values.yaml"


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


class Shelf:
    """Pushes small images, as `docker push` does."""

    def __init__(self, registry: stack.Registry, repository: str) -> None:
        self.url = f"http://{registry.address}/v2/{repository}"
        self.name = f"{registry.address}/{repository}"
        user, password = registry.login or ("", "")
        self.headers = {"Authorization": f"Basic {_basic(user, password)}"} if user else {}

    def _send(self, method: str, url: str, body: bytes = b"", kind: str = "") -> str:
        headers = {**self.headers, "Content-Type": kind or "application/octet-stream"}
        request = urllib.request.Request(url, body, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return urljoin(url, str(answer.headers["Location"] or ""))

    def push(self, made: str, *tags: str) -> None:
        config = json.dumps({"os": "linux", "architecture": "amd64", "created": made}).encode()
        location = self._send("POST", f"{self.url}/blobs/uploads/")
        mark = "&" if "?" in location else "?"
        self._send("PUT", f"{location}{mark}digest={sha(config)}", config)
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "digest": sha(config), "size": len(config)},
                "layers": [],
            }
        ).encode()
        for tag in tags:
            self._send("PUT", f"{self.url}/manifests/{tag}", manifest, MANIFEST)


@pytest.fixture(params=["registry", "locked_registry"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    registry: stack.Registry = request.getfixturevalue(request.param)
    monkeypatch.setattr(client, "_TAGS_A_PAGE", 10)
    for name, value in stack.docker_config(tmp_path / "docker", registry.logins).items():
        monkeypatch.setenv(name, value)
    return Shelf(registry, f"tags/{request.param.replace('_', '-')}")


def offer(tmp_path: Path, name: str, tag: str) -> Offer:
    repo = hubs.make(tmp_path / f"hubs-{tag}")
    repo.commit(
        {STAGING: f"jupyterhub: {{singleuser: {{image: {{name: '{name}', tag: '{tag}'}}}}}}\n"}
    )
    found = of(Lister(WorkTree(repo.path)), repo.fleet.named("example/staging"))
    assert found
    place: Place = found.default
    with Registry(patience=10) as registry:
        said = asking.offers(registry, [place], latest=True, platform="linux/amd64")
    return said[name, tag]


def test_numbers_and_commits_in_pages(shelf: Shelf, tmp_path: Path) -> None:
    shelf.push("2026-01-01T00:00:00Z", "0a1b2c3", *(f"1.{n}.0" for n in range(TAGS)), "latest")
    shelf.push("2026-02-01T00:00:00Z", "f0e1d2c", "2.0.0rc1")
    found = offer(tmp_path, shelf.name, "1.17.0")
    assert isinstance(found, Newer)
    assert [one.tag for one in found.tags] == [f"1.{TAGS - 1}.0"]
    assert found.tags[0].digest == found.present.digest  # the same image under all these tags
    found = offer(tmp_path, shelf.name, "0a1b2c3")
    assert isinstance(found, Newer)
    assert [one.tag for one in found.tags] == ["f0e1d2c"]
    assert offer(tmp_path, shelf.name, "f0e1d2c") == Current()

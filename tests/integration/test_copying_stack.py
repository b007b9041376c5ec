"""Copying images by digest in the Distribution registry, and between two of them."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import stack
from hubimages import samebits
from hubimages.engine import Engine as OurEngine
from hubimages.process import Processes
from hubimages.reference import Reference
from hubimages.registry import Copied, Image, NotLoggedIn, Registry, Taken, Unknown

INDEX = "application/vnd.oci.image.index.v1+json"
LAYERS = 3
_numbers = count(1)


@pytest.fixture
def ours() -> Iterator[Registry]:
    with Registry() as registry:
        yield registry


@pytest.fixture
def name(engine: stack.Engine, registry: stack.Registry) -> Iterator[str]:
    """Repositories of the test's own; the engine forgets their images."""
    name = f"copying{next(_numbers)}"
    yield name
    engine.remove_images(f"{registry.address}/{name}/*")


def push(engine: stack.Engine, folder: Path, image: str, text: str = "") -> None:
    """Build an image with layers of some megabytes and a random one, and push it."""
    (folder / "a").write_bytes(b"a" * 5_000_000)
    (folder / "b").write_bytes(os.urandom(3_000_000))
    dockerfile = f"FROM scratch\nCOPY a /a\nCOPY b /b\nCOPY Dockerfile /{text}\nLABEL text={text}\n"
    (folder / "Dockerfile").write_text(dockerfile)
    engine.docker("build", "--tag", image, str(folder))
    engine.docker("push", image)


def tried(
    engine: stack.Engine, registry: stack.Registry, folder: Path, name: str
) -> tuple[Reference, str]:
    """Push an image, and return its name and digest."""
    image = f"{registry.address}/{name}/tried:1"
    push(engine, folder, image, "tried")
    digest = registry.digest(f"{name}/tried", "1")
    assert digest
    return Reference.parse(image), digest


def put(registry: stack.Registry, name: str, tag: str, content: dict[str, Any]) -> str:
    """Push an index as it is, and return its digest."""
    body = json.dumps(content, indent=1).encode()
    connection = http.client.HTTPConnection(registry.address, timeout=10)
    connection.request("PUT", f"/v2/{name}/manifests/{tag}", body, {"Content-Type": INDEX})
    assert connection.getresponse().status == 201
    connection.close()
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def run_and_remove(engine: stack.Engine, image: Reference, digest: str) -> None:
    """Pull an image by its tag, make sure of its digest, and have the engine forget it."""
    engine.docker("image", "rm", "--force", str(image), check=False)
    engine.docker("pull", str(image))
    found = engine.docker("image", "inspect", "--format", "{{.RepoDigests}}", str(image)).stdout
    assert f"{image.name}@{digest}" in found
    engine.docker("image", "rm", "--force", str(image))


def test_within_a_registry_layers_are_mounted(
    engine: stack.Engine,
    registry: stack.Registry,
    faulty: stack.FaultyRegistry,
    ours: Registry,
    name: str,
    tmp_path: Path,
) -> None:
    _, digest = tried(engine, registry, tmp_path, name)
    source = Reference.parse(f"{faulty.address}/{name}/tried:1")
    target = Reference.parse(f"{faulty.address}/{name}/hub:1.0")
    assert ours.copy(source, digest, target) == Copied(digest)
    assert faulty.count(f"POST .*/{name}/hub/.*mount=") == LAYERS + 1
    assert faulty.count("GET .*/blobs/") == faulty.count("PUT .*/uploads/") == 0
    assert ours.copy(source, digest, target) == Copied(digest, already=True)
    run_and_remove(engine, Reference(registry.address, f"{name}/hub", "1.0"), digest)


def test_where_the_mount_is_refused_layers_are_sent(
    engine: stack.Engine,
    registry: stack.Registry,
    faulty: stack.FaultyRegistry,
    ours: Registry,
    name: str,
    tmp_path: Path,
) -> None:
    _, digest = tried(engine, registry, tmp_path, name)
    faulty.fail(405, "POST .*mount=")
    source = Reference.parse(f"{faulty.address}/{name}/tried")
    target = Reference.parse(f"{faulty.address}/{name}/hub:1.0")
    assert ours.copy(source, digest, target) == Copied(digest)
    assert faulty.count("PUT .*/uploads/") == LAYERS + 1
    run_and_remove(engine, Reference(registry.address, f"{name}/hub", "1.0"), digest)


@pytest.mark.parametrize(
    "where",
    ["HEAD .*/blobs/", "POST .*", "GET .*/blobs/", "PUT .*/uploads/", "PUT .*/manifests/"],
)
def test_a_copy_that_broke_off_is_finished_by_the_next(
    where: str,
    engine: stack.Engine,
    registry: stack.Registry,
    faulty: stack.FaultyRegistry,
    ours: Registry,
    name: str,
    tmp_path: Path,
) -> None:
    _, digest = tried(engine, registry, tmp_path, name)
    source = Reference.parse(f"{faulty.address}/{name}/tried")
    target = Reference.parse(f"{faulty.address}/{name}/hub:1.0")
    faulty.fail(405, "POST .*mount=")
    faulty.fail(503, where)
    assert isinstance(ours.copy(source, digest, target), Unknown)
    assert registry.tags(f"{name}/hub") == []
    faulty.heal()
    assert ours.copy(source, digest, target) == Copied(digest)
    assert registry.digest(f"{name}/hub", "1.0") == digest


def test_an_index_comes_whole(
    engine: stack.Engine, registry: stack.Registry, ours: Registry, name: str, tmp_path: Path
) -> None:
    """As buildx pushes one: two manifests, one of them an attestation's."""
    source, _ = tried(engine, registry, tmp_path, name)
    first = registry.ask("GET", f"/v2/{name}/tried/manifests/1")[2]
    push(engine, tmp_path, f"{source.name}:2", "second")
    second = registry.ask("GET", f"/v2/{name}/tried/manifests/2")[2]
    platforms = [("linux", "amd64"), ("unknown", "unknown")]
    entries = [
        {
            "mediaType": json.loads(body)["mediaType"],
            "digest": f"sha256:{hashlib.sha256(body).hexdigest()}",
            "size": len(body),
            "platform": {"os": system, "architecture": machine},
        }
        for body, (system, machine) in zip((first, second), platforms, strict=True)
    ]
    content = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    digest = put(registry, f"{name}/tried", "both", content)
    target = Reference.parse(f"{registry.address}/{name}/hub:1.0")
    assert ours.copy(source, digest, target) == Copied(digest)
    image = ours.inspect(target)
    assert isinstance(image, Image)
    assert (image.digest, image.platforms) == (digest, ("linux/amd64",))
    assert registry.ask("GET", f"/v2/{name}/hub/manifests/{entries[1]['digest']}")[2] == second
    run_and_remove(engine, target, digest)


def test_a_tag_that_names_another_image_stays(
    engine: stack.Engine, registry: stack.Registry, ours: Registry, name: str, tmp_path: Path
) -> None:
    source, digest = tried(engine, registry, tmp_path, name)
    push(engine, tmp_path, f"{registry.address}/{name}/hub:1.0", "other")
    other = registry.digest(f"{name}/hub", "1.0")
    target = Reference.parse(f"{registry.address}/{name}/hub:1.0")
    assert other
    assert ours.copy(source, digest, target) == Taken(other)
    assert registry.digest(f"{name}/hub", "1.0") == other


def test_with_a_password_and_from_another_registry(
    engine: stack.Engine,
    registry: stack.Registry,
    locked_registry: stack.Registry,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, digest = tried(engine, registry, tmp_path, name)
    there = Reference.parse(f"{locked_registry.address}/{name}/copy:1")
    here = Reference.parse(f"{locked_registry.address}/{name}/hub:1.0")
    with Registry() as ours:
        answer = ours.copy(source, digest, there)
        assert isinstance(answer, NotLoggedIn | Unknown)  # not even the tag is shown
        assert answer.fix == f"docker login {locked_registry.address}"
    config = stack.docker_config(tmp_path / "logged-in", locked_registry.logins)
    monkeypatch.setenv("DOCKER_CONFIG", config["DOCKER_CONFIG"])
    with Registry() as ours:
        assert ours.copy(source, digest, there) == Copied(digest)
        assert ours.copy(there, digest, here) == Copied(digest)
    run_and_remove(engine, here, digest)


def test_what_an_image_stands_on(
    engine: stack.Engine, registry: stack.Registry, ours: Registry, name: str, tmp_path: Path
) -> None:
    """Of real images: in the registry and in the engine the layers have the same names."""
    base = Reference.parse(f"{registry.address}/{name}/base:1")
    image = Reference.parse(f"{registry.address}/{name}/hub:1")
    push(engine, tmp_path, str(base), "first")
    (tmp_path / "Dockerfile").write_text(f"FROM {base}\nCOPY Dockerfile /own\n")
    engine.docker("build", "--tag", str(image), str(tmp_path))
    engine.docker("push", str(image))
    found, docker = ours.inspect(image), OurEngine(Processes())
    local = docker.image(str(image))
    assert isinstance(found, Image)
    assert found.manifest
    assert local
    assert len(found.manifest.diff_ids) == LAYERS + 1
    layers = found.manifest.diff_ids
    assert layers == local.diff_ids
    assert samebits.base_difference(base, layers, ours, docker, "linux/amd64") is None
    push(engine, tmp_path, str(base), "anew")
    found_now = samebits.base_difference(base, layers, ours, docker, "linux/amd64")
    assert found_now == f"The base image {base} is another one now than the tried image stands on."

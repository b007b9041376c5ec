from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubimages.reference import Reference
from hubimages.registry import Registry
from tests.registry.fake import Fake


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a docker configuration of its own, empty, and no proxies."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    folder = tmp_path / "docker-config"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder / "config.json"


@pytest.fixture
def start() -> Iterator[Callable[..., Fake]]:
    """Start servers that end with the test."""
    fakes: list[Fake] = []

    def one(**options: Any) -> Fake:
        fakes.append(Fake(**options))
        return fakes[-1]

    yield one
    for fake in fakes:
        fake.close()


@pytest.fixture
def fake(start: Callable[..., Fake]) -> Fake:
    return start()


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry(connect=5, read=5) as registry:
        yield registry


@pytest.fixture
def ref(fake: Fake) -> Reference:
    return Reference.parse(f"{fake.host}/org/hub:1.0")


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def log_in(docker_config: Path, fake: Fake) -> Callable[..., None]:
    """Keep a login for the fake registry, as `docker login` does."""

    def keep(password: str = "anna-s3cret", **entry: str) -> None:
        entry = entry or {"auth": basic("anna", password)}
        docker_config.write_text(json.dumps({"auths": {fake.host: entry}}))

    return keep

"""pullable: three answers of a registry, kept apart."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hubimages.reference import Reference
from hubimages.registry import Answer, NotThere, Registry, There, Unknown
from hubs import DIGEST, Hubs
from tests.policies.conftest import STAGING, TWINS, VALUES, at, found, only
from tests.policies.test_user_image_policies import PROD, user
from tests.registry.fake import Doorkeeper, Fake

IMAGE = "quay.io/org/image:2026.06.04"


@dataclass
class Answering:
    """Says of each image what it is told to; together makes that many askers wait for each other."""

    told: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    together: int = 1

    def __post_init__(self) -> None:
        self.barrier = threading.Barrier(self.together, timeout=10)

    def look(self, ref: Reference) -> Answer:
        self.asked.append(str(ref))
        self.barrier.wait()
        return self.told.get(str(ref), There(DIGEST))


def test_each_image_is_asked_for_once(repo: Hubs) -> None:
    repo.write(PROD, user(IMAGE))
    repo.write(TWINS, user(IMAGE))
    registry = Answering()
    assert found(repo, registry) == []
    assert sorted(registry.asked) == sorted(set(registry.asked))
    assert IMAGE in registry.asked
    assert len(registry.asked) == 3  # with the hub images of staging and of all others


def test_several_are_asked_for_at_once(repo: Hubs) -> None:
    repo.write(PROD, user(IMAGE))
    registry = Answering(together=3)  # one after the other would break the barrier
    assert found(repo, registry) == []


def test_not_there_is_an_error_at_each_line(repo: Hubs) -> None:
    repo.write(PROD, user(IMAGE))
    repo.write(TWINS, user(IMAGE))
    missing = found(repo, Answering({IMAGE: NotThere()}))
    assert [at(one) for one in missing] == [
        ("pullable", "error", PROD, 6),
        ("pullable", "error", TWINS, 6),
    ]
    assert IMAGE in missing[0].message


def test_not_known_is_a_warning_with_the_registrys_reason(repo: Hubs) -> None:
    repo.write(PROD, user(IMAGE))
    finding = only(repo, Answering({IMAGE: Unknown("quay.io has trouble of its own (503).")}))
    assert at(finding) == ("pullable", "warning", PROD, 6)
    assert "(503)" in finding.message


def test_what_is_no_name_is_not_asked_for(repo: Hubs) -> None:
    repo.write(PROD, user("quay.io/Org/Image:1.0"))
    registry = Answering()
    finding = only(repo, registry)
    assert at(finding) == ("pullable", "error", PROD, 6)
    assert len(registry.asked) == 2


def test_without_a_registry_nothing_is_asked(repo: Hubs) -> None:
    repo.write(PROD, user("quay.io/Org/Image:1.0"))
    assert found(repo) == []


# --- as anybody ----------------------------------------------------------------------------


@pytest.fixture
def fake() -> Iterator[Fake]:
    one = Fake()
    yield one
    one.close()


def test_a_login_does_not_make_a_private_image_pullable(
    repo: Hubs, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login is there and would do; the nodes of a cluster have none."""
    login = base64.b64encode(b"anna:anna-s3cret").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {fake.host: {"auth": login}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    fake.image("1.0")
    Doorkeeper(fake, users={f"Basic {login}": "anna"}, may={"anna": {"pull"}}).guard(
        "GET /v2/org/hub/manifests/1.0", "pull"
    )
    ref = Reference.parse(f"{fake.host}/org/hub:1.0")
    with Registry() as registry:
        assert isinstance(registry.look(ref), There)
    sent = len(fake.asked)
    with Registry(anonymous=True) as registry:
        repo.write(VALUES, repo.read(VALUES).replace("quay.io/", f"{fake.host}/"))
        repo.write(STAGING, user(str(ref)))
        warnings = [one for one in found(repo, registry) if str(ref) in one.message]
    assert [at(one)[:3] for one in warnings] == [("pullable", "warning", STAGING)]
    assert not [
        asked for asked in fake.asked[sent:] if login in asked.headers.get("authorization", "")
    ]

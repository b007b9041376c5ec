"""Copying an image by digest, against a registry that keeps what it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hubimages.reference import Reference
from hubimages.registry import (
    Copied,
    Differs,
    NotLoggedIn,
    NotThere,
    Refused,
    Registry,
    RepositoryMissing,
    Taken,
    Unknown,
)
from hubimages.registry.transport import Response, Transport
from tests.registry.conftest import basic
from tests.registry.fake import MANIFEST, Asked, Fake, Say, document, error, sha
from tests.registry.store import FOREIGN, Store

TRIED, HUB = "org/hub-experimental", "org/hub"


@pytest.fixture
def store(fake: Fake) -> Store:
    return Store(fake)


@pytest.fixture
def source(fake: Fake) -> Reference:
    return Reference(fake.host, TRIED, "tried")


@pytest.fixture
def target(fake: Fake) -> Reference:
    return Reference(fake.host, HUB, "1.0")


def asked(fake: Fake, method: str, pattern: str = "") -> list[str]:
    """Return the requests of a method whose path matches."""
    return [a.path for a in fake.asked if a.method == method and re.search(pattern, a.path)]


def complete(store: Store, digest: str, tag: str = "1.0") -> bool:
    """Whether the production repository has the very manifests and blobs, and the tag."""
    theirs, ours = store[TRIED], store[HUB]
    return (
        ours.tags == {tag: digest}
        and ours.manifests == theirs.manifests
        and ours.blobs == theirs.blobs
    )


# --- where the bytes go ----------------------------------------------------------------------


def test_in_one_registry_layers_are_mounted(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    digest = store.image(TRIED, "tried")
    assert registry.copy(source, digest, target) == Copied(digest)
    assert complete(store, digest)
    assert len(asked(fake, "POST", "mount=sha256%3A.*&from=org%2Fhub-experimental$")) == 3
    assert asked(fake, "GET", "/blobs/") == []
    assert asked(fake, "PUT") == ["/v2/org/hub/manifests/1.0"]


def test_what_is_not_mounted_is_sent_into_the_upload_that_was_opened(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    store.mounts = False
    digest = store.image(TRIED)
    assert registry.copy(source, digest, target) == Copied(digest)
    assert complete(store, digest)
    assert len(asked(fake, "POST")) == len(asked(fake, "PUT", "uploads")) == 3
    assert store.uploads == set()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_a_mount_that_is_refused_is_followed_by_a_plain_upload(
    status: int,
    fake: Fake,
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
) -> None:
    challenge = {"WWW-Authenticate": f'Bearer realm="{fake.url}/token"'}
    fake.routes["GET /token"] = document({"token": "t"})
    store.before = lambda a: Say(status, b"", challenge) if "mount=" in a.path else None
    digest = store.image(TRIED)
    assert registry.copy(source, digest, target) == Copied(digest)
    assert complete(store, digest)


def test_from_one_registry_to_another(
    start: Callable[..., Fake], store: Store, registry: Registry, source: Reference
) -> None:
    other = Store(start())
    digest = store.image(TRIED, times=200_000)  # several reads each
    target = Reference(other.fake.host, HUB, "1.0")
    assert registry.copy(source, digest, target) == Copied(digest)
    assert other[HUB].blobs == store[TRIED].blobs
    assert other[HUB].tags == {"1.0": digest}
    assert asked(other.fake, "POST", "mount") == []
    assert [a.method for a in store.fake.asked] == ["GET"] * 4


def test_a_layer_is_followed_to_where_the_registry_keeps_it(
    start: Callable[..., Fake], fake: Fake, store: Store, registry: Registry, source: Reference
) -> None:
    """As registries do that keep layers in an object store."""
    other, far = Store(start()), start()
    digest = store.image(TRIED, layers=1)
    for blob, body in store[TRIED].blobs.items():
        to = Say(307, b"", {"Location": f"{far.url}/{blob}?signed"})
        fake.routes[f"GET /v2/{TRIED}/blobs/{blob}"] = to
        far.routes[f"GET /{blob}"] = Say(200, body)
    assert registry.copy(source, digest, Reference(other.fake.host, HUB, "1.0")) == Copied(digest)
    assert other[HUB].blobs == store[TRIED].blobs


def test_an_index_comes_with_all_its_manifests(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    children = [store.image(TRIED, architecture="amd64"), store.image(TRIED, architecture="arm64")]
    digest = store.index(TRIED, children, "tried")
    assert registry.copy(source, digest, target) == Copied(digest)
    assert complete(store, digest)
    manifests = [f"/v2/org/hub/manifests/{name}" for name in (*children, "1.0")]
    assert asked(fake, "PUT") == manifests


def test_what_is_there_is_not_sent(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    digest = store.image(TRIED)
    store[HUB].blobs.update(store[TRIED].blobs)
    assert registry.copy(source, digest, target) == Copied(digest)
    assert asked(fake, "POST") == []


def test_layers_that_are_not_to_be_distributed_stay_where_they_are(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    inner = store.image(TRIED)
    content = json.loads(store[TRIED].manifests.pop(inner)[1])
    gone = {"mediaType": FOREIGN, "digest": sha(b"far"), "size": 3, "urls": ["https://example.org"]}
    digest = store.manifest(TRIED, {**content, "layers": [gone, *content["layers"]]})
    assert registry.copy(source, digest, target) == Copied(digest)
    assert asked(fake, "HEAD", sha(b"far")) == []


def test_a_whole_layer_is_sent_again_where_the_token_ran_out(
    start: Callable[..., Fake], store: Store, registry: Registry, source: Reference
) -> None:
    other = Store(start())
    other.fake.routes["GET /token"] = document({"token": "t"})
    challenge = {"WWW-Authenticate": f'Bearer realm="{other.fake.url}/token"'}
    left = iter([Say(401, b"", challenge)])
    other.before = lambda a: next(left, None) if a.method == "PUT" else None
    digest = store.image(TRIED)
    assert registry.copy(source, digest, Reference(other.fake.host, HUB, "1.0")) == Copied(digest)
    assert other[HUB].blobs == store[TRIED].blobs


def test_a_layer_is_sent_again_from_its_beginning_where_a_kept_connection_was_closed(
    start: Callable[..., Fake], store: Store, registry: Registry, source: Reference
) -> None:
    other = Store(start())
    left = iter([Say(drop=True)])
    other.before = lambda a: next(left, None) if "uploads/u" in a.path else None
    digest = store.image(TRIED)
    assert registry.copy(source, digest, Reference(other.fake.host, HUB, "1.0")) == Copied(digest)
    assert next(left, None) is None
    assert other[HUB].blobs == store[TRIED].blobs


# --- the tag ---------------------------------------------------------------------------------


def test_a_tag_that_names_the_image_already_is_left(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    digest = store.image(TRIED)
    assert registry.copy(source, digest, target) == Copied(digest)
    fake.asked.clear()
    assert registry.copy(source, digest, target) == Copied(digest, already=True)
    assert fake.paths() == ["HEAD /v2/org/hub/manifests/1.0"]


def test_a_tag_that_names_another_image_is_never_overwritten(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    other = store.image(HUB, "1.0", architecture="arm64")
    assert registry.copy(source, store.image(TRIED), target) == Taken(other)
    assert store[HUB].tags == {"1.0": other}
    assert fake.paths() == ["HEAD /v2/org/hub/manifests/1.0"]


def test_a_tag_that_came_meanwhile_is_never_overwritten(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    digest = store.image(TRIED)
    other = store.image("org/other", architecture="arm64")

    def push(request: Asked) -> None:
        if request.method == "POST":
            store[HUB].manifests[other] = store["org/other"].manifests[other]
            store[HUB].tags["1.0"] = other

    store.after = push
    assert registry.copy(source, digest, target) == Taken(other)
    assert asked(fake, "PUT") == []


def test_a_tag_that_cannot_be_looked_at_is_not_pushed(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    store.before = lambda a: Say(503) if a.method == "HEAD" else None
    answer = registry.copy(source, store.image(TRIED), target)
    assert isinstance(answer, Unknown)
    assert asked(fake, "POST") == asked(fake, "PUT") == []


@pytest.mark.parametrize("gone", [False, True])
def test_a_tag_that_names_another_image_afterwards_is_told(
    gone: bool, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    digest = store.image(TRIED)
    other = store.image(HUB, architecture="arm64")

    def meddle(request: Asked) -> None:
        if request.method == "PUT":
            store[HUB].tags["1.0"] = "gone" if gone else other

    store.after = meddle
    assert registry.copy(source, digest, target) == Differs(None if gone else other)


def test_a_tag_that_cannot_be_seen_afterwards_is_unknown(
    store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    digest = store.image(TRIED)
    store.before = lambda a: Say(500) if a.method == "HEAD" and store[HUB].tags else None
    answer = registry.copy(source, digest, target)
    assert isinstance(answer, Unknown)
    assert "was written, but whether the registry has it could not be seen" in answer.why
    assert "again" in answer.fix


def test_names_without_a_tag_and_with_a_digest(
    store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    """Only the repository of the source counts, and only the tag of the target."""
    digest = store.image(TRIED)
    target = replace(target, tag=None, digest=digest)
    assert registry.copy(replace(source, digest=sha(b"")), digest, target) == Copied(digest)
    assert store[HUB].tags == {"latest": digest}


# --- what is not right -----------------------------------------------------------------------


def test_an_image_that_is_not_there(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    assert registry.copy(source, sha(b"x"), target) == NotThere()
    assert asked(fake, "POST") == []


def _swap(kind: str, store: Store, digest: str) -> None:
    """Let one part of an image be gone, or have other bytes than its digest says."""
    where: dict[str, Any] = store[TRIED].blobs if "layer" in kind else store[TRIED].manifests
    name = next(n for n, b in where.items() if b"layer" in b) if "layer" in kind else digest
    if "gone" in kind:
        del where[name]
    elif "layer" in kind:
        where[name] = bytes(len(where[name])) if "as long" in kind else where[name][:-1]
        where[name] += b"more" if "longer" in kind else b""
    else:
        where[name] = (MANIFEST, where[name][1] + b" ")


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("a manifest with other bytes", "not what its digest says"),
        ("a child with other bytes", "not what its digest says"),
        ("a child that is gone", "is missing"),
        ("a layer with other bytes, as long", "not what its digest says"),
        ("a layer that is cut", "not what its digest says"),
        ("a layer that is longer", "sends more than the"),
        ("a layer that is gone", "is missing"),
    ],
)
def test_what_is_not_whole_is_not_copied(
    kind: str, why: str, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    store.mounts = False
    child = store.image(TRIED)
    digest = store.index(TRIED, [child])
    _swap(kind, store, child if "child" in kind else digest)
    answer = registry.copy(source, digest, target)
    assert isinstance(answer, Unknown)
    assert why in answer.why
    assert store[HUB].tags == {}
    assert store.uploads == set()


@pytest.mark.parametrize(
    "content",
    [
        {"schemaVersion": 1, "mediaType": "application/vnd.docker.distribution.manifest.v1+json"},
        {"schemaVersion": 2, "mediaType": MANIFEST},
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": "x", "size": 1}},
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": sha(b""), "size": "1"}},
        {"schemaVersion": 2, "mediaType": ["x"]},
    ],
)
def test_a_manifest_of_another_kind_is_unknown(
    content: dict[str, Any],
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
) -> None:
    assert isinstance(registry.copy(source, store.manifest(TRIED, content), target), Unknown)


def test_indexes_in_indexes_have_an_end(
    store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    digest = store.image(TRIED)
    for _ in range(5):
        digest = store.index(TRIED, [digest])
    answer = registry.copy(source, digest, target)
    assert isinstance(answer, Unknown)
    assert "without end" in answer.why


def test_an_upload_that_leads_elsewhere_gets_nothing(
    start: Callable[..., Fake], store: Store, registry: Registry, source: Reference
) -> None:
    other = Store(start())
    away = Say(202, b"", {"Location": "http://elsewhere.example/upload"})
    other.before = lambda a: away if a.method == "POST" else None
    answer = registry.copy(source, store.image(TRIED), Reference(other.fake.host, HUB, "1.0"))
    assert answer == Unknown(f"{other.fake.host} leads an upload to another host.")


def test_no_room_for_a_layer_is_said(
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    store.mounts = False
    monkeypatch.setattr("tempfile.TemporaryFile", Full)
    answer = registry.copy(source, store.image(TRIED), target)
    assert isinstance(answer, Unknown)
    assert "No space left on device" in answer.why
    assert "TMPDIR" in answer.fix
    assert store.uploads == set()


# --- who may ---------------------------------------------------------------------------------


def _locked(fake: Fake, *, scope: str | None = None, needs: set[str]) -> list[list[str]]:
    """Make writing need a token with these scopes; return the scopes of each token asked for."""
    given: list[list[str]] = []
    store = fake.otherwise

    def token(request: Asked) -> Say:
        found = re.findall(r"scope=([^&]*)", request.path)
        given.append([s.replace("%3A", ":").replace("%2F", "/").replace("%2C", ",") for s in found])
        if "authorization" not in request.headers:
            return document({"token": "anybody"})
        return document({"token": f"number-{len(given) - 1}"})

    def guarded(request: Asked) -> Say:
        held = request.headers.get("authorization", "").rpartition("-")[2]
        if held.isdecimal() and needs <= set(given[int(held)]):
            return store(request)
        if request.method in ("GET", "HEAD") and "/blobs/" not in request.path:
            return store(request)
        said = f',scope="{scope}"' if scope else ""
        challenge = f'Bearer realm="{fake.url}/token",service="s"{said}'
        return error(401, "UNAUTHORIZED", **{"WWW-Authenticate": challenge})

    fake.routes["GET /token"] = token
    fake.otherwise = guarded
    return given


@pytest.mark.parametrize("scope", [None, "repository:org/hub:pull,push"])
def test_a_token_is_for_both_repositories(
    scope: str | None,
    fake: Fake,
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
    log_in: Callable[..., None],
) -> None:
    log_in()
    both = {"repository:org/hub:pull,push", "repository:org/hub-experimental:pull"}
    given = _locked(fake, scope=scope, needs=both)
    digest = store.image(TRIED)
    assert registry.copy(source, digest, target) == Copied(digest)
    assert complete(store, digest)
    assert [set(scopes) for scopes in given] == [both]


def test_without_a_login_the_answer_says_so(
    fake: Fake, store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    _locked(fake, needs={"repository:org/hub:pull,push"})
    answer = registry.copy(source, store.image(TRIED), target)
    assert isinstance(answer, NotLoggedIn)
    assert answer.fix == f"docker login {fake.host}"


def test_a_login_that_may_not_push_is_refused(
    fake: Fake,
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
    log_in: Callable[..., None],
) -> None:
    log_in()
    _locked(fake, needs={"what nobody gets"})
    answer = registry.copy(source, store.image(TRIED), target)
    assert isinstance(answer, Refused)
    assert "may not push to" in answer.why


def test_a_login_that_is_not_accepted_is_refused(
    fake: Fake,
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
    log_in: Callable[..., None],
) -> None:
    log_in()
    _locked(fake, needs={"x"})
    fake.routes["GET /token"] = error(401, "UNAUTHORIZED")
    answer = registry.copy(source, store.image(TRIED), target)
    assert isinstance(answer, Refused)
    assert "refuses the login" in answer.why


def test_with_user_name_and_password(
    fake: Fake,
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
    log_in: Callable[..., None],
) -> None:
    log_in()
    right = "Basic " + basic("anna", "anna-s3cret")
    challenge = {"WWW-Authenticate": 'Basic realm="x"'}
    store.before = lambda a: (
        None if a.headers.get("authorization") == right else Say(401, b"", challenge)
    )
    store.mounts = False
    digest = store.image(TRIED)
    assert registry.copy(source, digest, target) == Copied(digest)


# --- faults at every request -----------------------------------------------------------------

FAULTS = {
    "closed": Say(drop=True),
    "401": error(401, "UNAUTHORIZED", **{"WWW-Authenticate": 'Basic realm="x"'}),
    "403": error(403, "DENIED"),
    "429": error(429, "TOOMANYREQUESTS", **{"Retry-After": "7"}),
    "500": error(500, "UNKNOWN"),
}
MODES = {"mounted": True, "sent": False}


def _requests(store: Store, registry: Registry, source: Reference, target: Reference) -> int:
    """Make an image, and return how many requests its copy takes."""
    digest = store.index(TRIED, [store.image(TRIED, layers=1)], "tried")
    assert registry.copy(source, digest, target) == Copied(digest)
    count = len(store.fake.asked)
    store.repositories.pop(HUB)
    store.fake.asked.clear()
    return count


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("acted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_request_is_told_and_the_next_run_finishes(
    fault: str,
    acted: bool,
    mode: str,
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
) -> None:
    """The request is answered with a fault for as long as the copy tries, once it had its effect or not."""
    store.mounts = MODES[mode]
    total = _requests(store, registry, source, target)
    digest = store[TRIED].tags["tried"]
    for number in range(1, total + 1):

        def fail(request: Asked, number: int = number) -> Say | None:
            return FAULTS[fault] if len(store.fake.asked) >= number else None

        if acted:
            store.after = fail
        else:
            store.before = fail
        answer = registry.copy(source, digest, target)
        assert not isinstance(answer, Copied | Differs | Taken | NotThere), number
        assert answer.why
        assert store.fake.host in answer.why
        if fault == "429":
            assert "in 7 s" in answer.fix
        last = number >= total - 1 and acted  # the tag was written, and then not seen
        assert store[HUB].tags == ({"1.0": digest} if last or number == total else {}), number
        store.before = store.after = lambda _: None
        assert registry.copy(source, digest, target) == Copied(
            digest, already=bool(store[HUB].tags) and (last or number == total)
        )
        assert complete(store, digest)
        store.repositories.pop(HUB)
        store.fake.asked.clear()


@pytest.mark.parametrize("mode", MODES)
def test_a_copy_that_is_interrupted_anywhere_is_finished_by_the_next(
    mode: str,
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.mounts = MODES[mode]
    total = _requests(store, registry, source, target)
    digest = store[TRIED].tags["tried"]
    send = Transport.send
    for number in range(1, total + 1):

        def interrupted(*words: Any, number: int = number, **options: Any) -> Response:
            answer = send(*words, **options)
            if len(store.fake.asked) >= number:
                raise KeyboardInterrupt
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(Transport, "send", interrupted)
            with pytest.raises(KeyboardInterrupt):
                registry.copy(source, digest, target)
        assert len(store.fake.asked) == number
        answer = registry.copy(source, digest, target)
        assert answer == Copied(digest, already=number >= total - 1)
        assert complete(store, digest)
        store.repositories.pop(HUB)
        store.fake.asked.clear()


def test_a_repository_that_is_missing(
    store: Store, registry: Registry, source: Reference, target: Reference
) -> None:
    store.before = lambda a: error(404, "NAME_UNKNOWN") if a.method == "POST" else None
    answer = registry.copy(source, store.image(TRIED), target)
    assert isinstance(answer, RepositoryMissing)


@pytest.mark.parametrize(
    ("status", "why"), [(413, "too large"), (404, "did not take"), (400, "did not take")]
)
@pytest.mark.parametrize("what", ["uploads", "manifests"])
def test_a_part_that_is_not_taken_is_named(
    what: str,
    status: int,
    why: str,
    store: Store,
    registry: Registry,
    source: Reference,
    target: Reference,
) -> None:
    store.mounts = False
    store.before = lambda a: Say(status) if a.method == "PUT" and what in a.path else None
    answer = registry.copy(source, store.image(TRIED), target)
    assert isinstance(answer, Unknown)
    assert why in answer.why
    assert ("the layer" if what == "uploads" else "the manifest 1.0") in answer.why
    assert answer.fix

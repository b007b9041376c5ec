from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubimages.reference import Reference
from hubimages.registry import (
    Granted,
    Image,
    NotLoggedIn,
    NotThere,
    Refused,
    Registry,
    RepositoryMissing,
    There,
    Unknown,
)
from tests.registry.conftest import basic
from tests.registry.fake import CONFIG, INDEX, Asked, Doorkeeper, Fake, Say, document, error, sha

MANIFEST_PATH = "/v2/org/hub/manifests/1.0"
UPLOADS = "/v2/org/hub/blobs/uploads/"
ANNA = "Basic " + basic("anna", "anna-s3cret")
BERT = "Basic " + basic("bert", "bert-s3cret")


def guarded(fake: Fake, *routes: str) -> Doorkeeper:
    """Make the fake's routes want a token; anna may push and pull, bert may pull."""
    door = Doorkeeper(
        fake,
        users={ANNA: "anna", BERT: "bert"},
        may={"anna": {"pull", "push"}, "bert": {"pull"}, "": set()},
    )
    for route in routes:
        door.guard(route, "push" if "uploads" in route else "pull")
    return door


# --- look ------------------------------------------------------------------------------------


def test_there_by_header_costs_one_request(fake: Fake, registry: Registry, ref: Reference) -> None:
    digest = fake.image("1.0")
    assert registry.look(ref) == There(digest)
    assert fake.paths() == [f"HEAD {MANIFEST_PATH}"]
    assert INDEX in fake.asked[0].headers["accept"]


def test_without_the_header_the_body_is_hashed(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    digest = fake.image("1.0", digest=False)
    assert registry.look(ref) == There(digest)
    assert fake.paths() == [f"HEAD {MANIFEST_PATH}", f"GET {MANIFEST_PATH}"]


def test_a_server_without_head_is_asked_by_get(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    digest = fake.image("1.0")
    fake.routes[f"HEAD {MANIFEST_PATH}"] = Say(405)
    assert registry.look(ref) == There(digest)


def test_a_digest_is_looked_up_before_a_tag(fake: Fake, registry: Registry) -> None:
    digest = fake.image()
    assert registry.look(Reference(fake.host, "org/hub", "gone", digest)) == There(digest)


@pytest.mark.parametrize("code", ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"])
def test_a_registrys_404_is_not_there(
    fake: Fake, registry: Registry, ref: Reference, code: str
) -> None:
    fake.routes[f"GET {MANIFEST_PATH}"] = error(404, code)
    assert registry.look(ref) == registry.inspect(ref) == NotThere()


def test_a_404_with_the_version_header_is_not_there(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    headers = {"Docker-Distribution-Api-Version": "registry/2.0"}
    fake.routes[f"GET {MANIFEST_PATH}"] = Say(404, b"", headers)
    assert registry.look(ref) == NotThere()


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (Say(404, b"<html>no such page</html>"), "does not speak as a registry"),
        (Say(404, b'{"errors": []}'), "does not speak as a registry"),
        (Say(200, b"<html>welcome</html>"), "no JSON"),
        (Say(200, b""), "no JSON"),
        (Say(200, b"[" * 100_000), "no JSON"),
        (Say(200, b"[]"), "another shape"),
        (Say(200, b'{"schemaVersion": 1}'), "second schema"),
        (document({"schemaVersion": 2, "config": {"mediaType": "chart"}}), "no container image"),
        (error(403, "DENIED"), r"without asking who you are \(403"),
        (error(429, "TOOMANYREQUESTS"), "no more requests for now"),
        (Say(500), r"trouble of its own \(500"),
        (Say(503, b"later"), r"trouble of its own \(503"),
        (Say(418), r"not expected \(418"),
        (Say(401), "in a way that is not known"),
        (Say(401, b"", {"WWW-Authenticate": "Negotiate YII="}), "in a way that is not known"),
        (Say(drop=True), "broke off"),
    ],
    ids=lambda value: value.status if isinstance(value, Say) else None,
)
def test_everything_else_is_unknown_and_says_why(
    fake: Fake, registry: Registry, ref: Reference, say: Say, why: str
) -> None:
    fake.routes[f"GET {MANIFEST_PATH}"] = say
    answer = registry.look(ref)
    assert isinstance(answer, Unknown)
    assert re.search(why, answer.why)
    assert fake.host in answer.why


def test_too_many_requests_says_how_long_to_wait(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    fake.routes[f"GET {MANIFEST_PATH}"] = error(429, "TOOMANYREQUESTS", **{"Retry-After": "60"})
    assert registry.look(ref) == Unknown(
        f"{fake.host} takes no more requests for now (429).",
        f"try again in 60 s, or raise the limit: docker login {fake.host}",
    )


def test_content_that_is_not_its_digest_is_unknown(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    fake.image("1.0", digest=False)
    body = fake.routes[f"GET {MANIFEST_PATH}"]
    assert isinstance(body, Say)
    fake.routes[f"GET {MANIFEST_PATH}"] = Say(
        200, body.body, {"Docker-Content-Digest": sha(b"other")}
    )
    answer = registry.inspect(ref)
    assert isinstance(answer, Unknown)
    assert "not what its digest says" in answer.why


# --- reading with and without a login -------------------------------------------------------------


def test_a_token_is_fetched_once_for_a_repository(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    log_in()
    digest = fake.image("1.0")
    guarded(fake, f"GET {MANIFEST_PATH}")
    assert registry.look(ref) == registry.look(ref) == There(digest)
    assert [path.partition("?")[0] for path in fake.paths()] == [
        f"HEAD {MANIFEST_PATH}",
        "GET /token",
        f"HEAD {MANIFEST_PATH}",
        f"HEAD {MANIFEST_PATH}",
    ]
    assert fake.asked[1].path == (
        "/token?service=a%2C+quoted+%22one%22&scope=repository%3Aorg%2Fhub%3Apull"
    )


def test_a_token_that_ran_out_is_fetched_anew(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    log_in()
    fake.image("1.0")
    door = guarded(fake, f"GET {MANIFEST_PATH}")
    registry.look(ref)
    door.users[ANNA], door.may = "anna-again", {"anna-again": {"pull"}}
    assert isinstance(registry.look(ref), There)


def test_anybody_may_read_with_an_anonymous_token(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    digest = fake.image("1.0")
    guarded(fake, f"GET {MANIFEST_PATH}").may[""] = {"pull"}
    assert registry.look(ref) == There(digest)


def test_private_without_a_login(fake: Fake, registry: Registry, ref: Reference) -> None:
    fake.image("1.0")
    guarded(fake, f"GET {MANIFEST_PATH}")
    assert registry.look(ref) == Unknown(
        f"{fake.host} does not show org/hub without a login (401): "
        "it is private, or there is no such repository.",
        f"docker login {fake.host}",
    )


def test_a_refusal_is_told_from_a_registry_that_cannot_answer(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    fake.image("1.0")
    guarded(fake, f"GET {MANIFEST_PATH}")
    closed = registry.look(ref)
    fake.routes[f"GET {MANIFEST_PATH}"] = error(429, "TOOMANYREQUESTS")
    busy = registry.look(ref)
    assert isinstance(closed, Unknown)
    assert isinstance(busy, Unknown)
    assert (closed.denied, busy.denied) == (True, False)


def test_a_login_that_may_not_read(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    log_in()
    fake.image("1.0")
    guarded(fake, f"GET {MANIFEST_PATH}").may["anna"] = set()
    answer = registry.look(ref)
    assert isinstance(answer, Unknown)
    assert "to your login (401)" in answer.why


def test_basic_with_the_right_and_the_wrong_password(
    fake: Fake, ref: Reference, log_in: Callable[..., None]
) -> None:
    digest = fake.image("1.0")
    inside = fake.routes[f"GET {MANIFEST_PATH}"]
    assert isinstance(inside, Say)

    def door(asked: Asked) -> Say:
        asks = Say(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        return inside if asked.headers.get("authorization") == ANNA else asks

    fake.routes[f"GET {MANIFEST_PATH}"] = door
    log_in()
    with Registry() as registry:
        assert registry.look(ref) == There(digest)
    log_in("wrong-s3cret")
    with Registry() as registry:
        answer = registry.look(ref)
    assert isinstance(answer, Unknown)
    assert "does not accept the user name and password" in answer.why
    assert answer.fix == f"docker login {fake.host}"


# --- inspect -----------------------------------------------------------------------------------


def test_inspect_one_platform(fake: Fake, registry: Registry, ref: Reference) -> None:
    digest = fake.image("1.0")
    image = registry.inspect(ref)
    assert isinstance(image, Image)
    assert (image.digest, image.platforms) == (digest, ("linux/amd64",))
    assert image.manifest
    assert image.manifest.digest == digest
    assert image.manifest.labels == {"org.opencontainers.image.revision": "abc"}
    assert image.manifest.created == "2026-01-02T03:04:05Z"
    assert (image.manifest.size, image.manifest.layers) == (123, 2)


def test_inspect_says_the_layers_unpacked(fake: Fake, registry: Registry, ref: Reference) -> None:
    rootfs = {"type": "layers", "diff_ids": [sha(b"a"), sha(b"b")]}
    fake.image("1.0", config={"os": "linux", "architecture": "amd64", "rootfs": rootfs})
    image = registry.inspect(ref)
    assert isinstance(image, Image)
    assert image.manifest
    assert image.manifest.diff_ids == (sha(b"a"), sha(b"b"))


def test_inspect_another_platform_than_there_is(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    digest = fake.image("1.0")
    missing = Image(digest=digest, platforms=("linux/amd64",), manifest=None)
    assert registry.inspect(ref, "linux/arm64") == registry.inspect(ref, "linux/a") == missing


def put_index(fake: Fake) -> dict[str, str]:
    """Serve an index as tag 1.0, with an attestation; return the digests by platform."""
    digests = {}
    entries: list[dict[str, Any]] = []
    for arch, variant in (("amd64", ""), ("arm64", "v8")):
        config = {"os": "linux", "architecture": arch, "config": {"Labels": {"arch": arch}}}
        platform = {"os": "linux", "architecture": arch} | ({"variant": variant} if variant else {})
        digests[arch] = fake.image(config=config | platform)
        entries.append({"mediaType": "m", "digest": digests[arch], "size": 1, "platform": platform})
    unknown = {"os": "unknown", "architecture": "unknown"}
    entries.append({"mediaType": "m", "digest": sha(b"proof"), "size": 1, "platform": unknown})
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    digests["index"] = fake.put("manifests", json.dumps(index).encode(), "1.0")
    return digests


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64", "linux/arm64/v8"])
def test_inspect_chooses_from_an_index(
    fake: Fake, registry: Registry, ref: Reference, platform: str
) -> None:
    digests = put_index(fake)
    image = registry.inspect(ref, platform)
    assert isinstance(image, Image)
    assert image.digest == digests["index"]
    assert image.platforms == ("linux/amd64", "linux/arm64/v8")
    assert image.manifest
    assert image.manifest.labels == {"arch": platform.split("/")[1]}
    assert image.manifest.digest == digests[platform.split("/")[1]]


def test_inspect_lists_the_platforms_where_the_one_is_missing(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    put_index(fake)
    image = registry.inspect(ref, "linux/s390x")
    assert isinstance(image, Image)
    assert (len(image.platforms), image.manifest) == (2, None)


def test_an_index_whose_manifest_is_gone_is_unknown(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    digests = put_index(fake)
    del fake.routes[f"GET /v2/org/hub/manifests/{digests['amd64']}"]
    answer = registry.inspect(ref)
    assert isinstance(answer, Unknown)
    assert f"{digests['amd64']} is missing" in answer.why


def test_a_blob_on_another_host_is_fetched_without_the_login(
    fake: Fake,
    start: Callable[..., Fake],
    registry: Registry,
    ref: Reference,
    log_in: Callable[..., None],
) -> None:
    log_in()
    fake.image("1.0")
    cdn = start()
    guarded(fake, f"GET {MANIFEST_PATH}")
    (blob,) = [route for route in fake.routes if "/blobs/" in route]
    cdn.routes["GET /elsewhere"] = fake.routes[blob]
    fake.routes[blob] = Say(307, b"", {"Location": f"{cdn.url}/elsewhere?signed=1"})
    assert isinstance(registry.inspect(ref), Image)
    assert "authorization" in fake.asked[-1].headers
    assert [asked.path for asked in cdn.asked] == ["/elsewhere?signed=1"]
    assert "authorization" not in cdn.asked[0].headers


def test_another_host_that_asks_for_a_login_gets_none(
    fake: Fake,
    start: Callable[..., Fake],
    registry: Registry,
    ref: Reference,
    log_in: Callable[..., None],
) -> None:
    log_in()
    thief = start()
    asks = Say(401, b"", {"WWW-Authenticate": f'Bearer realm="{thief.url}/token"'})
    thief.routes["GET /x"] = asks
    fake.routes[f"GET {MANIFEST_PATH}"] = Say(302, b"", {"Location": f"{thief.url}/x"})
    assert isinstance(registry.look(ref), Unknown)
    assert thief.paths() == ["HEAD /x"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(sha(b"")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["config", "Labels", "digest", "size", "os"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(config=_json, layers=_json, manifests=_json, inner=_json, which=st.booleans())
def test_whatever_json_a_registry_sends_is_answered(
    fake: Fake,
    registry: Registry,
    ref: Reference,
    config: object,
    layers: object,
    manifests: object,
    inner: object,
    which: bool,
) -> None:
    blob = json.dumps(config).encode()
    good = {"mediaType": CONFIG, "digest": sha(blob)}
    fake.routes[f"GET /v2/org/hub/blobs/{sha(blob)}"] = Say(200, blob)
    manifest = {"schemaVersion": 2, "config": good if which else inner, "layers": layers}
    if not which:
        manifest["manifests"] = manifests
    fake.routes[f"GET {MANIFEST_PATH}"] = document(manifest)
    assert isinstance(registry.inspect(ref), Image | Unknown)


# --- tags --------------------------------------------------------------------------------------


def paged(fake: Fake, link: Callable[[int], str], pages: int = 3) -> None:
    def page(asked: Asked) -> Say:
        number = int(asked.path.partition("last=")[2].partition("&")[0] or 0)
        headers = {"Link": link(number + 1)} if number + 1 < pages else {}
        return document({"name": "org/hub", "tags": [f"t{number}", "all"]}, **headers)

    fake.routes["GET /v2/org/hub/tags/list"] = page


@pytest.mark.parametrize(
    "form",
    [
        '</v2/org/hub/tags/list?last={n}&n=2>; rel="next"',
        "<{url}/v2/org/hub/tags/list?last={n}&n=2>; rel=next",
        '<https://127.0.0.1/v2/org/hub/tags/list?last={n}>; rel="next"',
        '</first>; rel="first", </v2/org/hub/tags/list?last={n}>; title="x"; rel="next"',
        '<?last={n}>; rel="next"',
    ],
)
def test_tags_follow_every_page(fake: Fake, registry: Registry, ref: Reference, form: str) -> None:
    paged(fake, lambda n: form.format(n=n, url=fake.url))
    assert registry.tags(ref) == ("t0", "all", "t1", "t2")
    assert fake.asked[0].path == "/v2/org/hub/tags/list?n=1000"


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ('</v2/org/hub/tags/list?n=1000>; rel="next"', "without end"),
        ('<http://example.invalid/v2/x>; rel="next"', "another host"),
        ('<//example.invalid/v2/x>; rel="next"', "another host"),
        ('<http://[>; rel="next"', "another host"),
    ],
)
def test_pages_that_lead_astray_are_unknown(
    fake: Fake, registry: Registry, ref: Reference, link: str, why: str
) -> None:
    paged(fake, lambda _: link)
    answer = registry.tags(ref)
    assert isinstance(answer, Unknown)
    assert why in answer.why
    assert len(fake.asked) == 1


def test_endless_pages_end(fake: Fake, registry: Registry, ref: Reference) -> None:
    paged(fake, lambda n: f'</v2/org/hub/tags/list?last={n}>; rel="next"', pages=10**9)
    answer = registry.tags(ref)
    assert isinstance(answer, Unknown)
    assert len(fake.asked) == 1000


@pytest.mark.parametrize(
    ("say", "answer"),
    [
        (document({"name": "org/hub", "tags": None}), ()),
        (document({"name": "org/hub", "tags": []}), ()),
        (document({"tags": ["ok", "not ok", "a/b"]}), ("ok",)),
        (error(404, "NAME_UNKNOWN"), NotThere()),
    ],
)
def test_tags_of_odd_repositories(
    fake: Fake, registry: Registry, ref: Reference, say: Say, answer: object
) -> None:
    fake.routes["GET /v2/org/hub/tags/list"] = say
    assert registry.tags(ref) == answer


@pytest.mark.parametrize("tags", [7, "abc", [1], ["\x1b[2J"], {"a": 1}])
def test_tags_that_are_none_are_unknown(
    fake: Fake, registry: Registry, ref: Reference, tags: object
) -> None:
    fake.routes["GET /v2/org/hub/tags/list"] = document({"tags": tags})
    assert isinstance(registry.tags(ref), Unknown)


# --- push rights ----------------------------------------------------------------------------------


def opens_upload(fake: Fake, location: str = "/v2/org/hub/blobs/uploads/7?_state=x") -> None:
    fake.routes[f"POST {UPLOADS}"] = Say(202, b"", {"Location": location})


@pytest.mark.parametrize("location", [f"{UPLOADS}7?_state=x", "https://127.0.0.1{}7?_state=x"])
def test_granted_opens_an_upload_and_cancels_it(
    fake: Fake, registry: Registry, ref: Reference, location: str
) -> None:
    opens_upload(fake, location.format(UPLOADS))
    assert registry.push_rights(ref) == Granted()
    assert fake.paths() == [f"POST {UPLOADS}", f"DELETE {UPLOADS}7?_state=x"]
    assert fake.asked[0].headers["content-length"] == "0"


@pytest.mark.parametrize("location", ["http://example.invalid/up/7", "http://[", ""])
def test_granted_even_where_it_cannot_be_cancelled(
    fake: Fake, registry: Registry, ref: Reference, location: str
) -> None:
    opens_upload(fake, location)
    assert registry.push_rights(ref) == Granted()
    assert len(fake.asked) == 1


def test_granted_by_a_login(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    log_in()
    opens_upload(fake)
    guarded(fake, f"POST {UPLOADS}")
    assert registry.push_rights(ref) == Granted()
    assert fake.paths()[-1].startswith("DELETE")
    assert fake.asked[-1].headers["authorization"] == "Bearer token-of-anna"


def test_granted_by_an_identity_token(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    log_in(identitytoken="identity-s3cret", auth=basic("x", "y"))
    opens_upload(fake)
    guarded(fake, f"POST {UPLOADS}")
    assert registry.push_rights(ref) == Granted()
    (token,) = [asked for asked in fake.asked if asked.path == "/token"]
    assert b"grant_type=refresh_token" in token.body
    assert b"scope=repository%3Aorg%2Fhub%3Apull%2Cpush" in token.body


def test_the_right_to_push_is_asked_for_where_the_registry_names_no_scope(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    challenge = {"WWW-Authenticate": f'Bearer realm="{fake.url}/token"'}
    fake.routes[f"POST {UPLOADS}"] = Say(401, b"", challenge)
    registry.push_rights(ref)
    assert "GET /token?scope=repository%3Aorg%2Fhub%3Apull%2Cpush" in fake.paths()


def test_not_logged_in(fake: Fake, registry: Registry, ref: Reference) -> None:
    opens_upload(fake)
    guarded(fake, f"POST {UPLOADS}")
    assert registry.push_rights(ref) == NotLoggedIn(
        f"No login is kept for {fake.host}, and without one it takes no push (401 UNAUTHORIZED).",
        f"docker login {fake.host}",
    )


def test_not_logged_in_where_basic_is_asked_for(
    fake: Fake, registry: Registry, ref: Reference
) -> None:
    fake.routes[f"POST {UPLOADS}"] = Say(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
    assert isinstance(registry.push_rights(ref), NotLoggedIn)


def test_logged_in_without_push_rights(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    log_in(auth=basic("bert", "bert-s3cret"))
    opens_upload(fake)
    guarded(fake, f"POST {UPLOADS}")
    assert registry.push_rights(ref) == Refused(
        f"Your login at {fake.host} may not push to {ref.name} (401 UNAUTHORIZED), "
        "or there is no such repository.",
        f"ask an owner of {ref.name} for write rights, or create the repository",
    )


def test_a_wrong_password_is_told_from_missing_rights(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    log_in("wrong-s3cret")
    opens_upload(fake)
    guarded(fake, f"POST {UPLOADS}", f"GET {MANIFEST_PATH}" if fake.image("1.0") else "")
    rights, answer = registry.push_rights(ref), registry.look(ref)
    assert isinstance(rights, Refused)
    assert isinstance(answer, Unknown)
    assert rights.why == answer.why == f"{fake.host} refuses the login that is kept for it (401)."
    assert rights.fix.startswith(f"docker login {fake.host}")


def test_a_missing_repository(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    fake.routes[f"POST {UPLOADS}"] = error(404, "NAME_UNKNOWN")
    rights = registry.push_rights(ref)
    assert isinstance(rights, RepositoryMissing)
    assert f"create the repository {ref.name}" in rights.fix


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (Say(405), "takes no uploads"),
        (Say(404, b"<html>"), "does not speak as a registry"),
        (error(403, "DENIED"), "without asking who you are"),
        (error(500, "UNKNOWN"), "trouble of its own (500 UNKNOWN)"),
        (Say(307, b"", {"Location": "http://example.invalid/"}), "not expected (307)"),
        (Say(200), "not expected (200)"),
    ],
)
def test_rights_that_cannot_be_told(
    fake: Fake, registry: Registry, ref: Reference, say: Say, why: str
) -> None:
    fake.routes[f"POST {UPLOADS}"] = say
    rights = registry.push_rights(ref)
    assert isinstance(rights, Unknown)
    assert why in rights.why


# --- all together ------------------------------------------------------------------------------


def test_no_secret_is_in_any_message(
    fake: Fake, ref: Reference, log_in: Callable[..., None]
) -> None:
    echo = 'WWW-Authenticate: Bearer realm="{0}/token",scope="{1}"'

    def parrot(asked: Asked) -> Say:
        said = asked.headers.get("authorization", "-") + asked.body.decode()
        body = json.dumps({"errors": [{"code": said, "message": said}]}).encode()
        return Say(401, body, {"WWW-Authenticate": echo.format(fake.url, said)[18:]})

    for kept in ({"auth": basic("anna", "anna-s3cret")}, {"identitytoken": "anna-s3cret"}):
        log_in(**kept)
        for token in (parrot, document({"token": "tok-s3cret"})):
            fake.routes |= {
                f"GET {MANIFEST_PATH}": parrot,
                f"POST {UPLOADS}": parrot,
                "GET /token": token,
                "POST /token": token,
            }
            with Registry() as registry:
                answers = [registry.look(ref), registry.push_rights(ref), registry.inspect(ref)]
            assert "s3cret" not in repr(answers)
            assert basic("anna", "anna-s3cret") not in repr(answers)


def test_one_registry_serves_many_threads(
    fake: Fake, registry: Registry, ref: Reference, log_in: Callable[..., None]
) -> None:
    log_in()
    digest = fake.image(*(f"t{n}" for n in range(60)))
    guarded(fake, *(f"GET /v2/org/hub/manifests/t{n}" for n in range(60)))
    with ThreadPoolExecutor(20) as threads:
        answers = threads.map(registry.look, (ref.with_tag(f"t{n}") for n in range(60)))
    assert set(answers) == {There(digest)}

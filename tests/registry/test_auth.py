from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hubimages.registry.answers import Unanswered
from hubimages.registry.auth import Authenticator, Authorization, LoginRefused, challenges
from hubimages.registry.transport import Transport
from tests.registry.conftest import basic
from tests.registry.fake import Fake, Say, document


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", {}),
        ("Basic", {"basic": {}}),
        ('Basic realm="a b"', {"basic": {"realm": "a b"}}),
        (
            'Bearer realm="https://t/x?a=b",service="s",scope="repository:o/n:pull,push"',
            {
                "bearer": {
                    "realm": "https://t/x?a=b",
                    "service": "s",
                    "scope": "repository:o/n:pull,push",
                }
            },
        ),
        (
            'BEARER Realm = "https://t" , error=insufficient_scope',
            {"bearer": {"realm": "https://t", "error": "insufficient_scope"}},
        ),
        (
            'Basic realm="say \\"a, b\\"", Bearer realm="https://t"',
            {"basic": {"realm": 'say "a, b"'}, "bearer": {"realm": "https://t"}},
        ),
        ('Negotiate YII=, Basic realm="x"', {"negotiate": {}, "basic": {"realm": "x"}}),
        ('realm="led by no scheme"', {}),
    ],
)
def test_challenges(header: str, expected: dict[str, dict[str, str]]) -> None:
    found = challenges(header)
    found.get("negotiate", {}).clear()  # its token is not of the form name=value
    assert found == expected


@pytest.fixture
def authenticator() -> Iterator[Authenticator]:
    transport = Transport(connect=5, read=5)
    yield Authenticator(transport)
    transport.close()


def authorize(authenticator: Authenticator, fake: Fake, header: str) -> Authorization | None:
    scope = "repository:org/hub:pull"
    return authenticator.authorize(fake.host, header, scope=scope, plain=True)


def test_the_scope_is_ours_where_the_registry_names_none(
    authenticator: Authenticator, fake: Fake
) -> None:
    fake.routes["GET /token"] = document({"access_token": "t"})
    found = authorize(authenticator, fake, f'Bearer realm="{fake.url}/token?a=b"')
    assert found == Authorization("Bearer t", login=False)
    assert fake.paths() == ["GET /token?a=b&scope=repository%3Aorg%2Fhub%3Apull"]


def test_a_login_is_sent_to_the_realm_and_kept_out_of_repr(
    authenticator: Authenticator, fake: Fake, log_in: Callable[..., None]
) -> None:
    log_in()
    fake.routes["GET /token"] = document({"token": "t0ken"})
    found = authorize(authenticator, fake, f'Bearer realm="{fake.url}/token"')
    assert found == Authorization("Bearer t0ken", login=True)
    assert "t0ken" not in repr(found)
    assert fake.asked[0].headers["authorization"] == "Basic " + basic("anna", "anna-s3cret")


@pytest.mark.parametrize("kept", [{}, {"identitytoken": "anna-s3cret"}])
def test_no_login_goes_to_a_realm_without_tls(
    authenticator: Authenticator, fake: Fake, log_in: Callable[..., None], kept: dict[str, str]
) -> None:
    log_in(**kept)
    header = f'Bearer realm="{fake.url}/token"'
    with pytest.raises(Unanswered, match=f"without TLS, to {fake.host}"):
        authenticator.authorize(fake.host, header, scope="s", plain=False)
    assert fake.asked == []


@pytest.mark.parametrize(
    "header", ["Bearer", 'Bearer realm=""', 'Bearer realm="/token"', 'Bearer realm="http://["']
)
def test_a_realm_that_is_no_address(authenticator: Authenticator, fake: Fake, header: str) -> None:
    with pytest.raises(Unanswered, match="no web address"):
        authorize(authenticator, fake, header)


@pytest.mark.parametrize(
    "say",
    [
        Say(200, b"<html>"),
        document([]),
        document({}),
        document({"token": 7}),
        document({"token": ""}),
        document({"token": "two\r\nlines"}),
        document({"token": "snow☃"}),
        Say(404),
        Say(500),
    ],
)
def test_a_token_server_without_a_token(authenticator: Authenticator, fake: Fake, say: Say) -> None:
    fake.routes["GET /token"] = say
    with pytest.raises(Unanswered, match=fake.host):
        authorize(authenticator, fake, f'Bearer realm="{fake.url}/token"')


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_server_that_refuses(
    authenticator: Authenticator, fake: Fake, docker_config: object, status: int
) -> None:
    fake.routes["GET /token"] = Say(status)
    assert authorize(authenticator, fake, f'Bearer realm="{fake.url}/token"') is None


@pytest.mark.parametrize("kept", [{}, {"identitytoken": "anna-s3cret"}])
def test_a_token_server_that_refuses_a_login(
    authenticator: Authenticator, fake: Fake, log_in: Callable[..., None], kept: dict[str, str]
) -> None:
    log_in(**kept)
    fake.routes["GET /token"] = fake.routes["POST /token"] = Say(401)
    with pytest.raises(LoginRefused) as caught:
        authorize(authenticator, fake, f'Bearer realm="{fake.url}/token"')
    assert caught.value.fix == f"docker login {fake.host}"


def test_basic_cannot_be_answered_with_a_token(
    authenticator: Authenticator, fake: Fake, log_in: Callable[..., None]
) -> None:
    log_in(identitytoken="anna-s3cret")
    with pytest.raises(Unanswered, match="asks for a password"):
        authorize(authenticator, fake, "Basic")

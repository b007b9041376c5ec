from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from shutil import which

import pytest

from hubimages.reference import Reference
from hubimages.registry import Registry, There, Unknown
from hubimages.registry.answers import Unanswered
from hubimages.registry.network import proxy_for
from hubimages.registry.transport import LARGEST, Transport
from tests.registry.fake import Fake, Say


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport(connect=5, read=5)
    yield transport
    transport.close()


@pytest.fixture
def free() -> Iterator[str]:
    """Give an address at which nothing listens, and nothing will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def test_a_hanging_server_ends_in_unknown(fake: Fake, ref: Reference) -> None:
    fake.routes["HEAD /v2/org/hub/manifests/1.0"] = Say(hang=True)
    with Registry(connect=5, read=0.05) as registry:
        assert registry.look(ref) == Unknown(
            f"{fake.host} gave no answer within 0.05 s.", "try again later"
        )
    assert len(fake.asked) <= 1


def test_a_body_that_drips_for_ever_ends(fake: Fake) -> None:
    def drip() -> Iterator[bytes]:
        while not fake.over.is_set():
            yield b"."

    fake.routes["GET /x"] = Say(chunks=drip)
    transport = Transport(connect=5, read=5, clock=count(step=15).__next__)
    with pytest.raises(Unanswered, match="did not end its answer within 20 s"):
        transport.send("GET", f"{fake.url}/x", {})
    transport.close()


def test_nothing_listens(registry: Registry, free: str) -> None:
    answer = registry.look(Reference(free, "org/hub", "1.0"))
    assert isinstance(answer, Unknown)
    assert answer.why.startswith(f"{free} takes no connection")


def test_an_answer_that_breaks_off(fake: Fake, transport: Transport) -> None:
    fake.routes["GET /x"] = Say(200, b"half of", cut=True)
    with pytest.raises(Unanswered, match="broke off its answer"):
        transport.send("GET", f"{fake.url}/x", {})
    assert len(fake.asked) == 1


def test_a_kept_connection_that_was_closed_is_made_anew_once(
    fake: Fake, transport: Transport
) -> None:
    answers = iter([Say(), Say(drop=True), Say(200, b"again"), Say(drop=True), Say(drop=True)])
    fake.routes["GET /x"] = lambda _: next(answers)
    transport.send("GET", f"{fake.url}/x", {})
    assert transport.send("GET", f"{fake.url}/x", {}).body == b"again"
    with pytest.raises(Unanswered, match="broke off"):
        transport.send("GET", f"{fake.url}/x", {})
    assert len(fake.asked) == 5


def test_a_first_connection_is_not_tried_again(fake: Fake, transport: Transport) -> None:
    fake.routes["GET /x"] = Say(drop=True)
    with pytest.raises(Unanswered, match="broke off"):
        transport.send("GET", f"{fake.url}/x", {})
    assert len(fake.asked) == 1


def test_an_enormous_body_is_left_unread(fake: Fake, transport: Transport) -> None:
    fake.routes["GET /x"] = Say(200, bytes(LARGEST + 1))
    with pytest.raises(Unanswered, match="more than 16 MiB"):
        transport.send("GET", f"{fake.url}/x", {})
    fake.routes["GET /x"] = Say(200, bytes(LARGEST))
    assert len(transport.send("GET", f"{fake.url}/x", {}).body) == LARGEST


def test_redirects_in_a_circle_end(fake: Fake, transport: Transport) -> None:
    fake.routes["GET /x"] = Say(302, b"", {"Location": "/x"})
    with pytest.raises(Unanswered, match="without end"):
        transport.send("GET", f"{fake.url}/x", {})
    assert len(fake.asked) == 6


@pytest.mark.parametrize("location", ["http://[", "ftp://x/", "http://a:b/", "data:x"])
def test_redirects_to_nowhere_are_unanswered(
    fake: Fake, transport: Transport, location: str
) -> None:
    fake.routes["GET /x"] = Say(302, b"", {"Location": location})
    with pytest.raises(Unanswered):
        transport.send("GET", f"{fake.url}/x", {})
    assert len(fake.asked) == 1


def test_a_redirect_on_one_host_keeps_the_login_and_another_loses_it(
    fake: Fake, start: Callable[..., Fake], transport: Transport
) -> None:
    other = start()
    fake.routes["GET /x"] = Say(301, b"", {"Location": "y"})
    fake.routes["GET /y"] = Say(301, b"", {"Location": f"{other.url}/z"})
    other.routes["GET /z"] = Say(301, b"", {"Location": f"{fake.url}/end"})
    transport.send("GET", f"{fake.url}/x", {"Authorization": "Bearer s3cret"})
    assert ["authorization" in asked.headers for asked in fake.asked] == [True, True, False]
    assert "authorization" not in other.asked[0].headers


def test_a_post_is_not_redirected(fake: Fake, transport: Transport) -> None:
    fake.routes["POST /x"] = Say(307, b"", {"Location": "/y"})
    assert transport.send("POST", f"{fake.url}/x", {}).status == 307
    assert fake.paths() == ["POST /x"]


def test_repeated_headers_are_joined(fake: Fake, transport: Transport) -> None:
    fake.routes["GET /x"] = Say(
        401, b"", {"WWW-Authenticate": "Basic", "www-authenticate": "Bearer"}
    )
    answer = transport.send("GET", f"{fake.url}/x", {})
    assert answer.headers["www-authenticate"] == "Basic, Bearer"


# --- TLS ------------------------------------------------------------------------------------------


def test_tls_to_a_server_without_it(fake: Fake, transport: Transport) -> None:
    with pytest.raises(Unanswered, match=f"{fake.host} does not speak TLS") as caught:
        transport.send("GET", f"https://{fake.host}/v2/", {})
    assert f"add {fake.host} to insecure_registries" in caught.value.fix


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if not which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not on the PATH")
    file = tmp_path / "server.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", tmp_path / "crt"]
    subprocess.run(["openssl", *words.split(), *extra], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + (tmp_path / "crt").read_bytes())
    return file


@pytest.fixture
def tls(certificate: Path, start: Callable[..., Fake]) -> Fake:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    fake = start(tls=context)
    fake.routes["GET /x"] = Say(200, b"safe")
    return fake


def test_a_certificate_that_nobody_signed(
    tls: Fake, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with pytest.raises(Unanswered, match=r"not to be trusted: self.signed certificate"):
        transport.send("GET", f"https://{tls.host}/x", {})


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_certificate_that_the_environment_trusts(
    tls: Fake,
    certificate: Path,
    transport: Transport,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(certificate))
    assert transport.send("GET", f"https://{tls.host}/x", {}).body == b"safe"
    tls.routes["GET /y"] = Say(302, b"", {"Location": "/x"})
    assert transport.send("GET", f"https://{tls.host}/y", {}).body == b"safe"


def test_no_redirect_leaves_tls(
    tls: Fake,
    fake: Fake,
    certificate: Path,
    transport: Transport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    tls.routes["GET /x"] = Say(302, b"", {"Location": f"{fake.url}/y"})
    with pytest.raises(Unanswered, match="without TLS"):
        transport.send("GET", f"https://{tls.host}/x", {})
    assert fake.asked == []


def test_certificates_that_cannot_be_read(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for bad in (tmp_path / "none.pem", tmp_path / "junk.pem"):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bad))
        with pytest.raises(Unanswered, match=f"certificates at {bad} cannot be read"):
            transport.send("GET", "https://127.0.0.1:1/x", {})
        (tmp_path / "junk.pem").write_text("junk")


def test_plain_http_to_a_tls_port_is_unknown(tls: Fake, registry: Registry) -> None:
    assert isinstance(registry.look(Reference(tls.host, "org/hub", "1.0")), Unknown)


# --- proxies -----------------------------------------------------------------------------------


def test_a_proxy_is_used_but_not_to_loopback(
    fake: Fake, start: Callable[..., Fake], monkeypatch: pytest.MonkeyPatch, ref: Reference
) -> None:
    proxy = start()
    monkeypatch.setenv("HTTP_PROXY", f"http://me:pr%40xy-s3cret@{proxy.host}")
    digest = fake.image("1.0")
    path = "http://registry.example/v2/org/hub/manifests/1.0"
    proxy.routes[f"HEAD {path}"] = fake.routes["GET /v2/org/hub/manifests/1.0"]
    with Registry(frozenset({"Registry.example"})) as registry:
        assert registry.look(Reference("registry.example", "org/hub", "1.0")) == There(digest)
        assert registry.look(ref) == There(digest)
    assert proxy.paths() == [f"HEAD {path}"]
    assert proxy.asked[0].headers["proxy-authorization"] == "Basic bWU6cHJAeHktczNjcmV0"


@pytest.mark.parametrize(
    "proxy", ["socks5://user:s3cret@127.0.0.1", "http://user:s3cret@[", "user:s3cret@[x]:y"]
)
def test_a_proxy_that_cannot_be_used(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(Unanswered, match="proxy that HTTPS_PROXY names") as caught:
        transport.send("GET", "https://registry.example/v2/", {})
    assert "s3cret" not in str(caught.value)


def test_a_proxy_that_is_not_there(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, free: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"user:s3cret@{free}")
    with pytest.raises(Unanswered, match=r"proxy on the way to registry\.example") as caught:
        transport.send("GET", "https://registry.example/v2/", {})
    assert "s3cret" not in str(caught.value)


def test_a_host_in_no_proxy_goes_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example, .corp.example")
    assert proxy_for("https://quay.io/v2/") == "http://proxy.example:3128"
    assert proxy_for("https://inside.example:5000/v2/") is None
    assert proxy_for("https://a.corp.example/v2/") is None

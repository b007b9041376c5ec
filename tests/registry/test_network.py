from __future__ import annotations

import subprocess
import sys

import pytest

from hubimages.reference import Reference
from hubimages.registry.answers import Unanswered
from hubimages.registry.auth import Authenticator
from hubimages.registry.network import is_loopback, origin, shown
from hubimages.registry.session import Session
from hubimages.registry.transport import Transport


@pytest.mark.parametrize(
    ("registry", "address"),
    [
        ("quay.io", "https://quay.io"),
        ("docker.io", "https://registry-1.docker.io"),
        ("localhost", "http://localhost"),
        ("localhost:5000", "http://localhost:5000"),
        ("127.0.0.2:5000", "http://127.0.0.2:5000"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("127.0.0.1.example.com", "https://127.0.0.1.example.com"),
        ("plain.example", "http://plain.example"),
        ("plain.example:5000", "http://plain.example:5000"),
        ("PLAIN.example:80", "http://PLAIN.example:80"),
        ("port.example:5000", "http://port.example:5000"),
        ("port.example:5001", "https://port.example:5001"),
        ("[fd00::1]:5000", "http://[fd00::1]:5000"),
    ],
)
def test_plain_http_only_where_it_was_asked_for(registry: str, address: str) -> None:
    transport = Transport(connect=1, read=1)
    insecure = frozenset({"plain.example", "Port.example:5000", "[fd00::1]"})
    session = Session(transport, Authenticator(transport), insecure)
    ref = Reference(registry, "org/hub")
    assert session.url(ref, "tags/list") == f"{address}/v2/org/hub/tags/list"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "127.0.0.1.example", "128.0.0.1", "localhost.example", "127."]
)
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)


def test_an_origin_has_its_default_port() -> None:
    assert (
        origin("https://Quay.io/v2/") == origin("https://quay.io:443/") == ("https", "quay.io", 443)
    )
    assert origin("http://quay.io/") == ("http", "quay.io", 80)


@pytest.mark.parametrize(
    "url", ["", "quay.io", "ftp://quay.io", "https://", "http://a:b", "http://["]
)
def test_what_is_no_web_address(url: str) -> None:
    with pytest.raises(Unanswered, match="no web address"):
        origin(url)


def test_messages_show_no_user() -> None:
    assert shown("https://user:s3cret@quay.io:8443/x?y=s3cret") == "quay.io:8443"


def test_importing_the_package_is_cheap() -> None:
    code = "import sys, hubimages.registry; print({'urllib3', 'docker', 'ssl'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"

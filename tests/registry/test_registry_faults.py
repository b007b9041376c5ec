from __future__ import annotations

import socket
import ssl

import pytest
from urllib3 import HTTPSConnectionPool, exceptions
from urllib3.connection import HTTPConnection

from hubimages.registry.faults import in_words

HERE = HTTPConnection("quay.io")
POOL = HTTPSConnectionPool("quay.io")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            exceptions.NameResolutionError("quay.io", HERE, socket.gaierror("s3cret")),
            "The name quay.io cannot be resolved",
        ),
        (exceptions.NewConnectionError(HERE, "s3cret"), "quay.io takes no connection"),
        (exceptions.ConnectTimeoutError("s3cret"), "did not take a connection within 5 s"),
        (exceptions.ReadTimeoutError(POOL, "/", "s3cret"), "gave no answer within 15 s"),
        (TimeoutError("s3cret"), "gave no answer within 15 s"),
        (exceptions.ProxyError("s3cret", OSError()), "proxy on the way to quay.io"),
        (exceptions.SSLError(ssl.SSLError(1, "s3cret")), "No TLS connection to quay.io"),
        (exceptions.SSLError("s3cret"), "No TLS connection to quay.io"),
        (exceptions.ProtocolError("Connection aborted.", OSError("s3cret")), "broke off"),
        (exceptions.LocationParseError("s3cret"), "broke off"),
        (ValueError("s3cret"), "broke off"),
    ],
)
def test_each_fault_has_its_words_and_a_next_step(error: Exception, words: str) -> None:
    found = in_words(error, "quay.io", connect=5, read=15)
    assert words in found.what
    assert found.fix
    assert "s3cret" not in str(found)

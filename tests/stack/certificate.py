"""A certificate of our own for servers on loopback."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path

from hubimages.process import Processes
from stack.daemon import StackUnavailable

_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make one for localhost and 127.0.0.1; return its file, for clients, and the server's side."""
    if shutil.which("openssl") is None:
        raise StackUnavailable("There is no openssl command.", fix="apt-get install openssl")
    made, key = folder / "certificate.pem", folder / "key.pem"
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    named = ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", _NAMES]
    Processes()([*new, *named, "-keyout", str(key), "-out", str(made)], timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return made, context

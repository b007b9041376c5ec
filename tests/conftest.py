"""What holds for every test: the real home is out of reach, and unit tests reach nothing at all."""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

INTEGRATION = Path(__file__).parent / "integration"

_ENGINE_PROGRAMS = {"docker", "dockerd", "podman"}
_CLOSED = "http://127.0.0.1:9"  # the discard port, on which nothing listens
_TAKEN = ("GIT_", "XDG_", "DOCKER_", "INVOKE_", "GITHUB_", "KUBE", "HELM_")
_PASSED_ON = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO")


_IDENTITY = {
    "GIT_AUTHOR_NAME": "Test Operator",
    "GIT_AUTHOR_EMAIL": "operator@example.org",
    "GIT_COMMITTER_NAME": "Test Operator",
    "GIT_COMMITTER_EMAIL": "operator@example.org",
}


def pytest_configure() -> None:
    """Set what has to hold before the first test, since fixtures of a module or session see it.

    Somebody commits, also where git knows nobody. And signals are taken seriously, also where we
    were started in the background: then they are ignored, and all that we start would inherit it.
    """
    os.environ.update(_IDENTITY)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the test a home of its own and a fixed git identity; return that home."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(_TAKEN) and (name not in _PASSED_ON):
            monkeypatch.delenv(name)
    for name in ("CI", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (home / "gitconfig").write_text("[init]\n\tdefaultBranch = main\n")
    for name, value in {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "DOCKER_CONFIG": str(home / "docker"),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **_IDENTITY,
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return home


# --- the tripwire --------------------------------------------------------------------------------

_armed = False
_tripped: list[str] = []


def _engine_program(word: object) -> bool:
    if not isinstance(word, str | bytes | os.PathLike):
        return False
    return Path(os.fsdecode(word)).name in _ENGINE_PROGRAMS


def _is_near(address: object) -> bool:
    """Whether a socket's address is on loopback, or a file other than the engine's socket."""
    if isinstance(address, tuple):
        return _is_loopback(str(address[0]))
    return not (isinstance(address, str | bytes) and os.fsdecode(address).endswith("docker.sock"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in {"localhost", ""}


def _reached_for(event: str, args: tuple[object, ...]) -> str | None:
    """Return what an audited event reaches for that no unit test may, or None."""
    match event, args:
        case "subprocess.Popen", (program, words, *_):
            first = words[0] if isinstance(words, list | tuple) and words else words
            if _engine_program(program) or _engine_program(first):
                return f"starts Docker: {words!r}"
        case (("socket.connect" | "socket.sendto"), (_, address, *_)) if not _is_near(address):
            return f"opens a connection to {address!r}"
        case "socket.getaddrinfo", (host, *_) if host is not None and not _is_loopback(
            os.fsdecode(host) if isinstance(host, str | bytes) else str(host)
        ):
            return f"asks the network for the address of {host!r}"
    return None


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _armed and (what := _reached_for(event, args)):
        _tripped.append(what)
        pytest.fail(f"This unit test {what}. Hand in a recorder, or move it to tests/integration.")


# A hook, since no monkeypatch reaches every library's way to a socket. It can never be taken
# out again (https://docs.python.org/3/library/sys.html#sys.addaudithook), so it can be disarmed.
sys.addaudithook(_hook)


@pytest.fixture(autouse=True)
def tripwire(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, isolated: Path
) -> Iterator[list[str]]:
    """Fail a unit test that reaches Docker or the network, even if it caught the first failure."""
    global _armed
    if INTEGRATION in request.path.parents:
        yield []
        return
    # What our hook cannot see, in other processes, ends at a closed door instead.
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.setenv(name, _CLOSED)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1,localhost,::1")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    _tripped.clear()
    _armed = True
    try:
        yield _tripped
    finally:
        _armed = False
    if _tripped:
        pytest.fail(f"This unit test {_tripped[0]}.")

"""The tripwire and the isolation do what they say; a wire that never trips guards nothing."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


def _start(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, check=False)


def _connect(family: socket.AddressFamily, address: object) -> Callable[[], object]:
    def connect() -> None:
        with socket.socket(family) as ours:
            ours.connect(address)  # type: ignore[arg-type]

    return connect


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        (_start("docker", "info"), "starts Docker"),
        (_start("/usr/bin/docker", "info"), "starts Docker"),
        (_start("dockerd"), "starts Docker"),
        (_connect(socket.AF_INET, ("192.0.2.1", 443)), "opens a connection"),
        (_connect(socket.AF_INET6, ("2001:db8::1", 443)), "opens a connection"),
        (_connect(socket.AF_UNIX, "/var/run/docker.sock"), "opens a connection"),
        (lambda: socket.getaddrinfo("registry.example.org", 443), "asks the network"),
    ],
)
def test_reaching_out_fails_at_once(
    reach: Callable[[], object], said: str, tripwire: list[str]
) -> None:
    with pytest.raises(pytest.fail.Exception, match=said):
        reach()
    assert len(tripwire) == 1
    tripwire.clear()


def test_loopback_and_other_programs_are_allowed(tripwire: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    with socket.create_server(("localhost", 0)):
        pass
    subprocess.run(["git", "--version"], check=True, capture_output=True)
    assert not tripwire


def test_home_is_not_the_real_one(isolated: Path, tmp_path: Path) -> None:
    assert Path.home() == isolated
    assert isolated.parent == tmp_path.parent
    for words in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "-m", "Start"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    log = subprocess.run(
        ["git", "log", "--format=%cn %ae %D"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert log.stdout == "Test Operator operator@example.org HEAD -> main\n"

"""The stack itself: each part is real, fails as told, and is gone afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import stack
from hubimages.errors import CommandFailed
from hubimages.process import Processes
from stack.engine import processes

run = Processes()


def git(*words: str, cwd: Path | None = None) -> str:
    return run(["git", *words], cwd=cwd, timeout=60).stdout


def tiny_image(engine: stack.Engine, name: str, folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    engine.docker("build", "--tag", name, str(folder))


# --- engine, base image, registry ----------------------------------------------------------------


def test_plain_chartpress_builds_and_pushes(
    hub_repo: stack.HubRepository,
    base_image: str,
    engine: stack.Engine,
    registry: stack.Registry,
    git_server: stack.GitServer,
) -> None:
    package = git_server.package(f"greeter-{hub_repo.shape}")
    commit = package.commit({"extra.txt": "unreleased"})
    pin = f"git+{package.url}@{commit}\n"
    files = [hub_repo.requirements(name) for name in ("hub", "hub-experimental")]
    hub_repo.commit(dict.fromkeys(files, pin), "Pin")
    chartpress = [str(Path(sys.executable).parent / "chartpress"), "--push"]

    run(chartpress, cwd=hub_repo.path / "helm-charts", timeout=300)

    name = hub_repo.image("hub")
    (tag,) = registry.tags(name.removeprefix(f"{registry.address}/"))
    assert re.fullmatch(r"0\.0\.1-0\.dev\.git\.2\.h[0-9a-f]{7,}", tag)
    image = f"{name}:{tag}"
    module = f"greeter_{hub_repo.shape}"
    shown = engine.docker(
        "run", "--rm", image, "python3", "-c", f"import {module} as m; print(m.VERSION)"
    )
    assert shown.stdout == "0.1\n"
    found = engine.docker("run", "--rm", image, "pip", "inspect").stdout
    sources = [p["direct_url"] for p in json.loads(found)["installed"] if "direct_url" in p]
    assert [s["vcs_info"]["commit_id"] for s in sources] == [commit]
    user = engine.docker("run", "--rm", image, "id", "-un").stdout
    assert user == "jovyan\n"


def test_registry_with_password(
    engine: stack.Engine,
    locked_registry: stack.Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"{locked_registry.address}/example/locked"
    tiny_image(engine, f"{name}:1", tmp_path)
    with pytest.raises(CommandFailed, match="no basic auth credentials"):
        engine.docker("push", f"{name}:1")
    for variable, value in stack.docker_config(tmp_path / "d", locked_registry.logins).items():
        monkeypatch.setenv(variable, value)

    engine.docker("push", f"{name}:1")

    assert locked_registry.tags("example/locked") == ["1"]
    engine.docker("image", "rm", f"{name}:1")


def test_registry_can_be_gone(registry: stack.Registry) -> None:
    assert registry.ask("GET", "/v2/")[0] == 200
    with stack.registry() as one:
        assert one.address != registry.address
        one.stop()
        with pytest.raises(ConnectionRefusedError):
            one.ask("GET", "/v2/")
        port = int(one.address.partition(":")[2])
        with stack.registry(port=port) as again:
            assert again.address == one.address


# --- a registry that fails as told ---------------------------------------------------------------


def test_faulty_registry_passes_a_push_on(
    engine: stack.Engine, registry: stack.Registry, tmp_path: Path
) -> None:
    with stack.FaultyRegistry(registry.address) as faulty:
        name = f"{faulty.address}/example/passed"
        tiny_image(engine, f"{name}:1", tmp_path)
        engine.docker("push", f"{name}:1")
        assert registry.digest("example/passed", "1")
        assert faulty.count("^PUT /v2/example/passed/manifests/1") == 1

        faulty.fail(403, "^(POST|PUT)")
        with pytest.raises(CommandFailed):
            engine.docker("push", f"{name}:2", check=True)
        engine.docker("image", "rm", f"{name}:1")


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_faulty_registry_answers_as_told(status: int) -> None:
    with stack.FaultyRegistry() as faulty:
        faulty.fail(status, "/manifests/", headers={"Retry-After": "1"})
        ask = stack.Registry(faulty.address, None, None).ask  # type: ignore[arg-type]
        code, headers, _ = ask("GET", "/v2/x/manifests/1")
        assert (code, headers["Retry-After"]) == (status, "1")
        assert ask("GET", "/v2/")[0] == 404
        assert faulty.requests == ["GET /v2/x/manifests/1", "GET /v2/"]


def test_faulty_registry_hangs_until_healed(registry: stack.Registry) -> None:
    with stack.FaultyRegistry(registry.address) as faulty:
        faulty.hang("/v2/$")
        host, _, port = faulty.address.partition(":")
        with socket.create_connection((host, int(port)), timeout=0.2) as client:
            client.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(20)
            faulty.heal()
            assert client.recv(12) == b"HTTP/1.1 200"


# --- git -----------------------------------------------------------------------------------------


def test_git_server(git_server: stack.GitServer, tmp_path: Path) -> None:
    made = git_server.package("org/anything")
    first = made.git("rev-parse", "HEAD")
    made.branch("feature")
    second = made.commit({"a.txt": "a"})
    git("clone", "--quiet", f"{made.url}.git", str(tmp_path / "clone"))
    assert git("rev-parse", "HEAD", cwd=tmp_path / "clone") == f"{first}\n"
    refs = git("ls-remote", made.url)
    assert f"{second}\trefs/heads/feature" in refs
    assert f"{first}\trefs/tags/v0.1^{{}}" in refs
    git("fetch", "--quiet", "--depth=1", made.url, second, cwd=tmp_path / "clone")


def test_git_server_may_refuse_commits(tmp_path: Path) -> None:
    with stack.GitServer(any_commit=False) as server:
        made = server.repository("org/strict")
        hidden = made.git("rev-parse", "HEAD")
        made.commit({"a.txt": "a"})
        git("init", "--quiet", str(tmp_path))
        with pytest.raises(CommandFailed, match="unadvertised object"):
            git("fetch", "--quiet", made.url, hidden, cwd=tmp_path)
        git("fetch", "--quiet", made.url, "main", cwd=tmp_path)


# --- an engine of our own ------------------------------------------------------------------------


def mounts() -> str:
    return Path("/proc/self/mountinfo").read_text()


needs_dockerd = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a second dockerd")


@needs_dockerd
def test_private_engine_stops_in_the_middle_and_leaves_nothing(
    engine: stack.Engine, tmp_path: Path
) -> None:
    tiny_image(engine, "stack-test-tiny:1", tmp_path)
    with stack.Dockerd() as private:
        home = private.host.removeprefix("unix://").rpartition("/")[0]
        assert private.docker("info", "--format", "{{.Images}}").stdout == "0\n"
        stack.copy_image("stack-test-tiny:1", engine, private)
        assert private.docker("info", "--format", "{{.Images}}").stdout == "1\n"
        private.stop(signal.SIGKILL)
        # how docker says that there is nobody, in the words of 28 and of 20.10
        with pytest.raises(CommandFailed, match=r"Cannot connect|nil pointer"):
            private.docker("info", "--format", "{{.Images}}")
        private.start()
        assert private.docker("info", "--format", "{{.Images}}").stdout == "1\n"
    engine.docker("image", "rm", "stack-test-tiny:1")
    assert not Path(home).exists()
    assert home not in mounts()
    assert not [args for _, args in processes().values() if home in args]


FRESH_MACHINE = """
set -e
mounts() { cut -d" " -f5 /proc/self/mountinfo | grep "^/run/docker\\|^/var/lib/docker/" || true; }
ip link set lo up
mounts | xargs -r umount --lazy
mount -t tmpfs none /run
mount -t tmpfs none /var/lib/docker
"$1" -c 'import socket; socket.socket(socket.AF_UNIX).bind("/var/run/docker.sock")'
echo 1 > /run/docker.pid
"$1" -c 'import stack
with stack.engine() as e: print(e.docker("info", "--format", "{{.DockerRootDir}}").stdout, end="")'
mounts
grep -las '^dockerd\\|^containerd' /proc/[0-9]*/cmdline || true
"""


@needs_dockerd
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
@pytest.mark.skipif(shutil.which("ip") is None, reason="needs iproute2")
def test_engine_is_started_beside_stale_files_and_leaves_nothing() -> None:
    """In namespaces of its own, where no engine answers."""
    own = ["--mount", "--net", "--pid", "--fork", "--mount-proc"]
    words = ["unshare", *own, "sh", "-c", FRESH_MACHINE, "sh", sys.executable]
    env = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    assert run(words, env=env, timeout=120).stdout.splitlines() == ["/var/lib/docker"]


ENDS: dict[str, Callable[[subprocess.Popen[str]], None]] = {
    "asked": lambda child: child.send_signal(signal.SIGTERM),
    "killed": lambda child: child.kill(),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_registry_ends_with_who_started_it(
    end: str, registry: stack.Registry, tmp_path: Path
) -> None:
    program = (
        "import sys, stack\nstack.exit_on_sigterm()\n"
        "with stack.registry() as r:\n    print(r.address, flush=True)\n    sys.stdin.read()\n"
    )
    paths = os.pathsep.join(p for p in sys.path if p)
    env = {"PYTHONPATH": paths, "TMPDIR": str(tmp_path)}  # the killed one cannot tidy up
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    ) as child:
        assert child.stdout
        host, _, port = child.stdout.readline().strip().partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as open_one:
            ENDS[end](child)
            child.wait(20)
            open_one.settimeout(20)
            # Closed from the other side, or reset where it had not been accepted yet: it has ended.
            with suppress(ConnectionResetError):
                assert open_one.recv(1) == b""

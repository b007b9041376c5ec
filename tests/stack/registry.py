"""A real registry on loopback, without or with a password."""

from __future__ import annotations

import base64
import http.client
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack.daemon import Daemon, StackUnavailable

USER, PASSWORD = "operator", "stand-in"
# The bcrypt hash of PASSWORD, which opens nothing but registries that live as long as a test.
_HTPASSWD = f"{USER}:$2b$05$GIGqLWcKYrRmbMQJJ0MjiuMSemy5Rd0EKrM3ADfncJHqedcMvzTsW\n"
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")
_MANIFESTS = ", ".join(
    (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    )
)


@dataclass(frozen=True)
class Registry:
    """A running registry; address is the first part of its images' names, host:port."""

    address: str
    login: tuple[str, str] | None
    daemon: Daemon

    @property
    def logins(self) -> dict[str, tuple[str, str]]:
        """What docker_config takes to log in here."""
        return {self.address: self.login} if self.login else {}

    def tags(self, name: str) -> list[str]:
        """Return the tags of a repository; none where there is no such repository."""
        status, _, content = self.ask("GET", f"/v2/{name}/tags/list")
        return sorted(json.loads(content)["tags"] or []) if status == 200 else []

    def digest(self, name: str, tag: str) -> str | None:
        """Return the digest that a tag has, or None."""
        return self.ask("HEAD", f"/v2/{name}/manifests/{tag}")[1].get("Docker-Content-Digest")

    def ask(self, method: str, path: str) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of a request, made with the login."""
        headers = {"Accept": _MANIFESTS}
        if self.login:
            headers["Authorization"] = f"Basic {_basic(*self.login)}"
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers.items()), answer.read()
        finally:
            connection.close()

    def stop(self) -> None:
        """End it before its time."""
        self.daemon.stop()


@contextmanager
def registry(*, password: bool = False, port: int = 0) -> Iterator[Registry]:
    """Run a registry with storage of its own; port 0 is any free one."""
    program = shutil.which("docker-registry") or shutil.which("registry")
    if program is None:
        raise StackUnavailable("There is no registry program.", fix="script/bootstrap --stack")
    with tempfile.TemporaryDirectory(prefix="registry-") as folder:
        home = Path(folder)
        (home / "htpasswd").write_text(_HTPASSWD)
        (home / "config.json").write_text(json.dumps(_config(home, password, port)))  # JSON is YAML
        daemon = Daemon(
            [program, "serve", str(home / "config.json")], home / "log", name="registry"
        )
        try:
            address = daemon.wait_for(lambda: _listening(home / "log"), 20)
            yield Registry(address, (USER, PASSWORD) if password else None, daemon)
        finally:
            daemon.stop()


def docker_config(folder: Path, logins: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Write a docker configuration with these logins; return the variable that leads to it."""
    folder.mkdir(parents=True, exist_ok=True)
    auths = {address: {"auth": _basic(*login)} for address, login in logins.items()}
    (folder / "config.json").write_text(json.dumps({"auths": auths}))
    return {"DOCKER_CONFIG": str(folder)}


def _config(home: Path, password: bool, port: int) -> dict[str, object]:
    config: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(home / "data")},
            "delete": {"enabled": True},
        },
        # Relative URLs, so that an upload through FaultyRegistry stays there.
        "http": {"addr": f"127.0.0.1:{port}", "relativeurls": True, "secret": "one process"},
    }
    if password:
        config["auth"] = {"htpasswd": {"realm": "stack", "path": str(home / "htpasswd")}}
    return config


def _listening(log: Path) -> str | None:
    found = _LISTENING.search(log.read_text())
    return found[1] if found else None


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()

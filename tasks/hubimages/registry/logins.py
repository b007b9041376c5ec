"""The logins that `docker login` keeps, read through docker's own SDK."""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubimages.reference import DOCKER_HUB
from hubimages.registry.answers import Unanswered


@dataclass(frozen=True)
class Password:
    """A user name and password, or an access token in its place."""

    user: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class IdentityToken:
    """A token that the registry's token server takes in exchange for short-lived ones."""

    secret: str = field(repr=False)


Login = Password | IdentityToken


def login_command(registry: str) -> str:
    """Return what a person types to log in to a registry."""
    return "docker login" if registry == DOCKER_HUB else f"docker login {registry}"


class Logins:
    """The kept logins; each registry's is looked up once, since a credential helper may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Login | None] = {}

    def find(self, registry: str) -> Login | None:
        """Return the login for a registry, or None; raise Unanswered where it cannot be read."""
        with self._lock:
            if registry not in self._known:
                self._known[registry] = _find(registry)
            return self._known[registry]


class NoLogins(Logins):
    """Asks as anybody, whatever is kept: as a node does that pulls without credentials."""

    def find(self, registry: str) -> None:  # noqa: ARG002 - it is the same for each
        """Return None."""
        return


def _find(registry: str) -> Login | None:
    path = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    config = _read(path)
    if not any(config.get(key) for key in ("auths", "credsStore", "credHelpers")):
        return None
    from docker import auth  # type: ignore[import-untyped, unused-ignore]
    from docker.errors import DockerException  # type: ignore[import-untyped, unused-ignore]

    unreadable = (DockerException, ValueError, KeyError, TypeError, AttributeError)
    try:
        kept = auth.AuthConfig.load_config(None, config)
        helper = kept.get_credential_store(registry)
    except unreadable:
        raise _broken(path) from None
    if helper and not isinstance(helper, str):
        raise _broken(path)
    if helper and not shutil.which(f"docker-credential-{helper}"):
        raise Unanswered(
            f"{path} keeps the login for {registry} in `docker-credential-{helper}`, "
            "which is not on the PATH.",
            fix=f"install it, or take it out of {path} and run: {login_command(registry)}",
        )
    try:
        return _login(kept.resolve_authconfig(registry))
    except unreadable:  # without its text, in which a helper may say more than it should
        if not helper:
            raise _broken(path) from None
        raise Unanswered(
            f"`docker-credential-{helper}`, which keeps the login for {registry}, failed.",
            fix=f"repair it, or log in again: {login_command(registry)}",
        ) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError):
        raise _broken(path) from None
    if not isinstance(config, dict):
        raise _broken(path)
    return config


def _broken(path: Path) -> Unanswered:
    return Unanswered(
        f"{path}, where docker keeps its logins, cannot be read as it should be.",
        fix=f"repair {path}, or move it away and log in again",
    )


def _login(entry: dict[str, Any] | None) -> Login | None:
    """Return an entry of the SDK's, whose keys depend on where it was found."""
    found = {key.lower(): value for key, value in (entry or {}).items()}
    if token := found.get("identitytoken"):
        return IdentityToken(str(token))
    if found.get("username") or found.get("password"):
        return Password(str(found["username"]), str(found["password"]))
    return None

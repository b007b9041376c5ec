"""How a registry's question "who are you?" is answered: not at all, Basic, or a Bearer token.

https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/ describe the tokens.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from hubimages.registry.answers import Unanswered
from hubimages.registry.logins import IdentityToken, Login, Logins, Password, login_command
from hubimages.registry.network import origin, shown
from hubimages.registry.transport import Response, Transport

# A parameter (whose quoted value may hold commas), or else the name of a scheme.
_CHALLENGE = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([\w-]+)')
_TOKEN = re.compile(r"[!-~]+")  # what may stand in a header


class LoginRefused(Unanswered):
    """The login that is kept for a registry was refused, before anything was asked with it."""


@dataclass(frozen=True)
class Authorization:
    """A header's value, and whether it stands on a login or was given to anybody."""

    header: str = field(repr=False)
    login: bool


def challenges(header: str) -> dict[str, dict[str, str]]:
    """Return the parameters of each scheme of a `WWW-Authenticate` header, names in lower case."""
    found: dict[str, dict[str, str]] = {}
    scheme = ""
    for name, quoted, bare, word in _CHALLENGE.findall(header):
        if word:
            scheme = word.lower()
            found[scheme] = {}
        elif scheme:
            found[scheme][name.lower()] = re.sub(r"\\(.)", r"\1", quoted) or bare
    return found


@dataclass(frozen=True)
class Authenticator:
    """Turns challenges into authorizations."""

    transport: Transport
    logins: Logins = field(default_factory=Logins)

    def authorize(
        self, registry: str, header: str, *, scope: str, plain: bool, also: str = ""
    ) -> Authorization | None:
        """Return what answers a `WWW-Authenticate` header, or None where a login is needed.

        scope is asked for where the registry names none, also in either case; plain says that the
        registry itself is talked to without TLS. Raises LoginRefused and Unanswered.
        """
        asked = challenges(header)
        login = self.logins.find(registry)
        if "bearer" in asked:
            wanted = {"scope": scope, **asked["bearer"]}
            if also and also not in wanted["scope"].split():
                wanted["scope"] += f" {also}"
            return self._token(registry, login, wanted, plain=plain)
        if "basic" not in asked:
            raise Unanswered(f"{registry} asks for a login in a way that is not known here.")
        if isinstance(login, IdentityToken):
            raise Unanswered(
                f"{registry} asks for a password, and the login kept for it is a token.",
                fix=login_command(registry),
            )
        return Authorization(_basic(login), login=True) if login else None

    def _token(
        self, registry: str, login: Login | None, asked: Mapping[str, str], *, plain: bool
    ) -> Authorization | None:
        realm = asked.get("realm", "")
        if origin(realm)[0] != "https" and not plain:
            raise Unanswered(
                f"{registry} wants the login sent without TLS, to {shown(realm)}; it was not sent."
            )
        answer = self._ask(realm, login, {k: asked[k] for k in ("service", "scope") if k in asked})
        if answer.status in (401, 403):
            if login is None:
                return None
            raise LoginRefused(
                f"{registry} refuses the login that is kept for it ({answer.status}).",
                fix=login_command(registry),
            )
        if answer.status != 200:
            raise Unanswered(
                f"{shown(realm)}, which gives out tokens for {registry}, answered {answer.status}.",
                fix="try again later",
            )
        return Authorization(f"Bearer {_read_token(answer, registry)}", login=login is not None)

    def _ask(self, realm: str, login: Login | None, query: dict[str, str]) -> Response:
        match login:
            case IdentityToken(secret):
                form = {
                    "grant_type": "refresh_token",
                    "client_id": "hubimages",
                    "refresh_token": secret,
                    **query,
                }
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                return self.transport.send(
                    "POST", realm, kind, urlencode(form, errors="replace").encode()
                )
            case Password():
                headers = {"Authorization": _basic(login)}
            case None:
                headers = {}
        # several scopes are one word each here, and one text in the form above
        words = {**query, "scope": query["scope"].split()} if "scope" in query else query
        url = realm + ("&" if "?" in realm else "?") + urlencode(words, doseq=True)
        return self.transport.send("GET", url, headers)


def _basic(login: Password) -> str:
    return "Basic " + b64encode(f"{login.user}:{login.secret}".encode(errors="replace")).decode()


def _read_token(answer: Response, registry: str) -> str:
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        content = None
    for name in ("token", "access_token"):
        token = content.get(name) if isinstance(content, dict) else None
        if isinstance(token, str) and _TOKEN.fullmatch(token):
            return token
    raise Unanswered(f"{shown(answer.url)} gave no token for {registry} that can be read.")

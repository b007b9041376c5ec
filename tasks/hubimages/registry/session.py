"""Requests about one image: the registry's address, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Literal
from urllib.parse import urljoin, urlsplit

from hubimages.reference import DOCKER_HUB, Reference
from hubimages.registry.answers import Unanswered
from hubimages.registry.auth import Authenticator, Authorization
from hubimages.registry.network import is_loopback, origin
from hubimages.registry.transport import Sink, Transport

_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}

# As whom the registry answered: it never asked, it gave a token to anybody, or to our login.
Access = Literal["open", "anonymous", "login"]


@dataclass(frozen=True)
class Reply:
    """A registry's answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    access: Access


@dataclass(frozen=True)
class Content:
    """What is sent: a manifest's bytes, or an open file (which can be sent again) with its size."""

    media_type: str
    body: bytes | BinaryIO
    size: int


class Session:
    """Sends requests with what the registry accepted before, and asks for it when it does not."""

    def __init__(
        self, transport: Transport, authenticator: Authenticator, insecure: frozenset[str]
    ) -> None:
        self._transport = transport
        self._authenticator = authenticator
        self._insecure = frozenset(name.lower() for name in insecure)
        self._accepted: dict[tuple[str, str], Authorization] = {}

    def url(self, ref: Reference, path: str) -> str:
        """Return the address of something below an image's repository."""
        scheme = "http" if self._plain(ref.registry) else "https"
        host = _HOSTS.get(ref.registry, ref.registry)
        return f"{scheme}://{host}/v2/{ref.repository}/{path}"

    def own(self, ref: Reference, base: str, location: str) -> str | None:
        """Return where a registry's own address (base) leads on, or None for another host.

        Behind a proxy that ends TLS, a registry often writes itself with the wrong scheme or port.
        """
        try:
            target, home = urlsplit(urljoin(base, location)), urlsplit(self.url(ref, ""))
        except ValueError:
            return None
        if target.hostname != home.hostname:
            return None
        return target._replace(scheme=home.scheme, netloc=home.netloc, fragment="").geturl()

    def send(
        self,
        method: str,
        ref: Reference,
        url: str,
        *,
        accept: str = "",
        push: bool = False,
        also: Reference | None = None,
        content: Content | None = None,
        into: Sink | None = None,
    ) -> Reply:
        """Send a request to a URL of the image's registry, logging in if it asks for that.

        also is another image of that registry, which is read too. Raises Unanswered, and
        LoginRefused where the login that is kept is not accepted.
        """
        scope = f"repository:{ref.repository}:{'pull,push' if push else 'pull'}"
        second = f"repository:{also.repository}:pull" if also else ""
        headers = {"Accept": accept} if accept else {}
        if content:
            headers |= {"Content-Type": content.media_type, "Content-Length": str(content.size)}
        body = content.body if content else None
        key = (ref.registry, f"{scope} {second}".strip())
        used = self._accepted.get(key)
        answer = self._transport.send(method, url, _signed(headers, used), body, into=into)
        if answer.status == 401 and origin(answer.url) == origin(url):
            challenge = answer.headers.get("www-authenticate", "")
            used = self._authenticator.authorize(
                ref.registry, challenge, scope=scope, also=second, plain=self._plain(ref.registry)
            )
            if used is None:
                return Reply(answer.status, answer.headers, answer.body, "anonymous")
            self._accepted[key] = used
            answer = self._transport.send(method, url, _signed(headers, used), body, into=into)
        access: Access = "open" if used is None else "login" if used.login else "anonymous"
        return Reply(answer.status, answer.headers, answer.body, access)

    def cancel_upload(self, ref: Reference, opened: Reply) -> None:
        """Cancel an upload, if that is possible; registries forget uploads in time anyway."""
        location = opened.headers.get("location", "")
        url = self.own(ref, self.url(ref, "blobs/uploads/"), location) if location else None
        if url:
            with suppress(Unanswered):
                self.send("DELETE", ref, url, push=True)

    def _plain(self, registry: str) -> bool:
        """Whether a registry is talked to without TLS."""
        registry = registry.lower()
        host = urlsplit(f"//{registry}").hostname or ""
        return is_loopback(host) or not self._insecure.isdisjoint({registry, host, f"[{host}]"})


def _signed(headers: Mapping[str, str], used: Authorization | None) -> dict[str, str]:
    return {**headers, "Authorization": used.header} if used else dict(headers)

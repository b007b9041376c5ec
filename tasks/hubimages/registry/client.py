"""The questions that are put to a registry; each ends in an answer, never in an exception.

The API is https://github.com/opencontainers/distribution-spec/blob/main/spec.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import TypeVar

from hubimages.ahead import ahead
from hubimages.reference import Reference, is_digest, is_tag
from hubimages.registry import manifests, wording
from hubimages.registry.answers import (
    Answer,
    Copying,
    Granted,
    Image,
    NotThere,
    PushRights,
    There,
    Unanswered,
    Unknown,
)
from hubimages.registry.auth import Authenticator, LoginRefused
from hubimages.registry.copying import Copier
from hubimages.registry.logins import Logins, NoLogins
from hubimages.registry.patience import PatientTransport
from hubimages.registry.session import Reply, Session
from hubimages.registry.transport import Transport

_PAGES = 1000
_TAGS_A_PAGE = 1000
_NEXT = re.compile(r'<([^>]*)>\s*;[^,<]*\brel="?next"?(?:[\s;,]|$)')

T = TypeVar("T")


class Registry:
    """Asks registries, with the logins that docker keeps; one object serves many threads.

    insecure are hosts, with or without a port, that are talked to in plain HTTP, as localhost is.
    anonymous asks without logins, to see what anybody may pull. connect and read are time-outs in
    seconds; patience is how many seconds a registry that says 429 is waited for. Close it, or use
    it in a `with`.
    """

    def __init__(
        self,
        insecure: frozenset[str] = frozenset(),
        *,
        anonymous: bool = False,
        connect: float = 5,
        read: float = 15,
        patience: float = 0,
    ) -> None:
        self._transport = (
            PatientTransport(connect=connect, read=read, patience=patience)
            if patience
            else Transport(connect=connect, read=read)
        )
        authenticator = Authenticator(self._transport, NoLogins() if anonymous else Logins())
        self._session = Session(self._transport, authenticator, insecure)

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def prepare(self) -> None:
        """Load the HTTP client while the caller waits for something else; need not be called."""
        ahead(lambda: import_module("urllib3"))

    def close(self) -> None:
        """Close the kept connections."""
        self._transport.close()

    def look(self, ref: Reference) -> Answer:
        """Say whether an image is there, and under which digest."""
        return _answered(ref, lambda: self._look(ref))

    def inspect(self, ref: Reference, platform: str = "linux/amd64") -> Image | NotThere | Unknown:
        """Say what an image is, without fetching its layers; see Image."""
        return _answered(ref, lambda: self._inspect(ref, platform))

    def tags(self, ref: Reference) -> tuple[str, ...] | NotThere | Unknown:
        """List the tags of an image's repository, in the registry's order."""
        return _answered(ref, lambda: self._tags(ref))

    def push_rights(self, ref: Reference) -> PushRights:
        """Say whether a push to an image's repository would be taken.

        An upload is opened and cancelled. A registry that makes repositories on the first push
        may make it here: quay.io does, when it gives out the token.
        """
        return _answered(ref, lambda: self._push_rights(ref))

    def copy(self, source: Reference, digest: str, target: Reference) -> Copying:
        """Give the image of this digest, in source's repository, the target's name and tag too.

        The same bytes, and nothing is overwritten; the registry may be another one. Broken off, it
        is finished by doing it again.
        """
        free = target.with_tag(target.tag or "latest")
        copier = Copier(self._session, self.look, source, free)
        return _answered(source, lambda: copier.copy(digest))

    # --- the requests ------------------------------------------------------------------------

    def _look(self, ref: Reference) -> Answer:
        reply = self._manifest_reply("HEAD", ref, _name(ref))
        digest = reply.headers.get("docker-content-digest", "")
        if reply.status == 200 and is_digest(digest):
            return There(digest)
        if reply.status in (200, 404, 405):
            # A HEAD has no body, which would be what proves the digest, or that a registry spoke.
            found = self._manifest(ref, _name(ref))
            return There(found[0]) if isinstance(found, tuple) else found
        return wording.unknown(ref, reply)

    def _manifest_reply(self, method: str, ref: Reference, name: str) -> Reply:
        url = self._session.url(ref, f"manifests/{name}")
        return self._session.send(method, ref, url, accept=manifests.ACCEPT)

    def _manifest(
        self, ref: Reference, name: str
    ) -> tuple[str, manifests.Index | manifests.Layers] | NotThere | Unknown:
        """Return a manifest with its digest; name is a tag or a digest."""
        reply = self._manifest_reply("GET", ref, name)
        if reply.status != 200:
            return wording.absent(ref, reply)
        told = reply.headers.get("docker-content-digest", "")
        wanted = [digest for digest in (name, told) if is_digest(digest)]
        for digest in wanted:
            manifests.checked(reply.body, digest)
        content = manifests.read_manifest(reply.body)
        return (wanted or [manifests.digest_of(reply.body)])[0], content

    def _inspect(self, ref: Reference, platform: str) -> Image | NotThere | Unknown:
        found = self._manifest(ref, _name(ref))
        if not isinstance(found, tuple):
            return found
        top, content = found
        if isinstance(content, manifests.Layers):
            return self._single(ref, top, content, platform)
        platforms = tuple(name for name, _ in content.entries)
        chosen = content.choose(platform)
        if chosen is None:
            return Image(digest=top, platforms=platforms, manifest=None)
        inner = self._manifest(ref, chosen)
        if not isinstance(inner, tuple) or not isinstance(inner[1], manifests.Layers):
            return _incomplete(ref, inner, chosen)
        image = self._single(ref, chosen, inner[1], None)
        if isinstance(image, Unknown):
            return image
        return Image(digest=top, platforms=platforms, manifest=image.manifest)

    def _single(
        self, ref: Reference, digest: str, layers: manifests.Layers, platform: str | None
    ) -> Image | Unknown:
        """Return a one-platform image; platform None takes it whatever it was built for."""
        reply = self._session.send("GET", ref, self._session.url(ref, f"blobs/{layers.config}"))
        if reply.status != 200:
            return _incomplete(ref, wording.absent(ref, reply), layers.config)
        config = manifests.checked(reply.body, layers.config)
        built_for, manifest = manifests.read_config(config, digest, layers)
        fits = platform is None or f"{built_for}/".startswith(f"{platform}/")
        return Image(digest=digest, platforms=(built_for,), manifest=manifest if fits else None)

    def _tags(self, ref: Reference) -> tuple[str, ...] | NotThere | Unknown:
        url: str | None = self._session.url(ref, f"tags/list?n={_TAGS_A_PAGE}")
        seen: set[str] = set()
        tags: dict[str, None] = {}
        while url:
            if url in seen or len(seen) == _PAGES:
                return Unknown(f"{ref.registry} lists the tags of {ref.repository} without end.")
            seen.add(url)
            reply = self._session.send("GET", ref, url)
            if reply.status != 200:
                return wording.absent(ref, reply)
            tags.update(dict.fromkeys(manifests.read_tags(reply.body)))
            url = self._next_page(ref, url, reply)
        return tuple(tag for tag in tags if is_tag(tag))

    def _next_page(self, ref: Reference, url: str, reply: Reply) -> str | None:
        found = _NEXT.search(reply.headers.get("link", ""))
        if not found:
            return None
        following = self._session.own(ref, url, found[1])
        if following is None:
            raise manifests.Unexpected("a list of tags that goes on at another host")
        return following

    def _push_rights(self, ref: Reference) -> PushRights:
        try:
            reply = self._session.send(
                "POST", ref, self._session.url(ref, "blobs/uploads/"), push=True
            )
        except LoginRefused as failure:
            return wording.login_refused(ref, failure)
        if reply.status == 202:
            self._session.cancel_upload(ref, reply)
            return Granted()
        return wording.push_refused(ref, reply)


def _name(ref: Reference) -> str:
    return ref.digest or ref.tag or "latest"


def _incomplete(ref: Reference, found: object, digest: str) -> Unknown:
    """Return what it means that a part of an image could not be had."""
    if isinstance(found, Unknown):
        return found
    return Unknown(f"{ref.registry} does not have all of {ref}: {digest} is missing.")


def _answered(ref: Reference, ask: Callable[[], T]) -> T | Unknown:
    try:
        return ask()
    except manifests.Unexpected as odd:
        return Unknown.because(manifests.Unexpected(odd.thing, sender=ref.registry))
    except Unanswered as failure:
        return Unknown.because(failure)

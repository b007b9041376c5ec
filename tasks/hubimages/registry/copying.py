"""Copying an image to another name, in its registry or to another one, by digest: the same bytes.

From the bottom up: the layers, an index's manifests, the tag last of all. A copy that is broken
off leaves only what no tag names, and the next one finds it there.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedRandom
from urllib.parse import urlencode

from hubimages.reference import Reference
from hubimages.registry import manifests, wording
from hubimages.registry.answers import (
    Answer,
    Copied,
    Copying,
    Differs,
    NotThere,
    Taken,
    There,
    Unanswered,
    Unknown,
)
from hubimages.registry.auth import LoginRefused
from hubimages.registry.manifests import Blob, Parts, Unexpected
from hubimages.registry.session import Content, Reply, Session
from hubimages.registry.transport import Sink

_DEEPEST = 3  # indexes within indexes
_AGAIN = "run the same command again: what is there by now is not sent again"


class _Ends(Exception):
    """The copy ends here, with this answer."""

    def __init__(self, answer: Copying) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass(frozen=True)
class _Found:
    """A manifest or index: its bytes, and what it is made of."""

    body: bytes
    parts: Parts


@dataclass(frozen=True)
class Copier:
    """One copy; source counts without its tag and digest, target by its tag. Raises Unanswered."""

    session: Session
    look: Callable[[Reference], Answer]
    source: Reference
    target: Reference

    def copy(self, digest: str) -> Copying:
        """Copy the manifest or index of this digest, unless the tag is there already."""
        try:
            self._free(digest)  # before all the work, and again after it
            found = self._read(digest)
            self._send_parts(found.parts)
            self._free(digest)
            self._put_manifest(self.target.tag or "latest", found)
        except _Ends as end:
            return end.answer
        return self._seen(digest)

    def _free(self, digest: str) -> None:
        """End the copy unless the registry says that it has no such tag."""
        match self.look(self.target):
            case NotThere():
                return
            case There(theirs):
                same = theirs == digest
                raise _Ends(Copied(digest, already=True) if same else Taken(theirs))
            case Unknown() as unknown:
                raise _Ends(unknown)

    def _seen(self, digest: str) -> Copying:
        match self.look(self.target):
            case There(theirs):
                return Copied(digest) if theirs == digest else Differs(theirs)
            case NotThere():
                return Differs(None)
            case Unknown(why, fix):
                seen = "was written, but whether the registry has it could not be seen"
                return Unknown(f"{self.target} {seen}. {why}", fix or _AGAIN)

    # --- manifests ---------------------------------------------------------------------------

    def _read(self, digest: str, *, inner: bool = False) -> _Found:
        url = self.session.url(self.source, f"manifests/{digest}")
        reply = self.session.send("GET", self.source, url, accept=manifests.ACCEPT)
        if reply.status != 200:
            answer = wording.absent(self.source, reply)
            raise _Ends(self._missing(digest) if inner and answer == NotThere() else answer)
        body = manifests.checked(reply.body, digest)
        return _Found(body, manifests.read_parts(body, reply.headers.get("content-type", "")))

    def _send_parts(self, parts: Parts, depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise Unexpected("indexes within indexes without end")
        for digest in parts.manifests:
            inner = self._read(digest, inner=True)
            self._send_parts(inner.parts, depth + 1)
            self._put_manifest(digest, inner)
        for blob in parts.blobs:
            self._send_blob(blob)

    def _put_manifest(self, name: str, found: _Found) -> None:
        content = Content(found.parts.media_type, found.body, len(found.body))
        reply = self._write("PUT", self.session.url(self.target, f"manifests/{name}"), content)
        if not _is_done(reply):
            raise _Ends(wording.not_taken(self.target, reply, f"the manifest {name}"))

    def _missing(self, digest: str) -> Unknown:
        has = f"does not have all of {self.source.name}"
        return Unknown(f"{self.source.registry} {has}: {digest} is missing.")

    # --- layers ------------------------------------------------------------------------------

    def _send_blob(self, blob: Blob) -> None:
        there = self._write("HEAD", self.session.url(self.target, f"blobs/{blob.digest}"))
        if there.status == 200:
            return
        if there.status not in (404, 405):
            raise _Ends(wording.push_refused(self.target, there))
        opened = self._opened(blob)
        if opened is None:
            return
        try:
            with tempfile.TemporaryFile() as file:
                self._fetch(blob, file)
                self._upload(opened, blob, file)
        except (_Ends, Unanswered):
            self.session.cancel_upload(self.target, opened)
            raise

    def _opened(self, blob: Blob) -> Reply | None:
        """Open an upload; None where the registry took the blob from the source's repository."""
        uploads = self.session.url(self.target, "blobs/uploads/")
        if self._is_one_registry:
            mount = {"mount": blob.digest, "from": self.source.repository}
            reply = self._write("POST", f"{uploads}?{urlencode(mount)}")
            if reply.status == 201:
                return None
            if reply.status == 202:
                return reply
            if reply.status not in (400, 401, 403, 404, 405):  # what may be meant for the mount
                raise _Ends(wording.push_refused(self.target, reply))
        reply = self._write("POST", uploads)
        if reply.status != 202:
            raise _Ends(wording.push_refused(self.target, reply))
        return reply

    def _fetch(self, blob: Blob, file: BufferedRandom) -> None:
        url = self.session.url(self.source, f"blobs/{blob.digest}")
        reply = self.session.send("GET", self.source, url, into=Sink(file, blob.size))
        if reply.status != 200:
            answer = wording.absent(self.source, reply)
            raise _Ends(self._missing(blob.digest) if answer == NotThere() else answer)
        length = file.tell()
        file.seek(0)
        algorithm, _, wanted = blob.digest.partition(":")
        if length != blob.size or hashlib.file_digest(file, algorithm).hexdigest() != wanted:
            raise Unexpected(f"content that is not what its digest says ({blob.digest})")

    def _upload(self, opened: Reply, blob: Blob, file: BufferedRandom) -> None:
        base = self.session.url(self.target, "blobs/uploads/")
        location = self.session.own(self.target, base, opened.headers.get("location", ""))
        if location is None:
            raise Unanswered(f"{self.target.registry} leads an upload to another host.")
        url = location + ("&" if "?" in location else "?") + urlencode({"digest": blob.digest})
        reply = self._write("PUT", url, Content("application/octet-stream", file, blob.size))
        if not _is_done(reply):
            raise _Ends(wording.not_taken(self.target, reply, f"the layer {blob.digest}"))

    # --- requests ----------------------------------------------------------------------------

    @property
    def _is_one_registry(self) -> bool:
        return self.source.registry == self.target.registry

    def _write(self, method: str, url: str, content: Content | None = None) -> Reply:
        """Send a request to the target, with leave to push there and, for a mount, to read here."""
        also = self.source if self._is_one_registry else None
        try:
            return self.session.send(
                method, self.target, url, push=True, also=also, content=content
            )
        except LoginRefused as failure:
            raise _Ends(wording.login_refused(self.target, failure)) from None


def _is_done(reply: Reply) -> bool:
    return reply.status in (200, 201, 202, 204)

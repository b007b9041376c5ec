"""A registry that keeps what is pushed to it, strict about what a manifest names, and fails as told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.registry.fake import CONFIG, INDEX, MANIFEST, Asked, Fake, Say, error, sha

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
_PATH = re.compile(r"/v2/(?P<name>.+?)/(?P<kind>manifests|blobs/uploads|blobs)/(?P<what>[^/]*)")


@dataclass
class Repository:
    """manifests are pairs of media type and bytes, by digest."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Store:
    """Answers a fake's requests; fault may answer in its place, before or after it has acted."""

    fake: Fake
    repositories: dict[str, Repository] = field(default_factory=dict)
    mounts: bool = True
    before: Callable[[Asked], Say | None] = lambda _: None
    after: Callable[[Asked], Say | None] = lambda _: None
    uploads: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.fake.otherwise = self.handle

    def __getitem__(self, name: str) -> Repository:
        return self.repositories.setdefault(name, Repository())

    def handle(self, asked: Asked) -> Say:
        return self.before(asked) or self._fail_after(asked, self._act(asked))

    def _fail_after(self, asked: Asked, said: Say) -> Say:
        return self.after(asked) or said

    def _act(self, asked: Asked) -> Say:
        url = urlsplit(asked.path)
        found = _PATH.fullmatch(url.path)
        assert found, asked.path
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        name, what = found["name"], found["what"]
        method = "GET" if asked.method == "HEAD" else asked.method
        match method, found["kind"]:
            case "GET", "manifests":
                return self._manifest(self[name], what)
            case "GET", "blobs":
                body = self[name].blobs.get(what)
                return error(404, "BLOB_UNKNOWN") if body is None else Say(200, body)
            case "POST", "blobs/uploads":
                return self._open(name, query)
            case "PUT", "blobs/uploads" if what in self.uploads:
                assert query["state"] == "a b"
                self.uploads.discard(what)
                if sha(asked.body) != query["digest"]:
                    return error(400, "DIGEST_INVALID")
                self[name].blobs[sha(asked.body)] = asked.body
                return Say(201)
            case "DELETE", "blobs/uploads" if what in self.uploads:
                self.uploads.discard(what)
                return Say(204)
            case "PUT", "manifests":
                return self._put(self[name], what, asked)
        return error(404, "BLOB_UPLOAD_UNKNOWN")

    def _manifest(self, repository: Repository, name: str) -> Say:
        digest = repository.tags.get(name, name)
        if digest not in repository.manifests:
            return error(404, "MANIFEST_UNKNOWN")
        kind, body = repository.manifests[digest]
        return Say(200, body, {"Content-Type": kind, "Docker-Content-Digest": digest})

    def _open(self, name: str, query: dict[str, str]) -> Say:
        if "mount" in query and self.mounts:
            body = self[query["from"]].blobs.get(query["mount"])
            if body is not None:
                self[name].blobs[query["mount"]] = body
                return Say(201)
        upload = f"u{len(self.fake.asked)}"
        self.uploads.add(upload)
        return Say(202, b"", {"Location": f"/v2/{name}/blobs/uploads/{upload}?state=a%20b"})

    def _put(self, repository: Repository, name: str, asked: Asked) -> Say:
        content = json.loads(asked.body)
        parts = [content["config"], *content["layers"]] if "config" in content else []
        needed = [part["digest"] for part in parts if part.get("mediaType") != FOREIGN]
        inner = [entry["digest"] for entry in content.get("manifests", [])]
        if not repository.blobs.keys() >= {*needed} or not repository.manifests.keys() >= {*inner}:
            return error(400, "MANIFEST_BLOB_UNKNOWN")
        digest = sha(asked.body)
        repository.manifests[digest] = (asked.headers["content-type"], asked.body)
        if name != digest:
            repository.tags[name] = digest
        return Say(201, b"", {"Docker-Content-Digest": digest})

    # --- making images -------------------------------------------------------------------------

    def image(self, name: str, *tags: str, layers: int = 2, times: int = 9, **more: Any) -> str:
        """Keep a one-platform image of layers of its own, and return its digest."""
        repository = self[name]
        bodies = [f"layer {number} of {more}".encode() * times for number in range(layers)]
        config = json.dumps({"os": "linux", "architecture": "amd64", **more}).encode()
        for body in (config, *bodies):
            repository.blobs[sha(body)] = body
        content = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _part(CONFIG, config),
            "layers": [_part(LAYER, body) for body in bodies],
        }
        return self.manifest(name, content, *tags)

    def index(self, name: str, children: list[str], *tags: str) -> str:
        """Keep an index of manifests that are there, and return its digest."""
        entries = [
            {"mediaType": MANIFEST, "digest": child, "size": len(self[name].manifests[child][1])}
            for child in children
        ]
        content = {"schemaVersion": 2, "manifests": entries}  # the specification lets the type out
        return self.manifest(name, content, *tags, media_type=INDEX)

    def manifest(
        self, name: str, content: dict[str, Any], *tags: str, media_type: str = MANIFEST
    ) -> str:
        """Keep a manifest as it is, and return its digest."""
        body = json.dumps(content, indent=3).encode()
        self[name].manifests[sha(body)] = (media_type, body)
        self[name].tags.update(dict.fromkeys(tags, sha(body)))
        return sha(body)


def _part(kind: str, body: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": sha(body), "size": len(body)}

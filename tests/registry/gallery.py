"""A registry of many images, with logins, pages of tags, and faults, on the fake web server."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from tests.registry.fake import CONFIG, MANIFEST, Asked, Fake, Say, document, error, sha

_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>tags|manifests|blobs)/(?P<what>[^/]+)")
Login = Literal["none", "basic", "token"]
MADE = "2026-01-02T03:04:05Z"


@dataclass
class Gallery:
    """Answers a fake's requests for images that are made up when they are asked for.

    images has tags by repository, and for each when it was made. busy is how many requests are
    answered with 429 first (-1: all); broken repositories answer 500.
    """

    fake: Fake
    images: dict[str, dict[str, str]] = field(default_factory=dict)
    login: Login = "none"
    page: int = 1000
    busy: int = 0
    retry_after: str = "1"
    broken: set[str] = field(default_factory=set)
    platform: str = "amd64"
    _configs: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fake.otherwise = self.handle
        self.fake.routes["GET /token"] = document({"token": "anybody-s"})

    def add(self, repository: str, tags: Mapping[str, str] | list[str]) -> str:
        """Keep an image's tags, with when they were made, and return its name."""
        made = dict(tags) if isinstance(tags, Mapping) else dict.fromkeys(tags, MADE)
        self.images.setdefault(repository, {}).update(made)
        return f"{self.fake.host}/{repository}"

    def asked_for(self, kind: str) -> list[str]:
        """Return the paths of the requests for `tags`, `manifests` or `blobs` that were let in."""
        paths = [asked.path for asked in self.fake.asked if self._allowed(asked)]
        return [path for path in paths if f"/{kind}/" in path]

    def handle(self, asked: Asked) -> Say:
        found = _PATH.fullmatch(urlsplit(asked.path).path)
        assert found, asked.path
        if not self._allowed(asked):
            return error(401, "UNAUTHORIZED", **{"WWW-Authenticate": self._challenge()})
        if self.busy:
            self.busy -= 1
            return error(429, "TOOMANYREQUESTS", **{"Retry-After": self.retry_after})
        name, what = found["name"], found["what"]
        if name in self.broken:
            return error(500, "UNKNOWN")
        if name not in self.images:
            return error(404, "NAME_UNKNOWN")
        match found["kind"]:
            case "tags":
                return self._tags(name, asked)
            case "manifests":
                return self._manifest(name, what)
        return Say(200, self._configs[what])

    def _allowed(self, asked: Asked) -> bool:
        said = asked.headers.get("authorization", "")
        basic = "Basic " + base64.b64encode(b"anna:anna-s3cret").decode()
        return said == {"none": said, "basic": basic, "token": "Bearer anybody-s"}[self.login]

    def _challenge(self) -> str:
        if self.login == "basic":
            return 'Basic realm="here"'
        return f'Bearer realm="{self.fake.url}/token",service="here"'

    def _tags(self, name: str, asked: Asked) -> Say:
        query = parse_qs(urlsplit(asked.path).query)
        tags = list(self.images[name])
        start = tags.index(query["last"][0]) + 1 if "last" in query else 0
        page = tags[start : start + min(self.page, int(query.get("n", ["100"])[0]))]
        more = {}
        if page and page[-1] != tags[-1]:
            more["Link"] = f'</v2/{name}/tags/list?n={self.page}&last={page[-1]}>; rel="next"'
        return document({"name": name, "tags": page}, **more)

    def _manifest(self, name: str, tag: str) -> Say:
        made = self.images[name].get(tag)
        if made is None:
            return error(404, "MANIFEST_UNKNOWN")
        config = {"os": "linux", "architecture": self.platform, "created": made, "x": [name, tag]}
        body = json.dumps(config).encode()
        self._configs[sha(body)] = body
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": sha(body), "size": len(body)},
            "layers": [{"digest": sha(b"1"), "size": 123_000_000}],
        }
        found = json.dumps(manifest).encode()
        return Say(200, found, {"Docker-Content-Digest": sha(found)})

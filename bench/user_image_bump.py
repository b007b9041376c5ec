"""Time `user-image.bump --all --latest --dry-run` against one request per image done concurrently.

    python bench/user_image_bump.py

A fleet of 100 hubs with 200 user images, and a registry on loopback that takes 50 ms for each
answer, as a near one does. Each row is a whole process against a whole process, both with eight
requests at once: with no newer tag, and with one for every tenth image, which costs four more
requests each (manifest and configuration of the present image and of the newer one).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from timing import ratio

TASKS = Path(__file__).resolve().parents[1] / "tasks"
PROGRAM = (sys.executable, "-c", "from hubimages.commands.program import main; main()")
BASELINE = """\
import json, sys
from concurrent.futures import ThreadPoolExecutor
import urllib3
pool = urllib3.PoolManager(maxsize=8, block=True)
def ask(url):
    return len(json.loads(pool.request("GET", url, retries=False).data)["tags"])
with ThreadPoolExecutor(8) as threads:
    print(sum(threads.map(ask, sys.stdin.read().split())))
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(TASKS), "no_proxy": "127.0.0.1"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)
HUBS, IMAGES, TAGS, NEWER = 100, 200, 50, 20
DELAY = 0.05  # seconds
PRESENT = "2026.01.15"


class Registry(ThreadingHTTPServer):
    """Lists the same tags for every image; those that are behind have a newer one too."""

    daemon_threads = True
    request_queue_size = 64
    behind = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.requests = 0
        self.host = f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Answers for images/0 … images/199."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Registry

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.requests += 1
        time.sleep(DELAY)
        found = re.fullmatch(r"/v2/images/(\d+)/(\w+)/([^?]*).*", self.path)
        assert found, self.path
        number, kind, what = int(found[1]), found[2], found[3]
        body = {"tags": self._tags, "manifests": self._manifest, "blobs": self._config}[kind](
            number, what
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _tags(self, number: int, _: str) -> bytes:
        tags = [f"2025.{n}.1" for n in range(1, TAGS)] + [PRESENT]
        more = ["2026.02.01"] if number < self.server.behind else ["latest"]
        return json.dumps({"name": f"images/{number}", "tags": [*tags, *more]}).encode()

    def _manifest(self, number: int, tag: str) -> bytes:
        config = self._config(number, tag)
        digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
        kind = "application/vnd.oci.image.config.v1+json"
        return json.dumps(
            {
                "schemaVersion": 2,
                "config": {"mediaType": kind, "digest": digest, "size": len(config)},
                "layers": [],
            }
        ).encode()

    def _config(self, _number: int, _tag: str) -> bytes:
        made = {"os": "linux", "architecture": "amd64", "created": "2026-01-01T00:00:00Z"}
        return json.dumps(made).encode()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def fleet(root: Path, host: str) -> None:
    """Write hubs with two images each, and commit them."""
    chart = root / "helm-charts" / "basehub"
    chart.mkdir(parents=True)
    (chart / "Chart.yaml").write_text(
        "apiVersion: v2\nname: basehub\nversion: '1'\n"
        "dependencies: [{name: jupyterhub, version: 4.3.3, repository: 'https://example.org'}]\n"
    )
    (chart / "values.yaml").write_text("jupyterhub: {}\n")
    folder = root / "config" / "clusters" / "one"
    folder.mkdir(parents=True)
    entries = []
    for hub in range(HUBS):
        entries.append(
            f"  - {{name: h{hub}, helm_chart: basehub, helm_chart_values_files: [h{hub}.values.yaml]}}"
        )
        first, second = (f"{host}/images/{2 * hub + n}" for n in (0, 1))
        (folder / f"h{hub}.values.yaml").write_text(
            "jupyterhub:\n  singleuser:\n"
            f"    image: {{name: {first}, tag: {PRESENT}}}\n"
            "    profileList:\n      - display_name: Two\n"
            f"        kubespawner_override: {{image: {second}:{PRESENT}}}\n"
        )
    (folder / "cluster.yaml").write_text("name: one\nhubs:\n" + "\n".join(entries) + "\n")
    for words in (
        ("init", "-q"),
        ("add", "--all"),
        ("-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "-qm", "Fleet"),
    ):
        subprocess.run(["git", *words], cwd=root, check=True)


def ours(root: Path, registry: Registry) -> None:
    """Bump the fleet, and see that every image was asked for and the newer ones would be set."""
    registry.requests = 0
    done = subprocess.run(
        [*PROGRAM, "user-image.bump", "--all", "--latest", "--dry-run"],
        cwd=root,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    current = f"{IMAGES - registry.behind} of {IMAGES} image(s) are the newest"
    assert current in done.stderr, done.stderr
    set_ = [line for line in done.stderr.splitlines() if line.startswith("+ ")]
    assert len(set_) == registry.behind
    assert registry.requests == IMAGES + 4 * registry.behind, registry.requests


def theirs(registry: Registry) -> None:
    """Ask for the tags of each image once, and see that they came."""
    registry.requests = 0
    urls = [f"http://{registry.host}/v2/images/{n}/tags/list?n=1000" for n in range(IMAGES)]
    done = subprocess.run(
        [sys.executable, "-c", BASELINE],
        input="\n".join(urls),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == IMAGES * (TAGS + 1)
    assert registry.requests == IMAGES


def main() -> None:
    """Measure both rows."""
    registry = Registry()
    thread = threading.Thread(target=registry.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        fleet(root, registry.host)
        for behind in (0, NEWER):
            registry.behind = behind
            ours(root, registry)  # compiles the modules
            ratio(
                f"user-image.bump over {IMAGES} images, {behind} with a newer tag",
                lambda: ours(root, registry),
                lambda: theirs(registry),
                target=1.5,
                rounds=5,
            )
    registry.shutdown()


if __name__ == "__main__":
    main()

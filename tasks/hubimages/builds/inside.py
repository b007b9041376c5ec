"""Runs inside a hub image, standing alone: says what is installed there and whether the hub starts.

Given one JSON argument, prints one line of JSON: what is installed and, with {"seconds": N},
whether pip is content and whether the hub starts within that time. The standard library only, and
nothing newer than Python 3.8, since this runs on the image's Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

HEALTH = "http://127.0.0.1:8081/hub/health"
CONFIG = """
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    async def add_route(self, routespec, target, data): pass
    async def delete_route(self, routespec): pass
    async def get_all_routes(self): return {}

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.cookie_secret = b"\\0" * 32
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = 8081
c.JupyterHub.pid_file = ""
"""


def installed() -> list[dict[str, Any]]:
    """List the distributions: name, version and, for direct references, where they came from."""
    found = []
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if not name:
            continue
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
        commit = (origin.get("vcs_info") or {}).get("commit_id")
        entry = {"name": name, "version": distribution.version}
        found.append({**entry, "url": origin.get("url"), "commit": commit})
    return sorted(found, key=lambda entry: entry["name"].lower())


def pip_check() -> dict[str, Any]:
    """Run pip check: whether every installed package has what it asks for."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return {"ok": done.returncode == 0, "said": done.stdout.decode(errors="replace")[-2000:]}


def hub(seconds: float) -> dict[str, Any]:
    """Start the hub without a proxy and ask it for its health until it answers or time is up."""
    folder = Path(tempfile.mkdtemp())
    config, log = folder / "jupyterhub_config.py", folder / "log"
    config.write_text(CONFIG)
    start = time.monotonic()
    with log.open("wb") as out:
        command = ["jupyterhub", "--config", str(config)]
        try:
            process = subprocess.Popen(
                command, cwd=str(folder), stdout=out, stderr=subprocess.STDOUT
            )
        except OSError as error:
            return {
                "ok": False,
                "status": None,
                "said": f"jupyterhub could not be started: {error}",
            }
        try:
            status = health(process, start + seconds)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
    said = log.read_text(errors="replace")[-4000:]
    return {
        "ok": status == 200,
        "status": status,
        "said": said,
        "seconds": time.monotonic() - start,
    }


def health(process: subprocess.Popen[bytes], deadline: float, url: str = HEALTH) -> int | None:
    """Return the status of /hub/health, or None where the hub ended or never answered."""
    # docker can put a proxy into every container, which does not lead back here
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    status = None
    while time.monotonic() < deadline and process.poll() is None and status != 200:
        try:
            with direct.open(url, timeout=5) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            time.sleep(0.1)
    return status


def report(seconds: float) -> dict[str, Any]:
    """Look at everything; the hub starts while the rest is looked at."""
    with ThreadPoolExecutor() as pool:
        started = pool.submit(hub, seconds)
        found = {"uid": os.getuid(), "packages": installed(), "pip": pip_check()}
        return {**found, "hub": started.result()}


if __name__ == "__main__":
    wanted = json.loads(sys.argv[1])
    said = report(wanted["seconds"]) if "seconds" in wanted else {"packages": installed()}
    sys.stdout.write(json.dumps(said) + "\n")

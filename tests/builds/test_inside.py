"""The script that runs in an image stands alone: these tests run it here, without a hub."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hubimages.builds import inside

SCRIPT = Path(inside.__file__)


def program(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 8))
    names = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_what_is_installed_with_where_it_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tmp_path / "odd_name-1.0.dist-info"
    found.mkdir()
    (found / "METADATA").write_text("Metadata-Version: 2.1\nName: odd.name\nVersion: 1.0\n")
    origin = {"url": "https://github.com/o/r", "vcs_info": {"vcs": "git", "commit_id": "a" * 40}}
    (found / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(str(tmp_path))
    packages = inside.installed()
    (odd,) = [package for package in packages if package["name"] == "odd.name"]
    assert odd == {"name": "odd.name", "version": "1.0", "url": origin["url"], "commit": "a" * 40}
    (pytest_here,) = [package for package in packages if package["name"] == "pytest"]
    assert (pytest_here["url"], pytest_here["commit"]) == (None, None)


def test_a_hub_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    report = inside.hub(60)
    assert (report["ok"], report["status"]) == (False, None)
    assert "jupyterhub could not be started" in report["said"]


def test_a_hub_that_ends_at_once_gives_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "jupyterhub", 'echo "no such option"; exit 1')
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    report = inside.hub(60)
    assert report["ok"] is False
    assert "no such option" in report["said"]


def test_a_hub_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "jupyterhub", f'echo $$ > "{tmp_path}/pid"; exec sleep 300')
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    report = inside.hub(0.2)
    assert report["ok"] is False
    pid = tmp_path / "pid"
    assert not pid.exists() or not Path(f"/proc/{pid.read_text().strip()}").exists()


class Hub(BaseHTTPRequestHandler):
    """Is not ready for the first two requests."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200 if self.asked > 2 else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_a_hub_is_asked_directly_until_it_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy")
    monkeypatch.delenv("NO_PROXY")  # what is left is a proxy that nothing listens at
    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/hub/health"
        with subprocess.Popen(["sleep", "300"]) as process:
            status = inside.health(process, time.monotonic() + 60, url)
            process.kill()
        server.shutdown()
        thread.join()
    assert (status, Hub.asked) == (200, 3)


def test_it_prints_one_line_of_json(tmp_path: Path) -> None:
    program(tmp_path, "jupyterhub", "exit 1")
    done = subprocess.run(
        [sys.executable, "-", '{"seconds": 1}'],
        input=SCRIPT.read_text(),
        env={"PATH": f"{tmp_path}:/bin:/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert set(report) == {"uid", "packages", "pip", "hub"}
    assert report["uid"] >= 0

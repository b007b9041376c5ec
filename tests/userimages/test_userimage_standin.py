"""The stand-in hub and its guest stand alone in an image: these tests run them here, on loopback."""

from __future__ import annotations

import ast
import http.client
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hubimages.userimages import inside, standin
from hubimages.userimages.standin import Hub

WANTED = {"prefix": "/user/ada/", "user": "ada", "token": "secret", "version": "5.2.1"}


@pytest.mark.parametrize("script", [inside, standin])
def test_it_needs_nothing_but_an_old_standard_library(script: Any) -> None:
    tree = ast.parse(Path(script.__file__).read_text(), feature_version=(3, 8))
    names = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[tuple[str, int]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield "127.0.0.1", server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- the hub -----------------------------------------------------------------------------------------


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[int, str | None, Any]]]:
    monkeypatch.setattr(Hub, "wanted", WANTED)
    with listening(Hub) as address:

        def asked(method: str, path: str, token: str = "", body: str = "") -> Any:
            connection = http.client.HTTPConnection(*address, timeout=5)
            headers = {"Authorization": f"token {token}"} if token else {}
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            content = json.loads(reply.read())
            connection.close()
            return reply.status, reply.getheader("X-JupyterHub-Version"), content

        yield asked


@pytest.mark.parametrize("path", ["/hub/api", "/hub/api/"])
def test_it_answers_the_check_of_its_version(ask: Callable[..., Any], path: str) -> None:
    assert ask("GET", path) == (200, "5.2.1", {"version": "5.2.1"})


@pytest.mark.parametrize(
    ("path", "token"),
    [("/hub/api/user", "secret"), ("/hub/api/authorizations/token/secret", "")],
)
def test_it_knows_the_owner_of_the_token(ask: Callable[..., Any], path: str, token: str) -> None:
    status, _, person = ask("GET", path, token)
    assert status == 200
    assert (person["kind"], person["name"]) == ("user", "ada")
    assert "access:servers!user=ada" in person["scopes"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/hub/api/user", 403), ("/hub/api/authorizations/token/other", 404), ("/else", 404)],
)
def test_it_knows_nobody_else(ask: Callable[..., Any], path: str, status: int) -> None:
    assert ask("GET", path, "other")[0] == status


def test_it_takes_notice_of_activity(ask: Callable[..., Any]) -> None:
    assert ask("POST", "/hub/api/users/ada/activity", "secret", body="{}")[0] == 200
    assert ask("POST", "/hub/api/users", "secret", body="{}")[0] == 404


# --- its guest ---------------------------------------------------------------------------------------


def server(
    answers: dict[str, tuple[int, str]], *, cookie: str = ""
) -> type[BaseHTTPRequestHandler]:
    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, leads = answers.get(self.path, (404, ""))
            if self.headers.get("Authorization") == "token secret" and status == 403:
                status = 200
            if cookie and f"{cookie}=1" in self.headers.get("Cookie", ""):
                status, leads = 200, ""
            self.send_response(status)
            self.send_header("X-JupyterHub-Version", "5.1")
            if leads:
                self.send_header("Location", leads)
            if cookie:
                self.send_header("Set-Cookie", f"{cookie}=1; Path=/")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Server


def visited(monkeypatch: pytest.MonkeyPatch, address: tuple[str, int], seconds: float) -> Any:
    monkeypatch.setattr(standin, "SERVER", address)
    return standin.visit({**WANTED, "seconds": seconds})


def test_what_a_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "/user/ada/": (302, "lab"),
        "/user/ada/lab": (302, "/user/ada/lab/tree?x=1"),
        "/user/ada/lab/tree?x=1": (403, ""),
        "/user/ada/api/contents": (403, ""),
    }
    with listening(server(answers)) as address:
        said = visited(monkeypatch, address, 5)
    assert (said["front"]["status"], said["front"]["leads"]) == (302, "lab")
    assert (said["page"]["status"], said["page"]["path"]) == (200, "/user/ada/lab/tree?x=1")
    assert said["front"]["version"] == "5.1"
    assert (said["guest"]["status"], said["owner"]["status"]) == (403, 200)
    assert said["root"]["status"] == 404


@pytest.mark.parametrize(
    "leads", ["/user/ada/", "/hub/login", "/lab", "http://[", "/user/ada/\xe9"]
)
def test_a_redirect_that_comes_to_no_page(monkeypatch: pytest.MonkeyPatch, leads: str) -> None:
    with listening(server({"/user/ada/": (302, leads)})) as address:
        page = visited(monkeypatch, address, 5)["page"]
    assert page["status"] in {302, None}


def test_cookies_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(server({"/user/ada/": (302, "/user/ada/")}, cookie="session")) as address:
        assert visited(monkeypatch, address, 5)["page"]["status"] == 200


def test_a_body_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    read = threading.Event()

    class Endless(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x")
            read.wait(30)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with listening(Endless) as address:
        monkeypatch.setattr(standin, "SERVER", address)
        answer = standin.get("/user/ada/", patience=5)
        read.set()
    assert answer["status"] == 200


def test_a_server_on_the_loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((standin.LOOPBACK[0], 0)) as private:
        address = private.getsockname()
        monkeypatch.setattr(standin, "LOOPBACK", address)
        said = visited(monkeypatch, (standin.SERVER[0], address[1]), 0.01)
    assert said["front"]["why"] == "loopback"


def test_a_missing_page_is_an_answer_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(server({})) as address:
        said = visited(monkeypatch, address, 1)
    assert said["front"]["status"] == 404
    assert "owner" in said


def test_a_server_that_gets_well_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = iter([503, 500])

    class Starting(server({"/user/ada/": (200, "")})):  # type: ignore[misc]
        def do_GET(self) -> None:  # noqa: N802
            status = next(statuses, None)
            if status is None:
                super().do_GET()
            else:
                self.send_error(status)

    with listening(Starting) as address:
        assert visited(monkeypatch, address, 30)["front"]["status"] == 200


def test_a_server_that_stays_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(server({"/user/ada/": (500, "")})) as address:
        said = visited(monkeypatch, address, 0.01)
    assert said["front"]["status"] == 500
    assert "owner" not in said


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()
    monkeypatch.setattr(standin, "LOOPBACK", address)
    said = visited(monkeypatch, address, 0.01)
    assert said["front"] == {"status": None, "why": "closed", "path": "/user/ada/"}


def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        said = visited(monkeypatch, mute.getsockname(), 0.01)
    assert said["front"] == {"status": None, "why": "silent", "path": "/user/ada/"}


def test_a_server_that_speaks_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def talk() -> None:
            client = odd.accept()[0]
            with client:
                client.recv(1000)
                client.sendall(b"220 mail\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        monkeypatch.setattr(standin, "SERVER", odd.getsockname())
        said = standin.get("/user/ada/")
        thread.join()
    assert "BadStatusLine" in said["why"]


def test_whether_the_home_takes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert standin.home() == {"path": str(tmp_path), "error": None}
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("HOME", str(tmp_path / "missing"))
    assert standin.home()["error"] == "No such file or directory"


# --- what is inside ----------------------------------------------------------------------------------


def command(folder: Path, first: str, mode: int = 0o755) -> Path:
    at = folder / "jupyterhub-singleuser"
    at.write_text(f"{first}\n")
    at.chmod(mode)
    return at


def test_the_command_and_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\necho 4.1.6\n")
    python.chmod(0o755)
    at = command(tmp_path, f"#!{python}")
    monkeypatch.setenv("PATH", str(tmp_path))
    said = inside.report("0")
    assert (said["command"], said["version"]) == (str(at), "4.1.6")
    assert said["closed"] is None
    assert said["default"]["uid"] == 0


def test_a_command_that_this_user_may_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = command(tmp_path, "#!/bin/sh", 0o600)
    monkeypatch.setenv("PATH", str(tmp_path))
    said = inside.report("")
    assert (said["command"], said["closed"]) == (None, str(at))


def test_no_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = inside.report("nobody-of-that-name")
    assert (said["command"], said["closed"], said["default"]) == (None, None, None)

"""Whether a hub answers: what counts as well, and what is said of all else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

import stack
from hubimages.deploying import health
from hubimages.deploying.health import NotHealthy
from stack.web import serving


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[stack.HubHealth]:
    monkeypatch.setattr(health, "_PAUSE", 0.01)
    monkeypatch.setattr(health, "_EACH", 0.3)
    with stack.HubHealth() as hub:
        yield hub


def url(hub: stack.HubHealth) -> str:
    return health.address(hub.url.removeprefix("http://"))


@pytest.mark.parametrize(
    ("domain", "base_url", "url"),
    [
        ("hub.example.org", "/", "https://hub.example.org/hub/health"),
        ("hub.example.org", "/jupyter/", "https://hub.example.org/jupyter/hub/health"),
        ("hub.example.org:8443", "/", "https://hub.example.org:8443/hub/health"),
        ("127.0.0.1:8000", "/", "http://127.0.0.1:8000/hub/health"),
        ("localhost", "/", "http://localhost/hub/health"),
        ("localhost.example.org", "/", "https://localhost.example.org/hub/health"),
    ],
)
def test_where_it_is_asked(domain: str, base_url: str, url: str) -> None:
    assert health.address(domain, base_url) == url


def test_what_is_no_health(hub: stack.HubHealth) -> None:
    assert health.ask(url(hub)).ok
    for fail, said in (
        (hub.never, "answers 503"),
        # a login before the hub, which would answer 200 for anything
        (lambda: hub.redirect("https://login.example.org/"), "answers 302"),
        (lambda: hub.never(204), "answers 204"),
        (hub.hang, "timed out"),
        (hub.refuse_connections, "refused"),
    ):
        fail()
        answer = health.ask(url(hub))
        assert (answer.ok, said in answer.said) == (False, True), answer
    assert len(hub.requests) == 5


def test_a_certificate_that_nobody_vouches_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with stack.HubHealth(tls=True, base_url="/jupyter/") as hub:
        asked = health.ask(f"{hub.url}{hub.path}")
        assert not asked.ok
        assert "certificate" in asked.said
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(hub.ca))
        assert health.ask(f"{hub.url}{hub.path}").ok


def test_a_hub_on_this_machine_may_have_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with stack.HubHealth(tls=True) as hub:
        here = health.address(hub.url.removeprefix("https://"))
        assert here.startswith("http://localhost:")
        assert not health.ask(here).ok
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(hub.ca))
        assert health.ask(here) == health.Answer("answers 200 over TLS", 200)
        hub.never(503)
        assert not health.ask(here).ok


def test_an_answer_without_an_end_is_one() -> None:
    """Its first line says it; a proxy that drips would hold everything up for ever."""
    left = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("X-JupyterHub-Version", "5.4.0")
            self.end_headers()
            while not left.wait(0.05):
                self.wfile.write(b".")

        def log_message(self, *_: object) -> None:  # type: ignore[override]
            """Say nothing."""

    with serving(Dripping) as address:
        answer = health.ask(f"http://{address}/hub/health")
        left.set()
    assert (answer.ok, answer.version) == (True, "5.4.0")


def test_waiting_until_it_is_well(hub: stack.HubHealth) -> None:
    hub.after(requests=2)
    heard: list[str] = []
    assert health.wait(url(hub), 20, heard.append).ok
    assert heard == [f"{url(hub)} answers 503"] * 2


def test_waiting_in_vain(hub: stack.HubHealth) -> None:
    hub.never(502)
    with pytest.raises(NotHealthy, match="answers 502, 0 s after") as caught:
        health.wait(url(hub), 0.1, lambda _: None)
    assert "kubectl logs" in (caught.value.fix or "")


def test_a_canary_may_miss_twice_in_a_row_and_no_more(hub: stack.HubHealth) -> None:
    answers = iter([False, False, True, False, False, True, *[False] * 3])
    hub.when(lambda: next(answers))
    with pytest.raises(NotHealthy, match="s after it was well"):
        health.watch(url(hub), 600, lambda _: None)
    assert list(answers) == []


def test_a_canary_that_stays_well(hub: stack.HubHealth) -> None:
    over: list[int] = []
    health.watch(url(hub), 0.1, over.append)
    assert over
    assert len(hub.requests) == len(over)

"""Whether a hub answers where people reach it: https://DOMAIN/hub/health."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from hubimages.errors import Failure
from hubimages.registry.answers import Unanswered
from hubimages.registry.network import is_loopback, pool_through, proxy_for

_EACH = 10.0  # seconds for one answer
_PAUSE = 2.0  # seconds between two questions
_MISSES = 3  # in a row, of a canary: one can be the network's


class NotHealthy(Failure):
    """A hub does not answer /hub/health with 200; when says since what."""

    def __init__(self, url: str, said: str, when: str) -> None:
        super().__init__(
            f"{url} {said}, {when}.",
            fix=f"see what it says: curl -i {url}, and kubectl logs deployment/hub",
        )


@dataclass(frozen=True)
class Answer:
    """What a hub answered; code is of HTTP, 0 for none, version is JupyterHub's own, where it says it."""

    said: str
    code: int = 0
    version: str = ""

    @property
    def ok(self) -> bool:
        """Whether the hub is well."""
        return self.code == 200


def address(domain: str, base_url: str = "/") -> str:
    """Return where a hub's health is asked; without TLS, unless it has it, on this machine alone."""
    host = urlsplit(f"//{domain}").hostname or ""
    scheme = "http" if is_loopback(host) else "https"
    return f"{scheme}://{domain}{base_url.rstrip('/')}/hub/health"


def ask(url: str) -> Answer:
    """Ask once; what keeps a hub from answering is part of the answer."""
    answer = _ask(url)
    if url.startswith("https:") or answer.code not in (0, 400):  # as a server with TLS answers
        return answer
    encrypted = _ask(f"https:{url.removeprefix('http:')}")
    return replace(encrypted, said=f"{encrypted.said} over TLS") if encrypted.ok else answer


def _ask(url: str) -> Answer:
    import urllib3

    try:
        pool = pool_through(proxy_for(url), urlsplit(url).scheme)
        # no redirects: a portal before the hub answers 200 for anything; and no body, which need not end
        done = pool.request(
            "GET", url, timeout=_EACH, retries=False, redirect=False, preload_content=False
        )
        done.close()
    except urllib3.exceptions.HTTPError as error:
        reason = str(getattr(error, "reason", None) or error)
        return Answer(f"does not answer: {reason.rpartition(': ')[2]}")
    except Unanswered as refused:
        return Answer(str(refused))
    version = done.headers.get("X-JupyterHub-Version", "")
    return Answer(f"answers {done.status}", done.status, version)


def wait(url: str, seconds: float, tick: Callable[[str], None]) -> Answer:
    """Ask until the hub is well; tick gets each other answer. Raises NotHealthy after seconds."""
    end = time.monotonic() + seconds
    while not (answer := ask(url)).ok:
        tick(f"{url} {answer.said}")
        if time.monotonic() + _PAUSE > end:
            raise NotHealthy(url, answer.said, f"{seconds:.0f} s after its rollout ended")
        time.sleep(_PAUSE)
    return answer


def watch(url: str, seconds: float, tick: Callable[[int], None]) -> None:
    """Keep asking for so long; tick gets the seconds that are over. Raises NotHealthy after three misses."""
    start = time.monotonic()
    misses = 0
    while (over := time.monotonic() - start) < seconds:
        tick(int(over))
        answer = ask(url)
        misses = 0 if answer.ok else misses + 1
        if misses >= _MISSES:
            raise NotHealthy(url, answer.said, f"{over:.0f} s after it was well")
        time.sleep(min(_PAUSE, max(seconds - over, 0)))

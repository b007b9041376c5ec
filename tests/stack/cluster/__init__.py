"""A cluster on loopback: as much of the Kubernetes API as Helm and kubectl ask for, and faults.

It has objects, watches, four kinds of patch and deployments that roll out; it has no schemas (so
nothing is validated), no field ownership (so no apply conflicts), no roles, quotas or schedulers,
and runs no container.
"""

from __future__ import annotations

import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from stack.certificate import certificate
from stack.cluster.api import Api
from stack.cluster.faults import Fault, Faults
from stack.cluster.kubeconfig import write_kubeconfig
from stack.cluster.releases import Release, releases
from stack.cluster.rollout import Rollouts
from stack.cluster.server import ClusterHandler
from stack.cluster.store import Event, Store, Thing
from stack.web import serving

__all__ = ["Cluster", "Release"]


class Cluster:
    """A context manager. address is host:port; requests are all so far, as `METHOD /path?query`.

    on_request is called with each request before it is answered; the client waits meanwhile. What
    was asked happens also if the client is killed there, unless silent() holds it up.
    """

    def __init__(self, *, namespaces: tuple[str, ...] = ("default",)) -> None:
        self.address = ""
        self.requests: list[str] = []
        self.on_request: Callable[[str], None] | None = None
        self.token = f"not-for-any-output-{secrets.token_hex(8)}"
        self.store = Store()
        self.api = Api(self.store)
        self.rollouts = Rollouts(self.store)
        self._faults = Faults()
        self._stack = ExitStack()
        self._server = ExitStack()
        self._running = False
        for name in namespaces:
            self.store.put(("Namespace", "", name), {"status": {"phase": "Active"}})

    def __enter__(self) -> Cluster:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="cluster-"))
        self.certificate, self._tls = certificate(Path(folder))
        self.rollouts.start()
        self._stack.callback(self.rollouts.end)
        self._stack.callback(self.stop)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- being there, or not ---

    def start(self) -> None:
        """Serve, at the same address as before; objects are as they were."""

        class OfThis(ClusterHandler):
            cluster = self

        self._running = True
        port = int(self.address.rpartition(":")[2] or 0)
        self.address = self._server.enter_context(serving(OfThis, port=port, tls=self._tls))

    def stop(self) -> None:
        """Be unreachable: connections are refused, those that are open end, faults are over."""
        with self.store.changed:
            self._running = False
            self.store.changed.notify_all()
        self._faults.heal()
        self._server.close()

    def kubeconfig(
        self,
        path: Path,
        context: str = "kind-example",
        cluster: str = "kind-example",
        *,
        others: dict[str, str] | None = None,
        namespace: str = "",
    ) -> Path:
        """Write a kubeconfig and return its path. others: further contexts, each with its cluster.

        All lead here, with the token; the first context is the current one.
        """
        contexts = {context: cluster, **(others or {})}
        write_kubeconfig(path, self.address, self.token, self.certificate, contexts, namespace)
        return path

    # --- faults: `where` is a regular expression that is searched in `METHOD /path?query` ---

    def silent(self, where: str = "", *, after: int = 0) -> None:
        """Take requests and never answer, once `after` more that match were answered.

        What hangs happens at heal(), if its client still waits.
        """
        self._faults.add(where, after)

    def refuse(
        self, code: int, where: str = "", *, message: str | None = None, after: int = 0
    ) -> None:
        """Answer with a Status of this HTTP code: 401, 403, 409, 422, 429, 500, 503 have words."""
        self._faults.add(where, after, code=code, message=message)

    def reject(self, message: str, where: str = "^(POST|PUT|PATCH) .*/deployments") -> None:
        """Deny as an admission webhook does."""
        said = f'admission webhook "policy.example.org" denied the request: {message}'
        self._faults.add(where, code=400, message=said)

    def delay(self, seconds: float, where: str = "") -> None:
        """Answer that much later."""
        self._faults.add(where, seconds=seconds)

    def heal(self) -> None:
        """Take all faults back; requests that hang are answered."""
        self._faults.heal()

    @property
    def never_ready(self) -> set[str]:
        """Images (patterns: `*:bad`) whose pods never get ready."""
        return self.rollouts.never_ready

    @never_ready.setter
    def never_ready(self, images: set[str]) -> None:
        self.rollouts.never_ready = set(images)
        self.rollouts.again()

    @property
    def rollout_seconds(self) -> float:
        """From a changed pod template to pods that are ready."""
        return self.rollouts.seconds

    @rollout_seconds.setter
    def rollout_seconds(self, seconds: float) -> None:
        self.rollouts.seconds = seconds
        self.rollouts.again()

    # --- what is there ---

    def count(self, where: str) -> int:
        """Return how many requests matched."""
        return sum(bool(re.search(where, request)) for request in list(self.requests))

    def object(self, kind: str, namespace: str, name: str) -> Thing | None:
        """Return an object, or None."""
        return self.store.get((kind, namespace, name))

    def hub_image(self, namespace: str, deployment: str = "hub") -> str | None:
        """Return the image that the hub's Deployment asks for, or None without one."""
        found = self.object("Deployment", namespace, deployment)
        return found and found["spec"]["template"]["spec"]["containers"][0]["image"]

    def rolled_out(self, namespace: str, deployment: str = "hub") -> bool:
        """Whether the hub's newest pods, and no others, are ready."""
        found = self.object("Deployment", namespace, deployment) or {}
        status, meta = found.get("status", {}), found.get("metadata", {})
        return (
            status.get("observedGeneration") == meta.get("generation", 0)
            and status.get("unavailableReplicas") == 0
        )

    def releases(self, namespace: str) -> list[Release]:
        """Return all revisions of all releases, by name and revision."""
        return releases(self.store.listed("Secret", namespace))

    # --- for the server ---

    def seen(self, request: str, has_left: Callable[[], bool]) -> Fault | None:
        """Note a request down; return a fault that refuses it, after what it has to wait.

        Raises ClientGone where it hung until the client left, or we did.
        """
        self.requests.append(request)
        if self.on_request:
            self.on_request(request)
        return self._faults.suffer(request, lambda: not self._running or has_left())

    def events(self, number: int, seconds: float) -> Iterator[Event]:
        """Yield what happened since a resourceVersion, and what happens, for so long."""
        end = time.monotonic() + seconds
        at = 0
        while True:
            with self.store.changed:
                new = self.store.events[at:]
                while not new and self._running and (left := end - time.monotonic()) > 0:
                    self.store.changed.wait(left)
                    new = self.store.events[at:]
            if not new or not self._running:
                return
            at += len(new)
            yield from (event for event in new if event.number > number)

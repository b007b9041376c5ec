"""A repository of hubs whose charts, cluster and addresses are on loopback, and commands in it."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import stack
from integration.running import Ran, Running, hubimages, temporary
from integration.support import CHART, VALUES
from stack.engine import processes

HUB = "^(POST|PATCH|PUT) .*/deployments"  # what changes a Deployment
WRITES = r"^(POST|PATCH|PUT|DELETE) "
IMAGE = "registry.example.org/example/hub"
CLUSTER = "config/clusters/example/cluster.yaml"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Two hubs, example/staging and example/prod, a cluster that they go to, and how they answer."""

    repo: stack.HubRepository
    cluster: stack.Cluster
    staging: stack.HubHealth
    prod: stack.HubHealth

    def run(self, *words: str) -> Ran:
        """Run a command to its end; what is secret was in none of its words."""
        ran = hubimages(self.repo, *words)
        assert self.cluster.token not in ran.stdout + ran.stderr
        assert "bug in hubimages" not in ran.stderr, ran.stderr
        return ran

    def deploy(self, *words: str) -> Ran:
        """Deploy example/staging, or those that words say."""
        return self.run("deploy", *_scoped(words))

    def deploying(self, *words: str) -> Running:
        """Begin to deploy."""
        return Running(self.repo, "deploy", *_scoped(words))

    def commit(self, tag: str) -> str:
        """Give all hubs another tag; return the image."""
        text = (self.repo.path / VALUES).read_text()
        new = re.sub(r'tag: ".*"', f'tag: "{tag}"', text)
        self.repo.commit({VALUES: new}, f"Set {tag}", push=False)
        return f"{IMAGE}:{tag}"

    def set(self, **settings: object) -> None:
        """Write and commit settings."""
        rows = [f"  {key}: {value}\n" for key, value in settings.items()]
        self.repo.commit({"invoke.yaml": "hubimages:\n" + "".join(rows)}, "Settings", push=False)

    def images(self) -> list[str | None]:
        """Return what the cluster runs: staging, prod."""
        return [self.cluster.hub_image(name) for name in ("staging", "prod")]

    def statuses(self, namespace: str = "staging") -> list[str]:
        """Return the status of each revision."""
        return [release.status for release in self.cluster.releases(namespace)]

    def assert_nothing_left(self) -> None:
        """Assert that no process works on, and that no folder is left but for the locks'."""
        assert self.programs() == []
        names = {path.name for path in temporary(self.repo).glob("hubimages-*")}
        assert {name for name in names if not name.startswith("hubimages-locks-")} == set()
        assert len(self.repo.git("worktree", "list").splitlines()) == 1

    def programs(self, name: str = "") -> list[int]:
        """Return the processes of this place's commands, or those of a program."""
        found = []
        for pid, (_, args) in processes().items():
            with suppress(OSError):
                environ = Path(f"/proc/{pid}/environ").read_bytes()
                if f"TMPDIR={temporary(self.repo)}".encode() in environ.split(b"\0"):
                    found += [pid] if args.startswith(name) else []
        return found

    def once(self, where: str, do: Callable[[], None]) -> None:
        """Do something the moment the cluster is asked for something the first time from now on."""

        def seen(request: str) -> None:
            if re.search(where, request):
                self.cluster.on_request = None
                do()

        self.cluster.on_request = seen

    def kill_all(self) -> None:
        """Kill the command, and then what it started, as the machine itself would."""
        self.kill(sys.executable)
        self.kill()

    def kill(self, name: str = "helm") -> None:
        """Kill a program outright."""
        for pid in self.programs(name):
            os.kill(pid, signal.SIGKILL)


def _scoped(words: tuple[str, ...]) -> tuple[str, ...]:
    said = {"--hub", "--cluster", "--all"} & set(words)
    return words if said else ("--hub", "example/staging", *words)


@contextmanager
def place(folder: Path, charts: stack.ChartRepository) -> Iterator[Place]:
    """Make one; the kubeconfig is the caller's to name."""
    with ExitStack() as parts:
        cluster = parts.enter_context(stack.Cluster(namespaces=("default",)))
        cluster.rollout_seconds = 0.1
        staging = parts.enter_context(stack.HubHealth())
        prod = parts.enter_context(stack.HubHealth())
        repo = stack.hub_repository(folder, registry="registry.example.org")
        chart = (repo.path / CHART).read_text()
        hubs = (repo.path / CLUSTER).read_text()
        hubs = hubs.replace("staging.example.org", staging.url.removeprefix("http://"))
        repo.commit(
            {
                CHART: re.sub("https://jupyterhub.*", charts.url, chart),
                CLUSTER: hubs.replace("hub.example.org", prod.url.removeprefix("http://")),
            },
            push=False,
        )
        made = Place(repo=repo, cluster=cluster, staging=staging, prod=prod)
        made.set(deploy_timeout=20, canary_wait=1)
        yield made

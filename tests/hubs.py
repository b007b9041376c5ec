"""Hub repositories, registries and engines that unit tests hand in; none of them needs Docker."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hubimages import fleet, images
from hubimages.builds.plan import Plan, Request, look
from hubimages.config import BuilderChoice, Settings
from hubimages.errors import CommandFailed
from hubimages.fleet import Fleet
from hubimages.git import Git
from hubimages.images import Images
from hubimages.process import Completed, Processes
from hubimages.redaction import quoted
from hubimages.reference import Reference
from hubimages.registry import Answer, Granted, Image, Manifest, NotThere, PushRights, Unknown
from hubimages.tree import CommitTree, WorkTree

Shape = Literal["folders", "shared"]
NAME = "quay.io/example/"
DIGEST = "sha256:" + "d" * 64
CONFIG = "sha256:" + "c" * 64
SETTINGS = Settings()

CHARTPRESS = {
    "folders": """\
charts:
  - name: basehub
    images:
      hub:
        imageName: {name}hub
        valuesPath: jupyterhub.hub.image
      hub-experimental:
        imageName: {name}hub-experimental
""",
    "shared": """\
charts:
  - name: basehub
    images:
      hub:
        imageName: {name}hub
        valuesPath: jupyterhub.hub.image
        buildArgs:
          REQUIREMENTS_FILE: requirements.txt
      hub-experimental:
        imageName: {name}hub-experimental
        buildArgs:
          REQUIREMENTS_FILE: experimental-requirements.txt
        contextPath: images/hub
        dockerfilePath: images/hub/Dockerfile
""",
}
DOCKERFILE = """\
FROM quay.io/jupyterhub/k8s-hub:4.3.3
USER root
{argument}COPY {file} /tmp/requirements.txt
RUN pip install -r /tmp/requirements.txt
USER $NB_USER
"""
OWN = DOCKERFILE.format(argument="", file="requirements.txt")
SHARED = DOCKERFILE.format(argument="ARG REQUIREMENTS_FILE\n", file="${REQUIREMENTS_FILE}")
CHART = """\
apiVersion: v2
name: basehub
version: "0.1.0"
dependencies:
  - name: jupyterhub
    version: 4.3.3
    repository: https://jupyterhub.github.io/helm-chart/
"""
DASKHUB = """\
apiVersion: v2
name: daskhub
version: "0.1.0"
dependencies:
  - name: basehub
    version: "0.1.0"
    repository: file://../basehub
"""
PLAINHUB = "apiVersion: v2\nname: plainhub\nversion: '1'\n"
VALUES = """\
jupyterhub:
  hub:
    image:
      name: {name}hub
      tag: "0.0.1-set.by.chartpress"  # set by the build
"""
EXAMPLE = """\
name: example
hubs:
  - name: staging
    helm_chart: basehub
    helm_chart_values_files: [common.values.yaml, staging.values.yaml, enc-staging.secret.values.yaml]
  - name: prod
    helm_chart: basehub
    helm_chart_values_files: [common.values.yaml, prod.values.yaml]
"""
RESEARCH = """\
name: research
hubs:
  - name: dask
    helm_chart: daskhub
    helm_chart_values_files: [dask.values.yaml]
  - name: twin
    helm_chart: basehub
    chart_override: twin.chart.yaml
    helm_chart_values_files: [twins.values.yaml, enc-twin.secret.values.yaml]
  - name: other-twin
    helm_chart: basehub
    helm_chart_values_files: [twins.values.yaml]
  - name: plain
    helm_chart: plainhub
    helm_chart_values_files: [plain.values.yaml]
"""
STAGING = "# the staging hub\njupyterhub:\n  hub:\n    db:\n      type: sqlite-memory\n"
REQUIREMENTS = "# what every hub runs\noauthenticator==17.3.0\n"


def files(shape: Shape, name: str = NAME) -> dict[str, str]:
    """Return a repository's files by path; name is what image names begin with."""
    charts, clusters = "helm-charts", "config/clusters"
    found = {
        f"{charts}/chartpress.yaml": CHARTPRESS[shape].format(name=name),
        f"{charts}/basehub/Chart.yaml": CHART,
        f"{charts}/basehub/values.yaml": VALUES.format(name=name),
        f"{charts}/daskhub/Chart.yaml": DASKHUB,
        f"{charts}/plainhub/Chart.yaml": PLAINHUB,
        f"{charts}/images/hub/requirements.txt": REQUIREMENTS,
        f"{clusters}/example/cluster.yaml": EXAMPLE,
        f"{clusters}/example/common.values.yaml": "jupyterhub:\n  custom: {}\n",
        f"{clusters}/example/staging.values.yaml": STAGING,
        f"{clusters}/example/prod.values.yaml": "jupyterhub: {}\n",
        f"{clusters}/research/cluster.yaml": RESEARCH,
        f"{clusters}/research/twin.chart.yaml": CHART.replace("4.3.3", "4.2.0"),
        f"{clusters}/research/dask.values.yaml": "basehub:\n  jupyterhub:\n    custom: {}\n",
        f"{clusters}/research/twins.values.yaml": "jupyterhub:\n  custom: {}\n",
        f"{clusters}/research/plain.values.yaml": "replicas: 1\n",
    }
    if shape == "shared":
        found[f"{charts}/images/hub/Dockerfile"] = SHARED
    else:
        found[f"{charts}/images/hub/Dockerfile"] = OWN
        found[f"{charts}/images/hub-experimental/Dockerfile"] = OWN
    return {**found, requirements(shape): "# what is being tried\n"}


def requirements(shape: Shape) -> str:
    """Return the path of the experimental image's requirements file."""
    if shape == "shared":
        return "helm-charts/images/hub/experimental-requirements.txt"
    return "helm-charts/images/hub-experimental/requirements.txt"


@dataclass(frozen=True)
class Hubs:
    """A repository on disk, on branch main, without a remote."""

    path: Path
    shape: Shape = "folders"

    @property
    def git(self) -> Git:
        return Git.at(self.path, Processes())

    @property
    def images(self) -> Images:
        return images.load(WorkTree(self.path), SETTINGS)

    @property
    def fleet(self) -> Fleet:
        return fleet.load(WorkTree(self.path), SETTINGS)

    def read(self, path: str) -> str:
        return (self.path / path).read_bytes().decode()

    def write(self, path: str, text: str) -> None:
        at = self.path / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(text.encode())

    def ask(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.path, check=True, capture_output=True)
        return done.stdout.decode()

    def commit(self, changes: Mapping[str, str] | None = None, message: str = "Change") -> str:
        for path, text in (changes or {}).items():
            self.write(path, text)
        self.ask("add", "--all")
        self.ask("commit", "--quiet", "--allow-empty", "-m", message)
        return self.head()

    def head(self) -> str:
        return self.ask("rev-parse", "HEAD").strip()

    def last(self) -> list[str]:
        """Return the paths that the last commit changed."""
        return self.ask("diff", "--name-only", "HEAD~1", "HEAD").splitlines()

    def state(self) -> tuple[str, ...]:
        """Return all that is not committed: what is staged, changed, untracked and stashed."""
        return (
            self.ask("diff", "--cached"),
            self.ask("diff"),
            self.ask("status", "--porcelain"),
            self.ask("stash", "list"),
        )

    def hook(self, name: str, script: str) -> None:
        at = self.path / ".git" / "hooks" / name
        at.parent.mkdir(exist_ok=True)
        at.write_text(f"#!/bin/sh\n{script}\n")
        at.chmod(0o755)


def make(folder: Path, shape: Shape = "folders", *, name: str = NAME) -> Hubs:
    """Make a hub repository with one commit."""
    folder.mkdir(parents=True, exist_ok=True)
    hubs = Hubs(folder, shape)
    hubs.ask("init", "--quiet", "--initial-branch=main")
    hubs.commit(files(shape, name), "Two clusters")
    return hubs


@dataclass
class FakeRegistry:
    """Answers as it is told; asked holds what it was asked."""

    answer: Answer = field(default_factory=NotThere)
    found: Image | NotThere | Unknown = field(default_factory=NotThere)
    listed: tuple[str, ...] | NotThere | Unknown = ()
    rights: PushRights = field(default_factory=Granted)
    asked: list[str] = field(default_factory=list)

    def look(self, ref: Reference) -> Answer:
        self.asked.append(f"look {ref}")
        return self.answer

    def inspect(self, ref: Reference, platform: str = "linux/amd64") -> Image | NotThere | Unknown:
        self.asked.append(f"inspect {ref}")
        return self.found

    def tags(self, ref: Reference) -> tuple[str, ...] | NotThere | Unknown:
        self.asked.append(f"tags {ref.name}")
        return self.listed

    def push_rights(self, ref: Reference) -> PushRights:
        self.asked.append(f"push_rights {ref.name}")
        return self.rights


def pushed(
    labels: Mapping[str, str] | None = None, *, config: str = CONFIG, digest: str = DIGEST
) -> Image:
    """Return what a registry says of an image for linux/amd64."""
    manifest = Manifest(
        digest=digest, config_digest=config, labels=labels or {}, created=None, size=1, layers=1
    )
    return Image(digest=digest, platforms=("linux/amd64",), manifest=manifest)


Answering = Callable[[Sequence[str]], Completed | None]


def said(argv: Sequence[str], stdout: str = "", *, code: int = 0, stderr: str = "") -> Completed:
    return Completed(argv=tuple(argv), code=code, stdout=stdout, stderr=stderr)


@dataclass
class Recorder:
    """A Runner that hands git on to the real one and lets answer speak for every other program."""

    answer: Answering
    ran: list[list[str]] = field(default_factory=list)
    cwd: Path | None = None  # of the program that is answered for
    env: Mapping[str, str | None] | None = None  # of the last long one
    real: Processes = field(default_factory=Processes)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> Completed:
        if argv[0] == "git":
            return self.real(argv, cwd=cwd, env=env, stdin=stdin, check=check, timeout=timeout)
        return self._answered(argv, cwd, check=check)

    def stream(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float | None = None,
        grace: float = 0,
    ) -> Completed:
        self.env = env
        return self._answered(argv, cwd, check=True)

    def _answered(self, argv: Sequence[str], cwd: Path | None, *, check: bool) -> Completed:
        self.ran.append(list(argv))
        self.cwd = cwd
        done = self.answer(argv) or said(argv)
        if check and done.code:
            raise CommandFailed(quoted(argv), done.code, done.stdout, done.stderr)
        return done


def plan(
    repo: Hubs,
    registry: FakeRegistry,
    key: str = "hub-experimental",
    *,
    push: bool = True,
    platform: str = "linux/amd64",
    builder: BuilderChoice = "auto",
    commit: bool = True,
    builder_name: str = "",
    cache: bool = False,
) -> Plan:
    """Look at an image as it is committed, as build-hub does."""
    git = repo.git
    assert git.head
    found = images.load(CommitTree(git, git.head), SETTINGS)
    request = Request(
        image=found.named(key),
        push=push,
        platform=platform,
        builder=builder,
        commit=commit,
        builder_name=builder_name,
        cache=cache,
    )
    return look(request, found, git.head, git, registry)  # type: ignore[arg-type]

"""A hub repository for tests: charts, clusters and a bare origin, in either shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hubimages.process import Processes
from stack.gitserver import GIT_ENV

_run = Processes()
Shape = Literal["folders", "shared"]
# Goes into chartpress.yaml as extraBuildCommandOptions: RUN steps reach loopback services.
BUILD_OPTIONS = ("--network=host",)

_FOLDERS = """\
charts:
  - name: basehub
    images:
      hub:
        imageName: {prefix}hub
        valuesPath: jupyterhub.hub.image
        extraBuildCommandOptions: {options}
      hub-experimental:
        imageName: {prefix}hub-experimental
        extraBuildCommandOptions: {options}
"""
_SHARED = """\
charts:
  - name: basehub
    images:
      hub:
        imageName: {prefix}hub
        valuesPath: jupyterhub.hub.image
        buildArgs:
          REQUIREMENTS_FILE: requirements.txt
        extraBuildCommandOptions: {options}
      hub-experimental:
        imageName: {prefix}hub-experimental
        buildArgs:
          REQUIREMENTS_FILE: experimental-requirements.txt
        contextPath: images/hub
        dockerfilePath: images/hub/Dockerfile
        extraBuildCommandOptions: {options}
"""
_DOCKERFILE = """\
FROM quay.io/jupyterhub/k8s-hub:{base}

USER root
{argument}COPY {file} /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt

USER $NB_USER
"""
_CHART = """\
apiVersion: v2
name: basehub
version: "0.1.0"
dependencies:
  - name: jupyterhub
    version: {base}
    repository: https://jupyterhub.github.io/helm-chart/
"""
_VALUES = """\
jupyterhub:
  hub:
    image:
      name: {prefix}hub
      # Set by the build
      tag: "0.0.1-set.by.chartpress"
    config:
      JupyterHub:
        authenticator_class: dummy
"""
_DATABASE = "jupyterhub:\n  hub:\n    db:\n      type: {kind}\n"
_CLUSTER = """\
name: example
hubs:
  - name: staging
    display_name: Staging
    domain: staging.example.org
    helm_chart: basehub
    helm_chart_values_files:
      - common.values.yaml
      - staging.values.yaml
  - name: prod
    display_name: Production
    domain: hub.example.org
    helm_chart: basehub
    helm_chart_values_files:
      - common.values.yaml
      - prod.values.yaml
"""


@dataclass(frozen=True)
class HubRepository:
    """A clone at path, whose bare origin stands beside it."""

    path: Path
    origin: Path
    shape: Shape
    prefix: str

    def git(self, *words: str) -> str:
        """Run git in the clone and return what it prints, without the final newline."""
        return _run(["git", *words], cwd=self.path, env=GIT_ENV).stdout.rstrip("\n")

    def commit(
        self, files: Mapping[str, str], message: str = "Change", *, push: bool = True
    ) -> str:
        """Write the files, commit them, push unless told not to; return the commit."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--", *files)
        self.git("commit", "--quiet", "-m", message)
        if push:
            self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def image(self, name: str = "hub") -> str:
        """Return an image's name without tag, as chartpress.yaml and values.yaml have it."""
        return f"{self.prefix}{name}"

    def requirements(self, image: str = "hub") -> str:
        """Return the path, from the root, of an image's requirements file."""
        if self.shape == "folders":
            return f"helm-charts/images/{image}/requirements.txt"
        file = "requirements.txt" if image == "hub" else "experimental-requirements.txt"
        return f"helm-charts/images/hub/{file}"


def hub_repository(
    folder: Path,
    *,
    registry: str,
    shape: Shape = "folders",
    base: str = "4.3.3",
    organisation: str = "example",
) -> HubRepository:
    """Make a hub repository below folder, with its images in registry (host:port).

    "folders" has a folder with a Dockerfile for each image, "shared" one of both for all, with
    a build argument REQUIREMENTS_FILE. Both have no requirements yet, and one commit on main.
    """
    prefix = f"{registry}/{organisation}/"
    options = str(list(BUILD_OPTIONS)).replace("'", '"')
    made = HubRepository(folder / "hubs", folder / "origin.git", shape, prefix)
    made.path.mkdir(parents=True)
    _run(
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(made.origin)], env=GIT_ENV
    )
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("remote", "add", "origin", str(made.origin))
    chartpress = _FOLDERS if shape == "folders" else _SHARED
    cluster = "config/clusters/example"
    files = {
        "helm-charts/chartpress.yaml": chartpress.format(prefix=prefix, options=options),
        "helm-charts/basehub/Chart.yaml": _CHART.format(base=base),
        "helm-charts/basehub/values.yaml": _VALUES.format(prefix=prefix),
        made.requirements("hub"): "# what every hub runs\n",
        made.requirements("hub-experimental"): "# what is being tried\n",
        f"{cluster}/cluster.yaml": _CLUSTER,
        f"{cluster}/common.values.yaml": "jupyterhub:\n  custom: {}\n",
        f"{cluster}/staging.values.yaml": _DATABASE.format(kind="sqlite-memory"),
        f"{cluster}/prod.values.yaml": _DATABASE.format(kind="sqlite-pvc"),
    }
    plain = _DOCKERFILE.format(base=base, argument="", file="requirements.txt")
    argued = _DOCKERFILE.format(
        base=base, argument="ARG REQUIREMENTS_FILE\n", file="${REQUIREMENTS_FILE}"
    )
    if shape == "folders":
        dockerfiles = {
            f"helm-charts/images/{i}/Dockerfile": plain for i in ("hub", "hub-experimental")
        }
    else:
        dockerfiles = {"helm-charts/images/hub/Dockerfile": argued}
    made.commit({**files, **dockerfiles}, "Two hubs")
    made.git("push", "--quiet", "--set-upstream", "origin", "main")
    return made

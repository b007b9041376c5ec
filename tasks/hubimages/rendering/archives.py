"""Archives of charts that others publish, each fetched once and kept in the person's cache folder.

Only of exact versions, since what is published under one does not change; Helm's own cache keeps
no archive, and asks for the whole index of a repository each time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hubimages.charts import Dependency
from hubimages.helm import Helm


@dataclass(frozen=True, kw_only=True)
class Archives:
    """The kept archives, and the Helm that fetches what is missing."""

    helm: Helm
    folder: Path

    def put(self, dependency: Dependency, into: Path) -> None:
        """Put the archive of an exact version into a folder; raises ChartBroken."""
        kept = self._home(dependency)
        try:
            if not kept.is_dir():
                self._keep(dependency, kept)
        except OSError:  # the cache is full, or not to be written, and is only there for speed
            self._fetch(dependency, into)
            return
        for archive in kept.iterdir():
            shutil.copyfile(archive, into / archive.name)

    def _home(self, dependency: Dependency) -> Path:
        said = f"{dependency.repository}\n{dependency.name}\n{dependency.version}"
        key = hashlib.sha256(said.encode()).hexdigest()[:16]
        return self.folder / f"{dependency.name}-{dependency.version}-{key}"

    def _keep(self, dependency: Dependency, kept: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self.folder) as scratch:
            got = Path(scratch) / "got"
            got.mkdir()
            self._fetch(dependency, got)
            try:
                got.rename(kept)  # whole or not at all, whoever else fetches the same
            except OSError:
                if not kept.is_dir():
                    raise

    def _fetch(self, dependency: Dependency, into: Path) -> None:
        self.helm.pull(dependency.name, dependency.version, dependency.repository, into)
        for archive in into.glob(f"{dependency.name}-*"):
            self.helm.check(archive)  # what a proxy or a portal answered is not kept


def folder() -> Path:
    """Return where archives are kept: below XDG_CACHE_HOME or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(base) / "hubimages" / "charts"

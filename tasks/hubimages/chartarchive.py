"""What stands in the archive of a jupyterhub chart, where `helm dependency update` has put one."""

from __future__ import annotations

import tarfile
import zlib
from contextlib import suppress
from posixpath import dirname, join
from typing import Any

from hubimages.charts import Dependency
from hubimages.errors import BadFile
from hubimages.tree import WorkTree
from hubimages.yamlread import load_mapping


def mapping(tree: WorkTree, dependency: Dependency, chart: str, file: str) -> dict[str, Any] | None:
    """Return a YAML file of the archive that a chart's folder has, or None without one."""
    for folder in dict.fromkeys((dirname(dependency.chart_file), chart)):
        archive = tree.root / join(folder, "charts", f"jupyterhub-{dependency.version}.tgz")
        with (
            suppress(OSError, EOFError, KeyError, tarfile.TarError, zlib.error, BadFile),
            tarfile.open(archive) as packed,
        ):
            member = packed.extractfile(f"jupyterhub/{file}")
            if member:
                return load_mapping(member.read().decode("utf-8", "replace"), str(archive))
    return None

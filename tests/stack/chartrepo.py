"""A chart repository on loopback, with the chart jupyterhub in any versions, and others."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import yaml

from stack.web import Handler, serving

CHARTS = Path(__file__).parent / "charts"


class ChartRepository:
    """A context manager; url is what a Chart.yaml names, requests are all so far, `GET /path`.

    others are archives, or what stands in place of one, by name and version.
    """

    def __init__(
        self, *versions: str, others: Mapping[tuple[str, str], bytes] | None = None
    ) -> None:
        self.url = ""
        self.requests: list[str] = []
        hubs = {
            ("jupyterhub", version): package(CHARTS / "jupyterhub", version)
            for version in versions or ("4.3.3",)
        }
        self._archives = {**hubs, **(others or {})}
        self._stack = ExitStack()

    def __enter__(self) -> ChartRepository:
        class Charts(_Charts):
            charts = self

        self.url = f"http://{self._stack.enter_context(serving(Charts))}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def count(self, where: str = r"\.tgz$") -> int:
        """Return how many requests matched; by itself, how often a chart was fetched."""
        return sum(bool(re.search(where, request)) for request in list(self.requests))

    def _content(self, path: str) -> bytes | None:
        if path == "/index.yaml":
            return yaml.safe_dump(self._index()).encode()
        found = (content for at, content in self._archives.items() if path == _path(*at))
        return next(found, None)

    def _index(self) -> dict[str, object]:
        entries: dict[str, list[dict[str, object]]] = {}
        for (name, version), content in self._archives.items():
            entry = {
                "apiVersion": "v2",
                "name": name,
                "version": version,
                "digest": hashlib.sha256(content).hexdigest(),
                "urls": [_path(name, version).lstrip("/")],
            }
            entries.setdefault(name, []).append(entry)
        return {"apiVersion": "v1", "entries": entries}


def _path(name: str, version: str) -> str:
    return f"/{name}-{version}.tgz"


class _Charts(Handler):
    charts: ChartRepository

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        self.charts.requests.append(f"GET {self.path}")
        content = self.charts._content(self.path)
        self.answer(404 if content is None else 200, {}, content or b"")


def package(chart: Path, version: str) -> bytes:
    """Return a chart's folder as `helm package --version` would pack it, always the same bytes.

    Image tags that are left to the chart's version have it too.
    """
    packed = io.BytesIO()
    # gzip writes the time of day, unless it is told one
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path in sorted(chart.rglob("*")):
            if path.is_file():
                text = path.read_text()
                if path.name == "Chart.yaml":
                    text = re.sub(r"(?m)^version: .*$", f"version: {version}", text)
                entry = tarfile.TarInfo(f"{chart.name}/{path.relative_to(chart).as_posix()}")
                content = text.replace("set-by-chart-version", f'"{version}"').encode()
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()

"""A chart repository on loopback, with the chart jupyterhub in any versions."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
from contextlib import ExitStack
from pathlib import Path

import yaml

from stack.web import Handler, serving

CHARTS = Path(__file__).parent / "charts"


class ChartRepository:
    """A context manager; url is what a Chart.yaml names, requests are all so far, `GET /path`."""

    def __init__(self, *versions: str) -> None:
        self.url = ""
        self.requests: list[str] = []
        self._packages = {
            f"/jupyterhub-{version}.tgz": (version, package(CHARTS / "jupyterhub", version))
            for version in versions or ("4.3.3",)
        }
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
        return self._packages[path][1] if path in self._packages else None

    def _index(self) -> dict[str, object]:
        entries = [
            {
                "apiVersion": "v2",
                "name": "jupyterhub",
                "version": version,
                "digest": hashlib.sha256(content).hexdigest(),
                "urls": [path.lstrip("/")],
            }
            for path, (version, content) in self._packages.items()
        ]
        return {"apiVersion": "v1", "entries": {"jupyterhub": entries}}


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

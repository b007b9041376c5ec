"""Look at every link of the finished pages that leads to another of them; a dead one is a warning.

Links to other sites are not followed: the guide is built without a network.
"""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

_log = getLogger(__name__)


class _Page(HTMLParser):
    """The anchors and the links of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors = {""}
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            if name in {"href", "src"} and value:
                self.links.add(value)


def dead_links(folder: Path) -> list[str]:
    """Return `page: link` for each link between the HTML pages of a folder that leads nowhere."""

    @cache
    def read(path: Path) -> _Page:
        return _Page(path.read_text())

    found = []
    pages = (page for page in folder.rglob("*.html") if "_static" not in page.parts)
    for page in sorted(pages):
        for link in sorted(read(page).links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            fine = target.is_file() and (
                target.suffix != ".html" or unquote(parts.fragment) in read(target).anchors
            )
            if not fine:
                found.append(f"{page.relative_to(folder)}: {link}")
    return found


def _look(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.name != "html":
        return
    for link in dead_links(Path(app.outdir)):
        _log.warning("dead link in %s", link)


def setup(app: Sphinx) -> dict[str, bool]:
    """Look once the pages are there."""
    app.connect("build-finished", _look)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

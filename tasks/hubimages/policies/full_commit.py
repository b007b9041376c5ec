"""A `git+` pin names a full commit; a branch or tag would be another thing at the next build."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each git pin with anything but 40 hex digits, once per file."""
    seen: set[tuple[str, int]] = set()
    for image in facts.images.all:
        for path, pin in facts.pins(image) or ():
            if pin.url is None or pin.is_full_commit or (path, pin.line) in seen:
                continue
            seen.add((path, pin.line))
            ref = f"`{pin.commit}`" if pin.commit else "the default branch"
            yield Flaw(
                severity="error",
                path=path,
                line=pin.line,
                message=f"{pin.package} is pinned to {ref}, which is no full commit and can move.",
                fix=f"invoke experiment.add --image {image.key} --requirement '{_wanted(pin.url, pin.commit)}'",
            )


def _wanted(url: str, ref: str | None) -> str:
    return f"{url}@{ref}" if ref else url

"""The tag that chartpress gives an image at a commit, without starting chartpress.

It has to be chartpress's own, whatever the repository: the same questions to the same git, in
the same order. https://github.com/jupyterhub/chartpress#examples-chart-versions-and-image-tags
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hubimages.errors import BadConfiguration, Failure
from hubimages.git import Git

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)
_CACHE = "buildcache-"
_TAG = re.compile(r"(?P<base>.+?)(?:-0\.dev)?\.git\.(?P<count>\d+)\.h(?P<commit>[0-9a-f]+)")


class NotCommitted(Failure):
    """No commit has the image's files, so that there is nothing to name a tag after."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            f"No commit has touched {', '.join(paths)}, and the tag is named after one.",
            fix="commit the image's files first: git add … && git commit",
        )


@dataclass(frozen=True)
class Tag:
    """A tag and the full commit that it is named after."""

    text: str
    revision: str


@dataclass(frozen=True)
class Named:
    """What a chartpress tag says of itself."""

    count: int
    commit: str  # abbreviated


def parse(tag: str) -> Named | None:
    """Return what a tag with a commit in it says, or None for any other tag."""
    found = _TAG.fullmatch(tag)
    return Named(int(found["count"]), found["commit"]) if found else None


def of_cache(platform: str) -> str:
    """Return the tag of an image's layer cache for a platform; it is no version of the image."""
    return _CACHE + platform.replace("/", "-", 1).replace("/", "")


def is_cache(tag: str) -> bool:
    """Whether a tag is that of a layer cache."""
    return tag.startswith(_CACHE)


def commit(git: Git, tag: str) -> str | None:
    """Return the full commit that a tag has in its name, or None: it has none, or not in this clone."""
    named = parse(tag)
    found = git.full(named.commit) if named else None
    # a branch can be called like a commit
    return found if named and found and found.startswith(named.commit) else None


def identify(
    git: Git, paths: Sequence[str], base_version: str | None = None, head: str = "HEAD"
) -> Tag:
    """Return the tag of the image that is made from paths (relative to the root) at a commit.

    base_version is the chart's `baseVersion` in chartpress.yaml.
    """
    newest = _describe(git, head)
    base = _base(base_version, *newest) if base_version else None
    commit, full = _commit(git, head, paths, newest[0])
    count = int(git.ask("rev-list", "--count", commit))
    # what has no tag before HEAD has none before an earlier commit either
    tag, since = _describe(git, commit) if newest[0] else (None, 0)
    if tag is not None and since == 0:
        text = tag  # exactly on a tag: neither a base version nor a suffix
    else:
        start = base or tag or "0.0.1-0.dev"
        text = f"{start}{'.git' if '-' in start else '-0.dev.git'}.{count}.h{commit}"
    return Tag(text, full)


def _commit(git: Git, head: str, paths: Sequence[str], newest_tag: str | None) -> tuple[str, str]:
    """Return the later of the last commit on the paths and the last tagged one, short and full."""
    touched = git.ask("log", "--max-count=1", "--pretty=format:%h %H", head, "--", *paths)
    if not touched:
        raise NotCommitted(paths)
    short, full = touched.split()
    if newest_tag is None:
        return short, full
    tagged = git.ask("rev-list", "--abbrev-commit", "-n", "1", newest_tag)
    if git.try_ask("merge-base", "--is-ancestor", tagged, short) is not None:
        return short, full
    return tagged, git.ask("rev-parse", tagged)


def _describe(git: Git, ref: str) -> tuple[str | None, int]:
    """Return the newest tag that ref contains and the number of commits since then."""
    described = git.try_ask("describe", "--tags", "--long", ref)
    if described is None:
        return None, 0
    tag, since, _ = described.rsplit("-", maxsplit=2)
    return tag, int(since)


def _base(wanted: str, tag: str | None, since: int) -> str:
    """Return what a chart's baseVersion stands for; raises BadConfiguration as chartpress would."""
    latest = _SEMVER.fullmatch(tag.lstrip("v")) if tag else None
    if wanted in {"major", "minor", "patch"}:
        if tag is None:
            return "0.0.1-0.dev"
        if latest is None:
            raise BadConfiguration(
                f"chartpress.yaml: `baseVersion: {wanted}` counts on from the latest git tag, and "
                f"{tag} is no semantic version.",
                fix="write a version instead, for instance baseVersion: 1.2.3-0.dev",
            )
        return tag if "-" in tag else f"{_raised(_numbers(latest), wanted)}-0.dev"
    base = wanted if "-" in wanted else f"{wanted}-0.dev"
    match = _SEMVER.fullmatch(base)
    if match is None:
        raise BadConfiguration(
            f"chartpress.yaml: `baseVersion: {wanted}` is no semantic version.",
            fix="for instance 1.2.3-0.dev",
        )
    if latest and since and _not_after(match, latest):
        raise BadConfiguration(
            f"chartpress.yaml: `baseVersion: {wanted}` is not greater than the latest git tag, {tag}.",
            fix="raise baseVersion in chartpress.yaml and commit",
        )
    return base


def _numbers(version: re.Match[str]) -> tuple[int, int, int]:
    return int(version[1]), int(version[2]), int(version[3])


def _raised(numbers: tuple[int, int, int], field: str) -> str:
    major, minor, patch = numbers
    match field:
        case "major":
            return f"{major + 1}.0.0"
        case "minor":
            return f"{major}.{minor + 1}.0"
        case _:
            return f"{major}.{minor}.{patch + 1}"


def _not_after(base: re.Match[str], latest: re.Match[str]) -> bool:
    if _numbers(base) == _numbers(latest):
        return not latest[4]  # a release is later than any of its own prereleases
    return _numbers(base) < _numbers(latest)

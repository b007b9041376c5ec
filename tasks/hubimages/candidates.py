"""The tags of an experimental image that a hub could try, and whether one fits the hub."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from hubimages import agreement, images, tags
from hubimages.agreement import BaseMismatch, Doubt
from hubimages.builds.labels import BASE_NAME, PINS
from hubimages.config import Settings
from hubimages.errors import Failure
from hubimages.fleet import Hub
from hubimages.git import Git
from hubimages.images import Image
from hubimages.reference import BadReference, Reference
from hubimages.registry import Image as Pushed
from hubimages.registry import Registry
from hubimages.tree import CommitTree, WorkTree


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A tag that could be tried; when and subject are None where its commit is not in this clone."""

    tag: str
    when: str | None  # committer date, ISO 8601
    subject: str | None


def candidates(git: Git, found: Iterable[str]) -> list[Candidate]:
    """Return tags with what git knows of their commits, newest first."""
    named = {tag: tags.parse(tag) for tag in found if not tags.is_cache(tag)}
    known = _said(git, [about.commit for about in named.values() if about])
    listed: list[tuple[int, str, Candidate]] = []
    for tag, about in named.items():
        when, subject = known.get(about.commit, (None, None)) if about else (None, None)
        candidate = Candidate(tag=tag, when=when, subject=subject)
        # the count grows with history, also for commits that this clone does not have
        listed.append((about.count if about else 0, when or "", candidate))
    return [candidate for *_, candidate in sorted(listed, key=lambda item: item[:2], reverse=True)]


def _said(git: Git, commits: list[str]) -> dict[str, tuple[str, str]]:
    """Return date and subject of those abbreviated commits that this clone has, by one question."""
    if not commits:
        return {}
    form = "--format=%H%x00%cI%x00%s"
    # by standard input: there can be more tags than a command line takes
    out = git(
        "log", "--no-walk=unsorted", "--ignore-missing", form, "--stdin", stdin="\n".join(commits)
    )
    lines = [line.split("\0", 2) for line in out.stdout.splitlines()]
    return {
        short: (when, subject)
        for short in commits
        for full, when, subject in lines
        if full.startswith(short)
    }


def fits(
    git: Git, hub: Hub, image: Image, tag: str, registry: Registry, settings: Settings
) -> BaseMismatch | Doubt | None:
    """Compare what a tag was built on with the jupyterhub chart that the hub deploys."""
    chart = hub.jupyterhub(WorkTree(git.root))
    base = _base(git, image, tag, registry, settings)
    verdict = agreement.compare(f"{image.name}:{tag}", base, chart)
    if isinstance(verdict, BaseMismatch) and agreement.compare("", image.base, chart) is None:
        verdict.fix = f"invoke build-hub --image {image.key} --push builds one on {image.base}"
    return verdict


def _base(
    git: Git, image: Image, tag: str, registry: Registry, settings: Settings
) -> Reference | None:
    """Return a tag's base image, from its labels or else from its commit, or None."""
    found = registry.inspect(image.reference.with_tag(tag), settings.platform)
    labels = found.manifest.labels if isinstance(found, Pushed) and found.manifest else {}
    if PINS in labels and BASE_NAME in labels:  # without ours, the others are the base image's own
        with suppress(BadReference):
            return Reference.parse(labels[BASE_NAME])
    commit = tags.commit(git, tag)
    if commit is None:
        return None
    with suppress(Failure):  # an older commit may have had other names, or mistakes
        return images.load(CommitTree(git, commit), settings).named(image.key).base
    return None

"""Explaining one tag: from the registry alone, from git alone, and better from both.

When a tag was pushed is not told: no request of the distribution API answers it, and what quay.io,
Docker Hub or GitLab have for it are interfaces of their own, with logins of their own. Told is
when the image was built, and when a file of this repository first named its tag.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from posixpath import basename, dirname

from hubimages import images, tags
from hubimages.builds import labels
from hubimages.config import Settings
from hubimages.errors import Failure
from hubimages.explaining import commits, which
from hubimages.explaining.explanation import (
    Commit,
    Explanation,
    PinsFrom,
    Promoted,
    Recorded,
    shown,
)
from hubimages.explaining.seen import Question, Seen, names, promoted, see
from hubimages.git import Git
from hubimages.images import Image, NoRequirements
from hubimages.lifecycle.installed import chartpress
from hubimages.listing import Listed
from hubimages.pins import listed as pins_in
from hubimages.reference import is_digest
from hubimages.registry import Image as Pushed
from hubimages.registry import NotThere, Registry, Unknown
from hubimages.tree import CommitTree

_NO_PINS = "its pins are not known: {}, and it has no labels that name them"
_NOT_READ = "its commit has none that can be read"
_NOT_HERE = "its commit is not in this clone"
_SHALLOW = (
    "this clone is shallow, so what is older than its first commit is not known here "
    "(git fetch --unshallow)"
)


class NothingKnown(Failure):
    """Neither the registry nor git nor a hub knows the tag."""

    def __init__(self, asked: str, commit: str | None, answer: NotThere | Unknown) -> None:
        silent = answer if isinstance(answer, Unknown) else None
        said = silent.why if silent else "Its registry has no such tag."
        whose = f"Its commit {commit} is not in this clone" if commit else "It names no commit here"
        super().__init__(
            f"Nothing is known of {asked}. {said} {whose}, and no hub runs it.",
            fix=(silent and silent.fix)
            or "git fetch --all --tags; without --tag, a terminal lists the tags that there are",
        )


def explain(
    asked: Question, listed: Sequence[Listed], git: Git, registry: Registry, settings: Settings
) -> Explanation:
    """Say what is in a tag; listed are the hubs with what they run.

    Raises NothingKnown, BadReference.
    """
    seen = see(asked.reference, registry, settings.platform)
    origin = promoted(asked, seen, registry)
    revision = _revision(seen, git, asked.tag)
    here = bool(revision and commits.is_full(revision) and git.full(revision))
    found, doubts = names(asked, seen, listed, registry)
    hubs = tuple(which.uses(listed, found))
    if not isinstance(seen.answer, Pushed) and not here and not hubs:
        raise NothingKnown(str(asked.reference), revision, seen.answer)
    then = _then(git, revision, asked.image, origin, settings) if revision and here else None
    pins, pins_from = _pins(then, seen.labels)
    source = seen.source or (labels.public_address(git.remote_url() or "") if here else None)
    commit = commits.described(git, revision, source) if revision else None
    recorded = _recorded(git, asked, settings)
    known = commit and commit.on_main and recorded and pins_from
    notes = [*seen.notes, *doubts, *_notes(asked, seen, commit, origin)]
    notes += [] if pins_from else [_NO_PINS.format(_NOT_READ if here else _NOT_HERE)]
    notes += [_SHALLOW] if git.shallow and not known else []
    base = seen.labels.get(labels.BASE_NAME) or (str(then.base) if then and then.base else None)
    return Explanation(
        image=asked.image.key,
        name=asked.image.name,
        tag=asked.tag,
        digest=seen.digest,
        commit=commit,
        pins=tuple(map(shown, pins)),
        pins_from=pins_from,
        base=_shown(base),
        size=seen.manifest.size if seen.manifest else None,
        layers=seen.manifest.layers if seen.manifest else None,
        platforms=seen.answer.platforms if isinstance(seen.answer, Pushed) else (),
        created=_shown(seen.created),
        source=_shown(source),
        recorded=recorded,
        promoted_from=origin,
        hubs=hubs,
        notes=tuple(map(shown, notes)),
    )


def _shown(text: str | None) -> str | None:
    return shown(text) if text else None


def _notes(
    asked: Question, seen: Seen, commit: Commit | None, origin: Promoted | None
) -> Iterator[str]:
    """Yield where the tag and the labels say different things, or more than was asked."""
    named = tags.parse(asked.tag)
    if named and commit and not commit.id.startswith(named.commit) and not origin:
        yield f"the tag is named after {named.commit}, and the image was built from another commit"
    built_as = seen.labels.get(labels.BUILT_AS)
    if is_digest(asked.tag) and built_as and not origin:
        yield f"it was built as {built_as}"


def _revision(seen: Seen, git: Git, tag: str) -> str | None:
    """Return what the image was built from: by its label, else by its tag, abbreviated at worst."""
    label = seen.labels.get(labels.REVISION, "")
    if commits.is_full(label):
        return label
    named = tags.parse(tag)
    return commits.named_by(git, tag) or (named.commit if named else None)


def _then(
    git: Git, commit: str, image: Image, origin: Promoted | None, settings: Settings
) -> Image | None:
    """Return the image as the commit has it: under the name that it was built as, else its key."""
    name = origin.name if origin else image.name
    with suppress(Failure):  # chartpress.yaml may be broken there
        then = replace(settings, charts_dir=_charts_dir(git, commit, settings))
        every = images.load(CommitTree(git, commit), then).all
        named = [one for one in every if one.name == name]
        keyed = [] if origin else [one for one in every if one.key == image.key]
        for found in (named, keyed):
            if len(found) == 1 and found[0].recipe:  # which raises where it cannot be read
                return found[0]
    return None


def _charts_dir(git: Git, commit: str, settings: Settings) -> str:
    """Return where chartpress.yaml stands at a commit: where it does now, or else the only one."""
    if git.has(commit, chartpress(settings)):
        return settings.charts_dir
    paths = git("ls-tree", "-r", "-z", "--name-only", commit).stdout.split("\0")
    found = [path for path in paths if basename(path) == basename(chartpress(settings))]
    return (dirname(found[0]) or ".") if len(found) == 1 else settings.charts_dir


def _pins(then: Image | None, found: Mapping[str, str]) -> tuple[tuple[str, ...], PinsFrom | None]:
    if then:
        try:
            return tuple(pin.text for _, pin in pins_in(then)), "commit"
        except NoRequirements:
            return (), "commit"
        except Failure:
            pass  # a mistake of that time; the labels may say more
    told = labels.pins_of(dict(found))
    return (told, "labels") if told is not None else ((), None)


def _recorded(git: Git, asked: Question, settings: Settings) -> Recorded | None:
    """Say when the tag came into the chart's values, or for an experiment into a hub's."""
    if tags.parse(asked.tag) is None:  # a word such as latest stands anywhere
        return None
    path = asked.image.values_file if asked.production else settings.clusters_dir
    return commits.recorded(git, asked.tag, path)

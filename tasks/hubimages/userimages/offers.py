"""What is newer than an image, from what its registry says: pure, nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from hubimages.reference import Reference
from hubimages.registry import Image, NotThere, Unknown
from hubimages.userimages import newer

MOST_COMMITS = 300  # commit tags of one image whose age is asked for: two or three requests each
SHOWN = 12  # of the newer tags, how many are offered with age and size
_FIRST_YEAR = 2000  # an older image is one whose builder leaves out when it was made

Inspected: TypeAlias = Image | NotThere | Unknown
Listed: TypeAlias = tuple[str, ...] | NotThere | Unknown


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """A tag with what its registry says of the image; None for what it does not say."""

    tag: str
    digest: str | None = None
    created: datetime | None = None
    size: int | None = None  # compressed, in bytes


@dataclass(frozen=True, kw_only=True)
class Newer:
    """There are newer tags: the newest first; note says what these leave out, or is empty."""

    present: Tagged
    tags: tuple[Tagged, ...]
    note: str = ""

    @property
    def newest(self) -> Tagged | None:
        """The newest tag; None where it is not known which one that is."""
        return None if self.note else self.tags[0]


@dataclass(frozen=True)
class Current:
    """The registry has nothing newer in the family of the present tag."""


@dataclass(frozen=True)
class NoOrder:
    """The present tag is one that nothing can be newer than: it moves by itself, or is a name."""

    why: str


@dataclass(frozen=True)
class Some:
    """Tags that are newer; or, where nothing but their age tells, that could be."""

    tags: tuple[str, ...]
    by_age: bool = False
    note: str = ""


Offer: TypeAlias = Newer | Current | NoOrder | Unknown


def candidates(ref: Reference, listed: Listed, *, latest: bool) -> Some | Offer:
    """Return the tags to ask about, or the outcome; listed are the tags of the image's repository."""
    if isinstance(listed, Unknown):
        return listed
    if isinstance(listed, NotThere):
        return Unknown(f"{ref.registry} has no {ref.repository}.", "correct the image's name")
    tag = ref.tag or ""
    if newer.stands_for_newer(tag, listed):
        return NoOrder(f"`{tag}` moves by itself: there are longer tags that begin with it")
    if found := newer.newer(tag, listed):
        return Some(found[: 1 if latest else SHOWN])
    commits = newer.siblings(tag, listed)
    if not commits:
        return Current()
    note = ""
    if len(commits) > MOST_COMMITS:
        note = (
            f"only {MOST_COMMITS} of {len(commits)} commit tags were looked at, "
            "so there may be newer ones"
        )
    # ghcr.io lists the newest last; elsewhere the order of commits says nothing
    return Some(commits[-MOST_COMMITS:], by_age=True, note=note)


def offer(ref: Reference, those: Some, details: Mapping[str, Inspected]) -> Offer:
    """Return what is newer than ref; details have, by tag, the image itself and its candidates."""
    now = details[ref.tag or ""]
    present = _tagged(ref.tag or "", now)
    each = [(tag, details[tag]) for tag in those.tags if _runs(details[tag])]
    if those.by_age:
        return _by_age(ref, present, now, dict(each), those.note)
    if not each:
        return Unknown(
            f"{ref.with_tag(those.tags[0])} is newer, and not for the platform of the hubs."
        )
    _, first = each[0]
    if isinstance(first, Unknown):
        return first
    return Newer(present=present, tags=tuple(_tagged(tag, said) for tag, said in each))


def _runs(said: Inspected) -> bool:
    """Whether a tag can be offered: it is there and has the platform, or that is not known."""
    match said:
        case Image():
            return said.manifest is not None
        case NotThere():
            return False
        case Unknown():
            return True


def _by_age(
    ref: Reference,
    present: Tagged,
    said: Inspected,
    each: Mapping[str, Inspected],
    note: str,
) -> Offer:
    """Order commit tags by when their images were made."""
    if isinstance(said, Unknown):
        return said
    if present.created is None:
        why = (
            f"{ref} is not in its registry any more"
            if isinstance(said, NotThere)
            else f"{ref} does not say when it was made"
        )
        return Unknown(f"{why}, so no commit can be told to be newer.", "invoke user-image.set")
    silent = [answer for answer in each.values() if isinstance(answer, Unknown)]
    if silent:
        return silent[0]  # the one that does not answer may be the newest
    known = [_tagged(tag, answer) for tag, answer in each.items()]
    later = [(one.created, one) for one in known if one.created and one.created > present.created]
    later.sort(key=lambda pair: (pair[0], pair[1].tag), reverse=True)
    if not later:
        return Unknown(f"{ref}: {note}.", "invoke user-image.set") if note else Current()
    return Newer(present=present, tags=tuple(one for _, one in later[:SHOWN]), note=note)


def _tagged(tag: str, said: Inspected) -> Tagged:
    if not isinstance(said, Image):
        return Tagged(tag=tag)
    made = said.manifest
    return Tagged(
        tag=tag,
        digest=said.digest,
        created=_moment(made.created) if made else None,
        size=made.size if made else None,
    )


def _moment(text: str | None) -> datetime | None:
    """Return a point in time; None for what is none, and for the zero of reproducible builds."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if found is None or found.year < _FIRST_YEAR:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)

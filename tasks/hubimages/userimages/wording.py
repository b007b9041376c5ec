"""How tags and bumps are told to people: in a list to pick from, and in a commit or pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from hubimages.userimages.offers import Newer, Tagged
from hubimages.userimages.places import Place

_DAY = timedelta(days=1)


def age(made: datetime | None, now: datetime) -> str:
    """Return how long ago an image was made, in words."""
    if made is None:
        return "age not known"
    days = max((now - made) // _DAY, 0)
    return f"{days} day{'' if days == 1 else 's'} old"


def size(number: int | None) -> str:
    """Return a number of bytes, as a registry counts them, in words."""
    if number is None:
        return "size not known"
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"


def row(one: Tagged, now: datetime, *, present: bool, width: int) -> str:
    """Return a tag as one line of a list."""
    mark = "  (as it is now)" if present else ""
    return f"{one.tag:<{width}}  {age(one.created, now):>14}  {size(one.size):>14}{mark}"


def stale(moves: Iterable[tuple[Place, str]]) -> Iterator[str]:
    """Yield a warning where labels go on naming the old tag; moves are places and new tags."""
    named = [
        place.label
        for place, tag in moves
        if place.tag not in {None, tag}
        and re.search(rf"(?<![\w.]){re.escape(place.tag or '')}(?![\w.])", place.label)
    ]
    if named:
        labels = "; ".join(dict.fromkeys(named))
        yield f"people go on reading the old tag in {labels}: the display_name is not edited"


def message(
    hub: str, moves: Sequence[tuple[Place, Newer, Tagged]], also: Iterable[str], now: datetime
) -> str:
    """Return the message of the commit that bumps one hub; it is Markdown, for a pull request too.

    moves are places with what was offered and what was chosen; also are further hubs it reaches.
    """
    images: dict[tuple[str, str, str], list[tuple[Place, Newer, Tagged]]] = {}
    for place, offer, chosen in moves:
        key = (place.name or "", offer.present.tag, chosen.tag)
        images.setdefault(key, []).append((place, offer, chosen))
    parts = []
    for (name, _, _), those in images.items():
        _, offer, chosen = those[0]
        labels = "; ".join(dict.fromkeys(place.label for place, _, _ in those))
        parts.append(
            f"- `{name}`: {offer.present.tag} → {chosen.tag} ({labels})\n"
            f"  - before: {_fact(offer.present, now)}\n"
            f"  - after: {_fact(chosen, now)}\n"
        )
    (first, _, tag), *more = images
    what = f"bump {len(images)} user images" if more else f"bump {first} to {tag}"
    reached = ", ".join(also)
    end = f"\nThe edit reaches {reached} too.\n" if reached else ""
    return f"{hub}: {what}\n\n{''.join(parts)}{end}"


def _fact(one: Tagged, now: datetime) -> str:
    made = (
        f"made {one.created:%Y-%m-%d}, {age(one.created, now)}" if one.created else age(None, now)
    )
    return f"{one.digest or 'digest not known'}, {made}, {size(one.size)}"

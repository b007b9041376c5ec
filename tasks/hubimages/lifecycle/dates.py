"""Since when an image has what production has not, and when its pins last changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hubimages.history import Commit
from hubimages.lifecycle.changes import changes, same
from hubimages.lifecycle.installed import Described, Installed, earlier
from hubimages.sources.pin import Pin


@dataclass(frozen=True, kw_only=True)
class Dates:
    """Committer dates; None where the history that this clone has does not reach back far enough.

    since is by the text of each changed pin; fixed is when any pin of the image last changed.
    """

    since: dict[str, datetime | None]
    fixed: datetime | None


def trace(
    steps: Iterable[tuple[Commit, Described]],
    keys: Sequence[str],
    production: str,
    *,
    complete: bool,
) -> dict[str, Dates]:
    """Follow images back through what each commit describes, until all dates are found.

    complete says whether the steps end where history began. A change lasts for as long as the
    package differs from production's, whatever commit it is pinned to meanwhile.
    """
    walks: dict[str, _Walk] = {}
    base: Installed | None = None
    later: Described = {}
    for commit, then in steps:
        if then is later:  # nothing that an image is read from changed in the commit after this
            for walk in walks.values():
                walk.stay(commit)
            continue
        if not later:
            walks = {key: _Walk(then[key]) for key in keys if key in then}
            base, later = then.get(production), then
        # one that is not there yet has no pins
        base = earlier(base, then, later) if base else None
        for walk in walks.values():
            walk.step(commit, then, later, base)
        later = then
        if all(walk.over for walk in walks.values()):
            break
    return {key: walk.dates(complete=complete) for key, walk in walks.items()}


@dataclass
class _Walk:
    """One image on its way back."""

    image: Installed | None
    oldest: dict[str, tuple[Pin, datetime]] = field(default_factory=dict)  # by the pin's text
    settled: set[str] = field(default_factory=set)
    pins: tuple[Pin, ...] | None = None  # as they are now
    fixed: datetime | None = None
    fixed_settled: bool = False
    known: bool = False  # whether the image could be read at the commit that was looked at last

    @property
    def over(self) -> bool:
        return self.fixed_settled and self.settled >= self.oldest.keys()

    def step(
        self, commit: Commit, then: Described, later: Described, base: Installed | None
    ) -> None:
        self.image = earlier(self.image, then, later) if self.image else None
        unread = self.image and (self.image.pins is None or (base and base.pins is None))
        self.known = not unread
        if unread:
            return  # so it ends nothing
        pins = self.image.pins or () if self.image else ()
        found = changes(pins, base.pins or () if base else ())
        if self.pins is None:
            self.pins = pins
            self.oldest = {change.pin.text: (change.pin, commit.when) for change in found}
        for text in self.oldest.keys() - self.settled:
            pin = self.oldest[text][0]
            if any(change.pin.same_package(pin) for change in found):
                self.oldest[text] = pin, commit.when
            else:
                self.settled.add(text)
        if self.image and same(pins, self.pins) and not self.fixed_settled:
            self.fixed = commit.when
        else:
            self.fixed_settled = True

    def stay(self, commit: Commit) -> None:
        """Go back to a commit that had the same images as the one before."""
        if self.known:
            for text in self.oldest.keys() - self.settled:
                self.oldest[text] = self.oldest[text][0], commit.when
            if not self.fixed_settled:
                self.fixed = commit.when

    def dates(self, *, complete: bool) -> Dates:
        since = {
            text: when if complete or text in self.settled else None
            for text, (_, when) in self.oldest.items()
        }
        return Dates(since=since, fixed=self.fixed if complete or self.fixed_settled else None)

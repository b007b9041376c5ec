"""Editing hub after hub for user-image.bump: a commit, or a pull request, for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from hubimages import fleet
from hubimages.commands.bodies import sharing
from hubimages.commands.common import carry_out
from hubimages.commands.proposing import Proposing, tell_next
from hubimages.commands.session import Session
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.listing import Lister
from hubimages.userimages import newer, places, setting, wording
from hubimages.userimages.asking import Name
from hubimages.userimages.offers import Newer, Offer, Tagged
from hubimages.userimages.places import Place, Spot
from hubimages.userimages.scope import meant

Move: TypeAlias = tuple[Place, Newer, Tagged]


def _key(place: Place) -> tuple[str, str]:
    return place.label, place.name or ""


def _goes_on(tag: str, later: str) -> bool:
    """Whether a tag that an earlier run has set is behind; of commits the one found now is later."""
    return bool(newer.newer(tag, [later]) or newer.siblings(tag, [later]))


@dataclass(kw_only=True)
class Work:
    """Bumps hub after hub; what several share is edited once, with the first of them."""

    outer: Session
    propose: Proposing
    scope: Sequence[Hub]
    choice: str
    offers: Mapping[Name, Offer]
    chosen: Mapping[Name, Tagged]
    behind: frozenset[str]  # names of the hubs that have one of the chosen images
    dry_run: bool
    commit: bool
    yes: bool
    failed: bool = False
    bumped: list[str] = field(default_factory=list)  # the hubs with a commit in the person's branch
    _done: set[Spot] = field(default_factory=set)

    def do(self, hub: Hub) -> None:
        """Bump one hub; of several hubs, one that fails does not stop the others."""
        wanted = list(self._moves(self.outer, hub)) if hub.name in self.behind else []
        if not wanted:
            return
        try:
            with self.propose(
                f"bump-{hub.name}", then=f"invoke deploy --hub {hub.name}"
            ) as session:
                self._bump(session, hub, {_key(move[0]): move for move in wanted})
        except Failure as failure:
            if len(self.scope) == 1:
                raise
            self.failed = True
            self.outer.console.error(f"{hub.name}: {failure}")
        else:  # also what an earlier run had edited in this hub's pull request
            self._done |= {place.spot for place, _, _ in wanted if place.spot}

    def _moves(
        self, session: Session, hub: Hub, wanted: Mapping[tuple[str, str], Move] | None = None
    ) -> Iterator[Move]:
        """Yield what is to be done in the hub's files as they are now.

        wanted is what is to be done in the person's own files; in a pull request of an earlier run
        that may be done in part, to a tag that was the newest then.
        """
        try:
            there = places.of(Lister(session.work_tree), hub)
        except BadFile:
            return
        for place in meant(there, self.choice) if there else ():
            name = (place.name or "", place.tag)
            offer, tagged = self.offers.get(name), self.chosen.get(name)
            if not tagged and wanted and (one := wanted.get(_key(place))):
                _, offer, later = one
                tagged = later if _goes_on(place.tag or "", later.tag) else None
            if not tagged or not isinstance(offer, Newer) or place.spot in self._done:
                continue
            if place.tag_file in hub.readable_files:
                yield place, offer, tagged

    def _bump(self, session: Session, hub: Hub, wanted: Mapping[tuple[str, str], Move]) -> None:
        hubs = fleet.load(session.work_tree, session.settings)
        hub = hubs.named(hub.name)
        moves = list(self._moves(session, hub, wanted))
        if not moves:
            return
        targets = [(place, tagged.tag) for place, _, tagged in moves]
        planned = setting.bump(session.git, hubs, hub, targets, commit=self.commit)
        if not planned.change.edits:
            return
        reached = sorted({name for names in planned.change.shared.values() for name in names})
        if {*reached} - {one.name for one in self.scope}:
            sharing.about_sharing(session, planned.change, yes=self.yes or self.dry_run)
        for warning in wording.stale(targets):
            session.console.warn(warning)
        message = wording.message(hub.name, moves, reached, datetime.now(UTC))
        done = carry_out(
            session,
            planned.change.edits,
            message,
            dry_run=self.dry_run,
            commit=self.commit,
            yes=self.yes,
        )
        if done and session.branch:
            tell_next(session, f"invoke deploy --hub {hub.name}")
        elif done:
            self.bumped.append(hub.name)

"""The user images of several hubs that can be bumped, and those that cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.listing import Lister
from hubimages.tree import Tree
from hubimages.userimages import choosing, places
from hubimages.userimages.choosing import NoUserImages, UnknownChoice
from hubimages.userimages.places import Place, Places, Spot


class NoneCalled(Failure):
    """No hub has a choice of that name."""

    def __init__(self, choice: str) -> None:
        super().__init__(
            f"None of these hubs has a profile choice with an image that is called `{choice}`.",
            fix="invoke hubs.list shows the images of every hub",
        )


@dataclass
class Found:
    """The places that can be bumped; those in a chart's own values, which are not; what is broken."""

    places: list[Place] = field(default_factory=list)
    charts: dict[Spot, Place] = field(default_factory=dict)
    problems: list[BadFile] = field(default_factory=list)

    @classmethod
    def of(cls, tree: Tree, scope: Sequence[Hub], choice: str) -> Found:
        """Look at hubs; raises NoUserImages and UnknownChoice for one hub, NoneCalled for several."""
        found, lister = cls(), Lister(tree)
        for hub in scope:
            try:
                found._add(lister, hub, choice, alone=len(scope) == 1)
            except BadFile as problem:
                if str(problem) not in map(str, found.problems):
                    found.problems.append(problem)
        if choice and not found.places and not found.problems:
            raise NoneCalled(choice)
        return found

    def _add(self, lister: Lister, hub: Hub, choice: str, *, alone: bool) -> None:
        there = places.of(lister, hub)
        if there is None:
            if alone:
                raise NoUserImages(hub)
            return
        some = meant(there, choice)
        if choice and alone and not some:
            raise UnknownChoice(hub, choice, there)
        for place in some:
            if place.tag_file in hub.readable_files:
                self.places.append(place)
            elif place.spot:
                self.charts.setdefault(place.spot, place)


def meant(there: Places, choice: str) -> list[Place]:
    """Return a hub's places that name an image; with a choice, those that are called so."""
    return choosing.named(there.choices, choice) if choice else list(there.named)

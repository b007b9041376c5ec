"""Which of a hub's user images a name means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hubimages.errors import Failure
from hubimages.fleet import Hub
from hubimages.userimages.places import Place, Places


class NoUserImages(Failure):
    """A hub's chart includes no jupyterhub chart, so there is no user image to set."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(
            f"{hub.name} deploys {hub.chart}, which includes no jupyterhub chart, so it has no user images.",
            fix=f"see `dependencies:` in {hub.chart}/Chart.yaml",
        )


class UnknownChoice(Failure):
    """No profile choice with an image is called so."""

    def __init__(self, hub: Hub, wanted: str, places: Places) -> None:
        names = options(places.choices)
        super().__init__(
            f"{hub.name} has no profile choice with an image that is called `{wanted}`.",
            fix=f"--choice, one of: {'; '.join(names)}"
            if names
            else "leave out --choice: its profiles name no image, so all of them get the default one",
        )


class AmbiguousChoice(Failure):
    """A name means several choices, which are written in several places."""

    def __init__(self, hub: Hub, wanted: str, several: Sequence[Place]) -> None:
        super().__init__(
            f"{hub.name} has {len(several)} profile choices that are called `{wanted}`.",
            fix=f"--choice, one of: {'; '.join(options(several))}",
        )


def options(places: Iterable[Place]) -> list[str]:
    """Return one full name for each choice; those that are written in one place are one."""
    return [place.label for place in apart(places)]


def apart(places: Iterable[Place]) -> list[Place]:
    """Return places of which no two are written in one spot: of those that are, the first."""
    return list({place.spot: place for place in reversed(list(places))}.values())[::-1]


def choice(places: Places, wanted: str) -> Place:
    """Return the place of a profile choice, by display name, slug, key, or PROFILE/CHOICE.

    Raises UnknownChoice, and AmbiguousChoice where several are called so and written apart.
    """
    hub = places.default.hub
    found = apart(named(places.choices, wanted))
    if not found:
        raise UnknownChoice(hub, wanted, places)
    if len(found) > 1:
        raise AmbiguousChoice(hub, wanted, found)
    return found[0]


def named(places: Iterable[Place], wanted: str) -> list[Place]:
    """Return the places that are called so; case does not count."""
    name = wanted.casefold()
    return [place for place in places if name in map(str.casefold, place.names)]

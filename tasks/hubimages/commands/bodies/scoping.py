"""Which hubs are meant: one, those of a cluster, or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubimages.commands.bodies import sharing
from hubimages.commands.bodies.hubs import NoSuchCluster
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Fleet, Hub


class OneScope(Failure):
    """Several of --hub, --cluster and --all were given."""

    def __init__(self) -> None:
        super().__init__(
            "--hub, --cluster and --all each say which hubs are meant.", fix="give one of them"
        )


class NoCanary(Failure):
    """The canary is none of the hubs that are deployed."""

    def __init__(self, canary: str, hubs: Sequence[Hub]) -> None:
        super().__init__(
            f"--canary {canary} is none of the hubs that would be deployed.",
            fix=f"name one of {', '.join(hub.name for hub in hubs[:8])}, or deploy it too (--all)",
        )


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the flags say."""

    hub: str
    cluster: str
    everything: bool

    @property
    def flags(self) -> str:
        """The flags again, as a person types them."""
        if self.everything:
            return "--all"
        return f"--cluster {self.cluster}" if self.cluster else f"--hub {self.hub}"

    @property
    def slug(self) -> str:
        """What a branch for these hubs is called after."""
        return self.hub or (f"cluster-{self.cluster}" if self.cluster else "all")

    def named(self, hubs: Fleet) -> Scope:
        """Return this with the hub that was asked for, where it names none."""
        if self.hub or self.cluster or self.everything:
            return self
        return replace(self, hub=sharing.pick_hub(hubs))

    def of(self, hubs: Fleet, canary: str = "") -> list[Hub]:
        """Return the hubs that are meant; asks on a terminal where no flag says it.

        Raises OneScope, UnknownHub, NoSuchCluster, MissingValue, NoCanary where none of them is
        the canary, or BadFile where the hubs of a cluster are not all known.
        """
        found = self.known(hubs)
        for problem in self.problems(hubs):
            raise problem
        if canary and canary not in {hub.name for hub in found}:
            raise NoCanary(canary, found)
        return found

    def problems(self, hubs: Fleet) -> list[BadFile]:
        """Return why not all hubs that are meant are known; a hub that is named is."""
        each = [p for p in hubs.problems if self.everything or f"/{self.cluster}/" in p.path]
        return each if self.everything or self.cluster else []

    def known(self, hubs: Fleet) -> list[Hub]:
        """Return the hubs that are meant, as far as they are known; asks and raises as of()."""
        if sum((bool(self.hub), bool(self.cluster), self.everything)) > 1:
            raise OneScope
        if self.cluster and self.cluster not in hubs.clusters:
            raise NoSuchCluster(self.cluster, hubs)
        if not self.everything and not self.cluster:
            return hubs.several(self.hub or sharing.pick_hub(hubs))
        return [hub for hub in hubs.hubs if self.cluster in ("", hub.cluster)]

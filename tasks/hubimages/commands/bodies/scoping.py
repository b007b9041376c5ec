"""Which hubs are meant: one, those of a cluster, or all."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hubimages.commands.bodies import sharing
from hubimages.commands.bodies.hubs import NoSuchCluster
from hubimages.errors import Failure
from hubimages.fleet import Fleet, Hub


class OneScope(Failure):
    """Several of --hub, --cluster and --all were given."""

    def __init__(self) -> None:
        super().__init__(
            "--hub, --cluster and --all each say which hubs are meant.", fix="give one of them"
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
        return self.hub or self.cluster or "all"

    def named(self, hubs: Fleet) -> Scope:
        """Return this with the hub that was asked for, where it names none."""
        if self.hub or self.cluster or self.everything:
            return self
        return replace(self, hub=sharing.pick_hub(hubs))

    def of(self, hubs: Fleet) -> list[Hub]:
        """Return the hubs that are meant; asks on a terminal where no flag says it.

        Raises OneScope, UnknownHub, NoSuchCluster, MissingValue, or BadFile where the hubs of a
        cluster are not all known.
        """
        if sum((bool(self.hub), bool(self.cluster), self.everything)) > 1:
            raise OneScope
        if self.cluster and self.cluster not in hubs.clusters:
            raise NoSuchCluster(self.cluster, hubs)
        if not self.everything and not self.cluster:
            return hubs.several(self.hub or sharing.pick_hub(hubs))
        for problem in hubs.problems:
            if self.everything or f"/{self.cluster}/" in problem.path:
                raise problem
        return [hub for hub in hubs.hubs if self.cluster in ("", hub.cluster)]

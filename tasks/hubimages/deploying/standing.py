"""What a hub's release runs now, as Helm and the cluster say it."""

from __future__ import annotations

from dataclasses import dataclass

from hubimages.helm import Helm, HelmFailed, Release, Revision
from hubimages.rendering.manifests import Manifests


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The revisions of a release, oldest first, and the manifests of the one that is deployed."""

    revisions: tuple[Revision, ...] = ()
    manifests: Manifests | None = None
    unknown: str = ""  # why nothing of it is known; empty where it is

    @property
    def last(self) -> Revision | None:
        """The newest revision, deployed or not."""
        return self.revisions[-1] if self.revisions else None

    @property
    def deployed(self) -> Revision | None:
        """The revision that the hub runs, where Helm knows one."""
        return next((one for one in reversed(self.revisions) if one.deployed), None)

    @property
    def image(self) -> str:
        """The hub image that runs, in words."""
        if self.unknown:
            return "unknown"
        if self.manifests is None:
            return "not installed"
        return str(self.manifests.hub_image or "no hub")


def look(helm: Helm, release: Release) -> Standing:
    """Ask what a release runs; raises ClusterSilent, NotAllowed …"""
    revisions = helm.history(release)
    found = Standing(revisions=revisions)
    if found.deployed is None:
        return found
    text = helm.manifest(release, found.deployed.number)
    return Standing(revisions=revisions, manifests=Manifests(text))


def look_if_it_answers(helm: Helm, release: Release) -> Standing:
    """Ask as look does; a cluster that does not say makes it unknown."""
    try:
        return look(helm, release)
    except HelmFailed as failure:
        return Standing(unknown=failure.what)

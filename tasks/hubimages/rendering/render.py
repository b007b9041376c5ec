"""What Helm would install on a hub, from one tree of files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubimages import placement
from hubimages.config import Settings
from hubimages.fleet import Hub
from hubimages.helm import Helm
from hubimages.listing import HubImage, Lister, UserImage
from hubimages.placement import Placement
from hubimages.process import Runner
from hubimages.rendering import archives, differences, staging, valuefiles
from hubimages.rendering.differences import Place
from hubimages.rendering.manifests import Manifests, Shown
from hubimages.rendering.staging import Staging
from hubimages.rendering.valuefiles import ValueFiles
from hubimages.tree import WorkTree

_DEFAULT = ".singleuser.image"  # where the values say it


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One hub as Helm would install it."""

    hub: Hub
    placement: Placement
    chart: Path
    values: ValueFiles
    manifests: Manifests
    listed: HubImage | None  # what hubs.list says
    base_url: str  # below the hub's domain
    listed_user: UserImage | None = None  # the default one

    @property
    def user_image(self) -> Shown | UserImage | None:
        """The default image of people's servers: as the hub is told, or else as hubs.list says."""
        return self.manifests.user_image or self.listed_user

    @property
    def disagreement(self) -> str | None:
        """A sentence where the rendered hub Deployment runs another image than hubs.list says."""
        shown, said = self.manifests.hub_image, self.listed
        if said is None:
            return None  # the chart's own default, which this repository does not hold
        name, tag = (shown.name, shown.tag) if shown else (None, None)
        if shown and said.name in (None, name) and said.tag in (None, tag):
            return None
        what = f"runs {shown}" if shown else "is not there"
        return (
            f"{self.hub.name}: the hub's Deployment {what}, and hubs.list says {said} "
            f"({said.source})."
        )


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """Renders hubs from files below root: the work tree, or a scratch worktree of a commit."""

    root: Path
    settings: Settings
    helm: Helm
    staging: Staging
    without_secrets: bool = False

    def render(self, hub: Hub) -> Rendered:
        """Render a hub; raises BadFile, ChartBroken, MissingDependency, NoSops …"""
        tree = WorkTree(self.root)
        where = placement.of(tree, hub, self.settings)
        given = valuefiles.read(self.helm.run, self.root, hub, without_secrets=self.without_secrets)
        chart = self.staging.chart(hub)
        lister = Lister(tree)
        listed = lister.describe(hub)
        defaults = (one for one in listed.user_images if one.at.endswith(_DEFAULT))
        return Rendered(
            hub=hub,
            placement=where,
            chart=chart,
            values=given,
            manifests=self._manifests(hub, where, chart, given),
            listed=listed.hub_image,
            base_url=_base_url(lister, hub),
            listed_user=next(defaults, None),
        )

    def made_up(self, done: Rendered) -> frozenset[Place]:
        """Return the fields that are others at each rendering, by rendering once more."""
        again = self._manifests(done.hub, done.placement, done.chart, done.values)
        return differences.generated(done.manifests, again)

    def _manifests(self, hub: Hub, where: Placement, chart: Path, given: ValueFiles) -> Manifests:
        with given.flags() as flags:
            text = self.helm.template(chart, where.release, where.namespace, flags, hub.name)
        return Manifests(text)


def _base_url(lister: Lister, hub: Hub) -> str:
    found = lister.deployed(hub)
    said = found.values.down("hub", "baseUrl") if found else None
    return said.text or "/" if said else "/"


@contextmanager
def renderer(
    run: Runner, root: Path, settings: Settings, *, without_secrets: bool = False
) -> Iterator[Renderer]:
    """Yield a renderer of the files below root; what it staged is gone afterwards."""
    helm = Helm(run)
    kept = archives.Archives(helm=helm, folder=archives.folder())
    with staging.staging(root, helm, kept) as staged:
        yield Renderer(
            root=root,
            settings=settings,
            helm=helm,
            staging=staged,
            without_secrets=without_secrets,
        )

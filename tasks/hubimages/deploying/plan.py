"""What a deployment would do to each hub, before anything is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hubimages import placement
from hubimages.deploying import standing
from hubimages.deploying.standing import Standing
from hubimages.errors import Failure
from hubimages.fleet import Hub
from hubimages.helm import Release
from hubimages.kubeconfig import Kubeconfig, NoContext
from hubimages.placement import Placement
from hubimages.rendering import differences
from hubimages.rendering.differences import Difference
from hubimages.rendering.manifests import Manifests
from hubimages.rendering.render import Rendered, Renderer
from hubimages.tree import WorkTree


class RendersAnother(Failure):
    """What would be deployed is not what hubs.list says."""

    def __init__(self, rendered: Rendered) -> None:
        super().__init__(
            f"{rendered.disagreement} Nothing was deployed, since one of the two is wrong.",
            fix=f"invoke render --hub {rendered.hub.name} shows what the chart makes of the values",
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """One hub: where it goes, what it runs, and what would change."""

    rendered: Rendered
    release: Release
    standing: Standing
    new: Manifests
    changes: tuple[Difference, ...]

    @property
    def hub(self) -> Hub:
        """The hub."""
        return self.rendered.hub

    @property
    def image(self) -> str:
        """The hub image that it would run."""
        return str(self.new.hub_image or "no hub")

    @property
    def is_done(self) -> bool:
        """Whether the hub's release is just this already."""
        last = self.standing.last
        return bool(last and last.deployed and self.standing.manifests and not self.changes)


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Looks at hubs; offline leaves the cluster unasked where it does not answer."""

    renderer: Renderer
    config: Kubeconfig
    context: str
    offline: bool

    def check(self, hub: Hub) -> None:
        """Refuse a hub of another cluster; raises OtherCluster, BadFile, and NoContext unless offline."""
        where = placement.of(WorkTree(self.renderer.root), hub, self.renderer.settings)
        self._context(where)

    def step(self, hub: Hub) -> Step:
        """Render a hub and compare it with what runs; raises OtherCluster, RendersAnother, HelmFailed …"""
        rendered = self.renderer.render(hub)
        if rendered.disagreement:
            raise RendersAnother(rendered)
        where = rendered.placement
        release, found = self._look(where)
        new = self._new(rendered, release, found)
        changes: tuple[Difference, ...] = ()
        if found.manifests:
            made_up = self.renderer.made_up(rendered)
            changes = differences.differences(found.manifests, new, made_up)
        return Step(rendered=rendered, release=release, standing=found, new=new, changes=changes)

    def _look(self, where: Placement) -> tuple[Release, Standing]:
        names = {"name": where.release, "namespace": where.namespace}
        context, unknown = self._context(where)
        if unknown:
            return Release(**names, context="unknown"), Standing(unknown=unknown)
        release = Release(**names, context=context)
        look = standing.look_if_it_answers if self.offline else standing.look
        return release, look(self.renderer.helm, release)

    def _context(self, where: Placement) -> tuple[str, str]:
        """Return the name of a hub's context, or why that is not known."""
        try:
            return where.context(self.config, self.context).name, ""
        except NoContext as failure:
            if not self.offline:
                raise
            return "", failure.what

    def _new(self, rendered: Rendered, release: Release, found: Standing) -> Manifests:
        """Return what would be installed: by Helm's preview, which knows the cluster, where it gives one."""
        if found.unknown or found.last is None or found.last.pending:
            return rendered.manifests.without_hooks
        with rendered.values.flags() as flags:
            return Manifests(self.renderer.helm.preview(release, rendered.chart, flags))


def lines(steps: tuple[Step, ...]) -> Iterator[str]:
    """Yield a plan in words."""
    for step in steps:
        to = f"namespace {step.release.namespace}, context {step.release.context}"
        yield f"{step.hub.name}  ({to})"
        yield from (f"  {line}" for line in _of(step))


def _of(step: Step) -> Iterator[str]:
    old, new = step.standing.image, step.image
    if step.standing.unknown:
        yield f"hub image: unknown → {new}"
        yield f"what runs there is not known: {step.standing.unknown}"
        return
    if step.is_done:
        yield f"hub image: {new}, and nothing else changes: it runs this already"
        return
    yield f"hub image: {old} → {new}" if old != new else f"hub image: {new}, as it is"
    last = step.standing.last
    if last and not last.deployed:
        yield f"the last deployment (revision {last.number}) is {last.status}"
    for change in step.changes[:12]:
        yield str(change)
    if len(step.changes) > 12:
        yield f"and {len(step.changes) - 12} more resources"

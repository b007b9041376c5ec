"""The files that a hub is made from, as paths below the repository's root."""

from __future__ import annotations

from posixpath import join, normpath

from hubimages import charts
from hubimages.config import Settings
from hubimages.fleet import Hub
from hubimages.tree import Tree


def of(tree: Tree, hub: Hub, settings: Settings) -> tuple[str, ...]:
    """Return a hub's cluster.yaml, values files and charts (folders), those that it includes too."""
    cluster = join(normpath(settings.clusters_dir), hub.cluster, "cluster.yaml")
    override = (hub.chart_override,) if hub.chart_override else ()
    below = charts.folders(tree, hub.chart, hub.chart_override)
    return tuple(dict.fromkeys((cluster, *hub.values_files, *override, hub.chart, *below)))

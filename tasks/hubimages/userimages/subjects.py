"""Which user images are to be checked, and what the hubs are like that they are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from posixpath import join
from typing import TypeAlias

from hubimages import charts, images
from hubimages.config import Settings
from hubimages.engine import Engine
from hubimages.errors import BadFile, Failure
from hubimages.fleet import Hub
from hubimages.listing import HubImage, Listed, Lister
from hubimages.reference import BadReference, Reference
from hubimages.tree import WorkTree
from hubimages.userimages import hubversion
from hubimages.userimages.hubversion import HubVersion
from hubimages.yamlread import load_mapping


class NoUserImages(Failure):
    """A hub's values name no user image."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(
            f"{hub.name} names no user image in this repository.",
            fix=f"invoke user-image.check --hub {hub.name} --ref IMAGE:TAG",
        )


@dataclass(frozen=True)
class Subject:
    """An image as values name it, and the hub's JupyterHub and cloud (`aws`, `gcp`, …, or empty)."""

    name: str
    version: HubVersion
    provider: str = ""


_Kind: TypeAlias = tuple[HubImage | None, str, str | None]  # with the chart and its override


@dataclass(kw_only=True)
class Subjects:
    """Finds out what is to be checked; problems are those of hubs that were passed over."""

    tree: WorkTree
    settings: Settings
    engine: Engine
    problems: list[BadFile] = field(default_factory=list)
    without: list[Hub] = field(default_factory=list)  # hubs that name no user image
    _versions: dict[_Kind, HubVersion] = field(default_factory=dict)

    def of(self, ref: str, hubs: Sequence[Hub]) -> list[Subject]:
        """Return one image, for each kind of hub; or every image of the hubs, each once a kind.

        Of a single hub, what is wrong with it is raised: BadFile, NoUserImages.
        """
        if not hubs:
            return [Subject(ref, self._version(None))]
        found: dict[tuple[str, str | None, str], Subject] = {}
        lister = Lister(self.tree)
        for hub in hubs:
            try:
                about = lister.describe(hub)
                if not about.readable:
                    lister.deployed(hub)  # which raises why
                for one in self._of_hub(about, ref):
                    found.setdefault((one.name, one.version.version, one.provider), one)
            except BadFile as problem:
                if len(hubs) == 1:
                    raise
                self.problems.append(problem)
            except NoUserImages:
                if len(hubs) == 1:
                    raise
                self.without.append(hub)
        return list(found.values())

    def _of_hub(self, about: Listed, ref: str) -> Iterator[Subject]:
        names = [ref] if ref else _user_images(about)
        version, provider = self._known_version(about), self._provider(about.hub)
        return (Subject(name, version, provider) for name in names)

    def _known_version(self, about: Listed) -> HubVersion:
        """Return a hub's JupyterHub; it is asked for once, since that runs the hub's image."""
        image, hub = about.hub_image, about.hub
        kind = (image, hub.chart, hub.chart_override)
        if kind not in self._versions:
            self._versions[kind] = self._version(about)
        return self._versions[kind]

    def _version(self, about: Listed | None) -> HubVersion:
        """Return which JupyterHub the hub has, or any hub that follows the production image."""
        try:
            production = images.load(self.tree, self.settings).production
        except Failure as failure:
            if about is None:
                return HubVersion(None, _unknown("hubs have", failure))
            production = None
        references = list(_hub_images(about))
        if about is None and production and production.base:
            references.append(production.base)
        with suppress(Failure):  # without an engine the chart has to tell
            if said := hubversion.of_images(self.engine, references):
                return said
        try:
            if about:
                dependency = about.hub.jupyterhub(self.tree)
                return hubversion.of_chart(self.tree, dependency, about.hub.chart)
            assert production  # noqa: S101 - or we had returned
            dependency = charts.jupyterhub(self.tree, production.chart)
            return hubversion.of_chart(self.tree, dependency, production.chart)
        except Failure as failure:
            return HubVersion(None, _unknown("hub has", failure))

    def _provider(self, hub: Hub) -> str:
        """Return the cloud that a hub's cluster.yaml names, or nothing."""
        path = join(self.settings.clusters_dir, hub.cluster, "cluster.yaml")
        said = load_mapping(self.tree.read(path) or "", path).get("provider")
        return said if isinstance(said, str) else ""


def _unknown(whose: str, failure: Failure) -> str:
    return f"which JupyterHub the {whose} is not known: {failure.what}"


def _user_images(about: Listed) -> list[str]:
    """Return the names of a hub's user images, each once; raises NoUserImages."""
    names = dict.fromkeys(
        image.name if image.tag is None else f"{image.name}:{image.tag}"
        for image in about.user_images
    )
    if not names:
        raise NoUserImages(about.hub)
    return list(names)


def _hub_images(about: Listed | None) -> Iterator[Reference]:
    image = about.hub_image if about else None
    if image and image.name:
        with suppress(BadReference):
            yield Reference.parse(f"{image.name}:{image.tag}" if image.tag else image.name)

"""What every hub runs: its effective hub image and user images, and the line that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join

from hubimages import charts, values
from hubimages.errors import BadFile
from hubimages.fleet import Hub, is_secret
from hubimages.reference import split_tag
from hubimages.tree import Tree
from hubimages.values import Document, Merged

_NAMES = ("name", "repository")


@dataclass(frozen=True, kw_only=True)
class HubImage:
    """A hub's own image; source is path:line of its tag, or of its name without a tag."""

    name: str | None
    tag: str | None
    source: str


@dataclass(frozen=True, kw_only=True)
class UserImage:
    """An image that people's servers run in; at is the YAML path, source is path:line."""

    name: str
    tag: str | None
    at: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One hub as it would be deployed; nothing is known of one that is not readable."""

    hub: Hub
    hub_image: HubImage | None = None
    user_images: tuple[UserImage, ...] = ()
    readable: bool = True


@dataclass
class Lister:
    """Reads hubs from one tree, each file once a cluster; notes and problems gather on the way."""

    tree: Tree
    notes: dict[str, None] = field(default_factory=dict)
    encrypted: dict[str, None] = field(default_factory=dict)  # paths of files that were passed over
    problems: dict[str, BadFile] = field(default_factory=dict)
    _charts: dict[tuple[str, str | None], _Chart | BadFile | None] = field(default_factory=dict)
    _cluster: str = ""
    _files: dict[str, Document | BadFile | None] = field(default_factory=dict)  # of that cluster

    def describe(self, hub: Hub) -> Listed:
        """Return what a hub runs."""
        chart, files = self._chart(hub), self._values(hub)
        broken = [found for found in (chart, *files) if isinstance(found, BadFile)]
        if not broken and isinstance(chart, _Chart):
            try:
                return _described(
                    hub, chart, [file for file in files if isinstance(file, Document)]
                )
            except BadFile as problem:
                broken = [problem]
        self.problems |= {str(problem): problem for problem in broken}
        return Listed(hub=hub, readable=not broken)

    def _values(self, hub: Hub) -> list[Document | BadFile | None]:
        if hub.cluster != self._cluster:  # the whole of a large fleet is more than memory holds
            self._cluster, self._files = hub.cluster, {}
        for path in hub.values_files:
            if path not in self._files:
                self._files[path] = self._file(path)
        return [self._files[path] for path in hub.values_files]

    def _file(self, path: str) -> Document | BadFile | None:
        if is_secret(path):
            self.encrypted[path] = None
            return None
        found = self._parsed(path)
        if found is None:
            self.notes[f"{path} is not there and was passed over"] = None
        if isinstance(found, Document) and found.encrypted:
            self.encrypted[path] = None
            return None
        return found

    def _parsed(self, path: str) -> Document | BadFile | None:
        try:
            text = self.tree.read(path)
            return None if text is None else values.parse(text, path)
        except BadFile as problem:
            return problem

    def _chart(self, hub: Hub) -> _Chart | BadFile | None:
        at = (hub.chart, hub.chart_override)
        if at not in self._charts:
            try:
                self._charts[at] = self._walked(hub)
            except BadFile as problem:
                self._charts[at] = problem
        return self._charts[at]

    def _walked(self, hub: Hub) -> _Chart | None:
        steps = charts.way_to_jupyterhub(self.tree, hub.chart, hub.chart_override)
        if steps is None:
            there = self.tree.exists(join(hub.chart, "Chart.yaml"))
            why = "deploys no jupyterhub chart" if there else "has no Chart.yaml"
            self.notes[f"{hub.chart} {why}"] = None
            return None
        below = tuple((key, self._defaults(folder)) for key, folder in steps)
        return _Chart(own=self._defaults(hub.chart), steps=below)

    def _defaults(self, chart: str | None) -> Document | None:
        """Return a chart's own values; None where it has none, or where it is not held here."""
        found = self._parsed(join(chart, "values.yaml")) if chart else None
        if isinstance(found, BadFile):
            raise found
        return found


@dataclass(frozen=True)
class _Chart:
    """A chart's own values, and the keys down to its jupyterhub chart with the values of each."""

    own: Document | None
    steps: tuple[tuple[str, Document | None], ...]


def _described(hub: Hub, chart: _Chart, files: list[Document]) -> Listed:
    here = values.merged(files).over(chart.own)
    for key, defaults in chart.steps:
        below = here.at(key) or Merged()
        if not below.mapping:
            path, _, line = below.source.rpartition(":")
            raise BadFile(path, f"`{key}` has to be a mapping: it is a chart's.", line=int(line))
        here = below.over(defaults)
    prefix = ".".join(key for key, _ in chart.steps)
    return Listed(
        hub=hub,
        hub_image=_image(here.down("hub", "image")),
        user_images=tuple(_user_images(here, prefix)),
    )


def _image(found: Merged | None) -> HubImage | None:
    """Return an image that is written as a mapping or as one text; None where nothing names one."""
    if found is None:
        return None
    if (text := found.text) is not None:
        whole, tag = _split(text)
        return HubImage(name=whole, tag=tag, source=found.source)
    names = [part for key in _NAMES if (part := found.at(key)) and part.text]
    name = names[0].text if names else None
    tag_at = found.at("tag")
    if tag_at and tag_at.text:
        return HubImage(name=name, tag=tag_at.text, source=tag_at.source)
    return HubImage(name=name, tag=None, source=names[0].source) if names else None


def _split(text: str) -> tuple[str, str | None]:
    """Split off the tag; what a digest names has none that counts."""
    before, at, digest = text.partition("@")
    name, tag = split_tag(before)
    return (f"{name}@{digest}", None) if at else (name, tag)


def _user_images(jupyterhub: Merged, prefix: str) -> Iterator[UserImage]:
    start = f"{prefix}.singleuser"
    yield from _user_image(jupyterhub.down("singleuser", "image"), f"{start}.image")
    for index, profile in _items(jupyterhub.down("singleuser", "profileList")):
        at = f"{start}.profileList.{index}"
        yield from _overriding(profile, at)
        for option, said in _items(profile.at("profile_options")):
            for choice, chosen in _items(said.at("choices")):
                yield from _overriding(chosen, f"{at}.profile_options.{option}.choices.{choice}")


def _items(found: Merged | None) -> Iterator[tuple[str, Merged]]:
    return found.items() if found else iter(())


def _overriding(place: Merged, at: str) -> Iterator[UserImage]:
    found = place.down("kubespawner_override", "image")
    yield from _user_image(found, f"{at}.kubespawner_override.image")


def _user_image(found: Merged | None, at: str) -> Iterator[UserImage]:
    image = _image(found)
    if image and image.name:
        yield UserImage(name=image.name, tag=image.tag, at=at, source=image.source)

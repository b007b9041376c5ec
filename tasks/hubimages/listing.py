"""What every hub runs: its effective hub image and user images, and the line that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join
from typing import Literal

from hubimages import charts, values
from hubimages.errors import BadFile
from hubimages.fleet import Hub, is_secret
from hubimages.reference import split_tag
from hubimages.tree import Tree
from hubimages.values import Document, Merged

NAMES = ("name", "repository")


@dataclass(frozen=True, kw_only=True)
class Written:
    """How an image is written, beside its name and tag.

    places are where else than at its source something of it is said, as path:line; garbled is
    what a template of Helm makes of a tag that is an unquoted number; always is whether nodes are
    to pull it each time.
    """

    places: tuple[str, ...] = ()
    garbled: str | None = None
    always: bool = False


_PLAIN = Written()


@dataclass(frozen=True, kw_only=True)
class HubImage:
    """A hub's own image; source is path:line of its tag, or of its name without a tag."""

    name: str | None
    tag: str | None
    source: str
    written: Written = _PLAIN

    @property
    def whole(self) -> tuple[str, str] | None:
        """Name and tag, or None where one of them is left to a chart that is not held here."""
        return (self.name, self.tag) if self.name and self.tag else None

    def __str__(self) -> str:
        """Return what is said of it: NAME:TAG, or one of the two."""
        return ":".join(part for part in (self.name, self.tag) if part)


@dataclass(frozen=True, kw_only=True)
class UserImage:
    """An image that people's servers run in; at is the YAML path, source is path:line."""

    name: str
    tag: str | None
    at: str
    source: str
    written: Written = _PLAIN


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One hub as it would be deployed; nothing is known of one that is not readable."""

    hub: Hub
    hub_image: HubImage | None = None
    user_images: tuple[UserImage, ...] = ()
    readable: bool = True


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What a hub's jupyterhub chart is given, and the keys that lead to it in the hub's values."""

    keys: tuple[str, ...]
    values: Merged


@dataclass(frozen=True)
class Gap:
    """A file that a cluster.yaml has deployed, and that is not there; encrypted ones are none."""

    hub: Hub
    key: Literal["helm_chart_values_files", "helm_chart", "chart_override"]
    path: str


@dataclass
class Lister:
    """Reads hubs from one tree, each file once a cluster; notes and problems gather on the way."""

    tree: Tree
    notes: dict[str, None] = field(default_factory=dict)
    encrypted: dict[str, None] = field(default_factory=dict)  # paths of files that were passed over
    problems: dict[str, BadFile] = field(default_factory=dict)
    gaps: dict[Gap, None] = field(default_factory=dict)
    _charts: dict[tuple[str, str | None], _Chart | BadFile | None] = field(default_factory=dict)
    _missing: dict[tuple[str, str | None], tuple[str, ...]] = field(default_factory=dict)
    _cluster: str = ""
    _files: dict[str, Document | BadFile | None] = field(default_factory=dict)  # of that cluster

    def describe(self, hub: Hub) -> Listed:
        """Return what a hub runs."""
        try:
            found = self.deployed(hub)
        except BadFile:
            return Listed(hub=hub, readable=False)
        return _described(hub, found) if found else Listed(hub=hub)

    def deployed(self, hub: Hub) -> Deployed | None:
        """Return a hub's values; None where it has no jupyterhub chart. Raises BadFile."""
        chart, files = self._chart(hub), self._values(hub)
        broken = [found for found in (chart, *files) if isinstance(found, BadFile)]
        if not broken:
            try:
                there = [file for file in files if isinstance(file, Document)]
                return _deployed(chart, there) if isinstance(chart, _Chart) else None
            except BadFile as problem:
                broken = [problem]
        self.problems |= {str(problem): problem for problem in broken}
        raise broken[0]

    def _values(self, hub: Hub) -> list[Document | BadFile | None]:
        if hub.cluster != self._cluster:  # the whole of a large fleet is more than memory holds
            self._cluster, self._files = hub.cluster, {}
        for path in hub.values_files:
            if path not in self._files:
                self._files[path] = self._file(path)
            if self._files[path] is None and path not in self.encrypted:
                self.gaps[Gap(hub, "helm_chart_values_files", path)] = None
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
        for path in self._missing.get(at, ()):
            own = path == hub.chart_override
            self.gaps[Gap(hub, "chart_override" if own else "helm_chart", path)] = None
        return self._charts[at]

    def _walked(self, hub: Hub) -> _Chart | None:
        missing = charts.missing(self.tree, hub.chart, hub.chart_override)
        self._missing[hub.chart, hub.chart_override] = missing
        self.notes |= dict.fromkeys(f"{path} is not there and was passed over" for path in missing)
        steps = charts.way_to_jupyterhub(self.tree, hub.chart, hub.chart_override)
        if steps is None:
            if not missing:
                self.notes[f"{hub.chart} deploys no jupyterhub chart"] = None
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


def _deployed(chart: _Chart, files: list[Document]) -> Deployed:
    here = values.merged(files).over(chart.own)
    for key, defaults in chart.steps:
        below = here.at(key) or Merged()
        if not below.mapping:
            path, _, line = below.source.rpartition(":")
            raise BadFile(path, f"`{key}` has to be a mapping: it is a chart's.", line=int(line))
        here = below.over(defaults)
    return Deployed(keys=tuple(key for key, _ in chart.steps), values=here)


def _described(hub: Hub, found: Deployed) -> Listed:
    return Listed(
        hub=hub,
        hub_image=image(found.values.down("hub", "image")),
        user_images=tuple(_user_images(found.values, ".".join(found.keys))),
    )


def image(found: Merged | None, *, always: bool = False) -> HubImage | None:
    """Return an image that is written as a mapping or as one text; None where nothing names one."""
    if found is None:
        return None
    if (text := found.text) is not None:
        whole, tag = _split(text)
        written = Written(always=True) if always else _PLAIN
        return HubImage(name=whole, tag=tag, source=found.source, written=written)
    names = [part for key in NAMES if (part := found.at(key)) and part.text]
    tag_at = found.at("tag")
    if not (tag_at and tag_at.text):
        tag_at = None
    if not (tag_at or names):
        return None
    places = (*(part.source for part in names[:1]), *filter(None, (found.stands("tag"),)))
    return HubImage(
        name=names[0].text if names else None,
        tag=tag_at.text if tag_at else None,
        source=tag_at.source if tag_at else names[0].source,
        written=Written(
            places=places,
            garbled=tag_at.garbled if tag_at else None,
            always=always or _says_always(found.at("pullPolicy")),
        ),
    )


def _says_always(found: Merged | None) -> bool:
    return found is not None and found.text == "Always"


def _split(text: str) -> tuple[str, str | None]:
    """Split off the tag; what a digest names has none that counts."""
    before, at, digest = text.partition("@")
    name, tag = split_tag(before)
    return (f"{name}@{digest}", None) if at else (name, tag)


def _user_images(jupyterhub: Merged, prefix: str) -> Iterator[UserImage]:
    start = f"{prefix}.singleuser"
    always = _says_always(jupyterhub.down("hub", "config", "KubeSpawner", "image_pull_policy"))
    always = always or _says_always(jupyterhub.down("singleuser", "image", "pullPolicy"))
    yield from _user_image(jupyterhub.down("singleuser", "image"), f"{start}.image", always=always)
    for index, profile in _items(jupyterhub.down("singleuser", "profileList")):
        at = f"{start}.profileList.{index}"
        yield from _overriding(profile, at, always=always)
        for option, said in _items(profile.at("profile_options")):
            for choice, chosen in _items(said.at("choices")):
                place = f"{at}.profile_options.{option}.choices.{choice}"
                yield from _overriding(chosen, place, always=always)


def _items(found: Merged | None) -> Iterator[tuple[str, Merged]]:
    return found.items() if found else iter(())


def _overriding(place: Merged, at: str, *, always: bool) -> Iterator[UserImage]:
    found = place.down("kubespawner_override", "image")
    if found is not None:
        here = place.down("kubespawner_override", "image_pull_policy")
        always = _says_always(here) if here else always
        yield from _user_image(found, f"{at}.kubespawner_override.image", always=always)


def _user_image(found: Merged | None, at: str, *, always: bool) -> Iterator[UserImage]:
    said = image(found, always=always)
    if said and said.name:
        yield UserImage(
            name=said.name, tag=said.tag, at=at, source=said.source, written=said.written
        )

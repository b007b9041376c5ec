"""The images that chartpress.yaml describes, and which of them are hub images.

Both shapes read the same: a folder per image, or several images sharing one folder and
Dockerfile with a build argument each. https://github.com/jupyterhub/chartpress#configuration
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from posixpath import basename, join, normpath

from hubimages import recipe
from hubimages.config import Settings
from hubimages.entry import Entry
from hubimages.errors import BadFile, Failure
from hubimages.recipe import Recipe
from hubimages.reference import BadReference, Reference
from hubimages.tree import Tree
from hubimages.yamlpath import Path, path_from
from hubimages.yamlread import Loader12, load_mapping


class UnknownImage(Failure):
    """A name was asked for that chartpress.yaml does not have."""

    def __init__(self, key: str, known: list[str], path: str) -> None:
        super().__init__(
            f"There is no image `{key}` in {path}.",
            fix=f"the images there are: {', '.join(known) or '(none)'}",
        )


class NoRequirements(Failure):
    """An image's Dockerfile installs no requirements file that could hold a pin."""

    def __init__(self, image: Image) -> None:
        super().__init__(
            f"{image.dockerfile} installs no requirements file of its build context ({image.context}), "
            f"so that `{image.key}` has no place for a pin.",
            fix="COPY a requirements.txt into the image and `pip install -r` it there",
        )


class MissingRequirements(BadFile):
    """A Dockerfile installs a requirements file that is not there."""

    def __init__(self, path: str, dockerfile: str, keys: Sequence[str]) -> None:
        super().__init__(
            path,
            f"is not there, and {dockerfile} installs it in {_named(keys)}.",
            fix=f"bring {path} back, or take its line out of {dockerfile}",
        )


class MissingDockerfile(BadFile):
    """Images have a Dockerfile that is not there."""

    def __init__(self, path: str, keys: Sequence[str]) -> None:
        super().__init__(path, f"is missing; chartpress.yaml names it for {_named(keys)}.")


def _named(keys: Sequence[str]) -> str:
    *most, last = (f"`{key}`" for key in keys)
    return f"{', '.join(most)} and {last}" if most else last


class UnknownBase(BadFile):
    """A Dockerfile does not say what an image is built on, so it cannot be told what it is."""

    def __init__(self, image: Image) -> None:
        said = f"`FROM {image.recipe.base_written}`" if image.recipe.base_written else "no FROM"
        super().__init__(
            image.dockerfile,
            f"has {said}, so what `{image.key}` is built on cannot be told.",
            line=image.recipe.base_line,
            fix="name the base image there; a build argument in it needs a value, by a default or "
            "`buildArgs` in chartpress.yaml",
        )


@dataclass(frozen=True, kw_only=True)
class Image:
    """One entry of chartpress.yaml; paths are relative to the repository's root."""

    key: str  # its name in chartpress.yaml
    name: str  # as docker writes it, without tag: quay.io/org/hub
    chart: str  # the chart's folder
    chart_index: int  # its place in chartpress.yaml's list of charts
    values_paths: tuple[Path, ...]
    context: str
    dockerfile: str
    paths: tuple[str, ...]  # what the tag is made from, as chartpress sees it
    build_args: Mapping[str, str]
    build_options: tuple[str, ...] = ()  # words that the build command gets too
    base_version: str | None
    tree: Tree

    @cached_property
    def recipe(self) -> Recipe:
        """What the Dockerfile says, read from the same tree as this entry."""
        text = self.tree.read(self.dockerfile)
        if text is None:
            raise MissingDockerfile(self.dockerfile, [self.key])
        return recipe.read(text, self.build_args)

    @cached_property
    def requirements(self) -> tuple[str, ...]:
        """The requirements files that the image installs.

        Raises NoRequirements where it installs none, MissingRequirements where one is not there.
        """

        def exists(path: str) -> bool:
            return self.tree.exists(self._in_context(path))

        for path in self.recipe.missing(exists):
            raise MissingRequirements(self._in_context(path), self.dockerfile, [self.key])
        inside = self.recipe.requirements(exists)
        if not inside:
            raise NoRequirements(self)
        return tuple(self._in_context(path) for path in inside)

    @property
    def installs_requirements(self) -> bool:
        """Whether the Dockerfile installs a requirements file, be that there or not."""
        try:
            return bool(self.requirements)
        except NoRequirements:
            return False
        except BadFile:
            return True

    @property
    def requirements_argument(self) -> tuple[str, str] | None:
        """The build argument that names a requirements file, and that file, if one does."""
        for argument, value in self.build_args.items():
            for path in self.requirements:
                if basename(value) == basename(path):
                    return argument, path
        return None

    def _in_context(self, path: str) -> str:
        return normpath(join(self.context, path))

    @property
    def base(self) -> Reference | None:
        """The base image, or None where it cannot be told."""
        if not self.recipe.base:
            return None
        try:
            return Reference.parse(self.recipe.base)
        except BadReference:
            return None

    @property
    def values_file(self) -> str:
        """The chart's values.yaml, where a production image's tag stands."""
        return join(self.chart, "values.yaml")

    @property
    def reference(self) -> Reference:
        """The image's name, parsed; raises BadReference."""
        return Reference.parse(self.name)

    @property
    def inputs(self) -> tuple[str, ...]:
        """All that goes into the image: the paths of the tag, and the build context."""
        return tuple(dict.fromkeys((*self.paths, self.context, self.dockerfile)))


@dataclass(frozen=True, kw_only=True)
class Images:
    """All images of a chartpress.yaml, in its order."""

    path: str
    all: tuple[Image, ...]
    production_key: str

    def named(self, key: str) -> Image:
        """Return the image of that name, or raise UnknownImage."""
        found = [image for image in self.all if image.key == key]
        if not found:
            raise UnknownImage(key, [image.key for image in self.all], self.path)
        if len(found) > 1:
            charts = ", ".join(image.chart for image in found)
            raise BadFile(
                self.path,
                f"more than one chart has an image `{key}` ({charts}).",
                fix="rename one of them",
            )
        return found[0]

    @property
    def production(self) -> Image:
        """The production image; raises UnknownImage where chartpress.yaml lacks it."""
        try:
            return self.named(self.production_key)
        except UnknownImage as error:
            error.fix += "; `production` under `hubimages:` in invoke.yaml names the right one"
            raise

    @property
    def experiments(self) -> tuple[Image, ...]:
        """The other images on the production image's base."""
        base = self.production.base
        return tuple(
            image
            for image in self.all
            if image.key != self.production_key
            and base is not None
            and image.base is not None
            and (image.base.registry, image.base.repository) == (base.registry, base.repository)
        )

    @property
    def unknown_bases(self) -> tuple[UnknownBase, ...]:
        """The images of which it cannot be told whether they are experimental, production first.

        One that installs no requirements holds no change, whatever it is built on.
        """
        every = sorted(self.all, key=lambda image: not self.is_production(image))
        return tuple(
            UnknownBase(image)
            for image in every
            if image.base is None
            and (
                self.is_production(image)
                or image.installs_requirements
                or not image.recipe.base_written
            )
        )

    def is_production(self, image: Image) -> bool:
        """Whether this is the image that every hub follows."""
        return image.key == self.production_key

    def sharing_values_path(self) -> dict[tuple[str, str], list[str]]:
        """Return each chart and values path in it that more than one image claims, with their keys."""
        claims: dict[tuple[str, str], list[str]] = {}
        for image in self.all:
            for path in dict.fromkeys(image.values_paths):  # one image may say a path twice
                claims.setdefault((image.chart, ".".join(map(str, path))), []).append(image.key)
        return {place: keys for place, keys in claims.items() if len(keys) > 1}


def load(tree: Tree, settings: Settings) -> Images:
    """Read chartpress.yaml from a tree; raises BadFile with path and line."""
    path = normpath(join(settings.charts_dir, "chartpress.yaml"))
    text = tree.read(path)
    if text is None:
        raise BadFile(
            path,
            "is not there (or not committed).",
            fix="`charts_dir` under `hubimages:` in invoke.yaml says in which folder it is",
        )
    charts = load_mapping(text, path, Loader12).get("charts")
    if not isinstance(charts, list) or not all(isinstance(chart, dict) for chart in charts):
        raise BadFile(path, "has no list of mappings `charts:`.", line=1)
    found = [
        _image(tree, chart, key)
        for index, options in enumerate(charts)
        for chart in [Entry(file=path, text=text, at=("charts", index), options=options)]
        for key in chart.mapping("images")
    ]
    return Images(path=path, all=tuple(found), production_key=settings.production)


def _image(tree: Tree, chart: Entry, key: str) -> Image:
    options = chart.options["images"][key]
    if not isinstance(options, dict):
        raise chart.wrong(f"images.{key}", "a mapping", fix=f"write `{key}: {{}}` for no settings")
    entry = dataclasses.replace(chart, at=(*chart.at, "images", key), options=options)
    folder = chart.word("chartPath") or chart.word("name")
    if folder is None:
        raise chart.wrong("name", "the chart's folder")
    context = entry.word("contextPath") or join("images", key)
    dockerfile = entry.word("dockerfilePath") or join(context, "Dockerfile")
    watched = [("dockerfilePath", dockerfile), *(("paths", path) for path in entry.words("paths"))]
    if entry.options.get("rebuildOnContextPathChanges", True):
        watched.insert(0, ("contextPath", context))
    return Image(
        key=key,
        name=entry.word("imageName") or f"{chart.word('imagePrefix') or ''}{key}",
        chart=chart.path("chartPath", folder),
        chart_index=int(chart.at[-1]),
        values_paths=tuple(map(path_from, _values_paths(entry))),
        context=entry.path("contextPath", context),
        dockerfile=entry.path("dockerfilePath", dockerfile),
        paths=tuple(dict.fromkeys((entry.file, *(entry.path(*found) for found in watched)))),
        build_args={name: str(value) for name, value in entry.mapping("buildArgs").items()},
        build_options=_build_options(entry),
        base_version=chart.word("baseVersion"),
        tree=tree,
    )


def _build_options(entry: Entry) -> tuple[str, ...]:
    """Return `extraBuildCommandOptions`, whose mistakes are left to chartpress."""
    options = entry.options.get("extraBuildCommandOptions") or []
    return tuple(map(str, options if isinstance(options, list) else [options]))


def _values_paths(entry: Entry) -> list[str]:
    """Return what `valuesPath` says, which may be one text or a list of them."""
    one = entry.options.get("valuesPath")
    return [one] if isinstance(one, str) else entry.words("valuesPath")

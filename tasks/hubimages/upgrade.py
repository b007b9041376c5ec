"""Moving every hub image's base and the chart that deploys them to one version, together."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import assert_never

from hubimages import charts, edits, recipe, yamledit
from hubimages.charts import Dependency
from hubimages.dockerfile import instructions
from hubimages.edits import Edit
from hubimages.errors import Failure
from hubimages.fleet import Fleet
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.reference import BadReference, Reference, is_tag
from hubimages.registry import NotThere, Registry, There, Unknown
from hubimages.tree import WorkTree

_VARIABLE = re.compile(r"(?:^|:)\$(?:(\w+)|\{(\w+)\})$")  # the whole name, or the whole tag


class NoSuchBase(Failure):
    """The registry has no base image of that version, or does not say."""


class BaseNotFound(Failure):
    """Where an image's base version is written could not be told."""

    def __init__(self, image: Image) -> None:
        super().__init__(
            f"{image.dockerfile}:{image.recipe.base_line}: the version in `FROM {image.recipe.base_written}` "
            "could not be found, so it was not changed.",
            fix="write FROM with the version in it, or with an ARG that has it as its default",
        )


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """The edits of an upgrade, and what it leaves at another version."""

    version: str
    edits: tuple[Edit, ...]
    left: tuple[str, ...]


def plan(
    git: Git,
    images: Images,
    fleet: Fleet,
    version: str,
    registry: Registry,
    *,
    commit: bool,
    ask: bool,
) -> Upgrade:
    """Return the edits that bring all hub images and their charts to a version.

    With ask, every base image has to be in its registry, else NoSuchBase is raised.
    """
    if not is_tag(version):
        raise Failure(f"`{version}` cannot be the tag of an image.", fix="--to 4.3.4, for instance")
    tree = WorkTree(git.root)
    hub_images = (images.production, *images.experiments)
    if ask:
        for base in dict.fromkeys(image.base for image in hub_images if image.base):
            _exists(registry, Reference(base.registry, base.repository, version))
    changes: dict[str, list[Callable[[str], str]]] = {}
    for image in hub_images:
        path, change = _base_change(images, image, version)
        changes.setdefault(path, []).append(change)
    deployed = dict.fromkeys(d for i in hub_images if (d := charts.jupyterhub(tree, i.chart)))
    for dependency in deployed:
        changes.setdefault(dependency.chart_file, []).append(_chart_change(dependency, version))
    planned = [edits.plan(git, path, _all(steps), commit=commit) for path, steps in changes.items()]
    return Upgrade(
        version=version,
        edits=tuple(edit for edit in planned if edit),
        left=tuple(_left(tree, fleet, version, deployed)),
    )


def _exists(registry: Registry, base: Reference) -> None:
    answer = registry.look(base)
    match answer:
        case There():
            return
        case NotThere():
            raise NoSuchBase(
                f"There is no {base}.", fix=f"see the tags of {base.name} for one that is there"
            )
        case Unknown(why, fix):
            raise NoSuchBase(
                f"Whether {base} is there is not known, so nothing was changed. {why}",
                fix=fix or "run the same command again once the registry answers",
            )
        case _:
            assert_never(answer)


def _all(steps: list[Callable[[str], str]]) -> Callable[[str], str]:
    def change(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return change


def _chart_change(dependency: Dependency, version: str) -> Callable[[str], str]:
    path = ("dependencies", dependency.index, "version")
    return lambda text: yamledit.set_scalars(text, {path: version})


def _base_change(images: Images, image: Image, version: str) -> tuple[str, Callable[[str], str]]:
    """Return which file says an image's base version, and the edit of it.

    That is the FROM line, the default of the ARG that it names, or the build argument in
    chartpress.yaml that overrules the default. Images that share the file share the edit, so
    making it again changes nothing.
    """
    written = image.recipe.base_written
    if variable := _VARIABLE.search(written):
        name = variable[1] or variable[2]
        if name in image.build_args:
            path = ("charts", image.chart_index, "images", image.key, "buildArgs", name)
            value = _replaced(image, image.build_args[name], version)
            return images.path, lambda text: yamledit.set_scalars(text, {path: value})
        return image.dockerfile, lambda text: _argument(image, text, name, version)
    return image.dockerfile, lambda text: _from(image, text, version)


def _replaced(image: Image, value: str, version: str) -> str:
    """Return a variable's value at the version: the version alone, or a name that ends with it."""
    return version if is_tag(value) else _named(image, value, value, version)


def _named(image: Image, written: str, base: str | None, version: str) -> str:
    """Return a base image's name at the version, as it is written, perhaps with variables in it."""
    try:
        tag = Reference.parse(base or "").tag
    except BadReference:
        tag = None
    # what ends with a digest names other bits than the new version's, whatever its tag says
    if tag is None or not written.endswith(f":{tag}"):
        raise BaseNotFound(image)
    return written.removesuffix(tag) + version


def _from(image: Image, text: str, version: str) -> str:
    now = recipe.read(text, image.build_args)
    new = _named(image, now.base_written, now.base, version)
    return _in_line(image, text, now.base_line, now.base_written, new)


def _argument(image: Image, text: str, name: str, version: str) -> str:
    default = re.compile(rf"\b{name}=(\"?)([^\s\"]+)\1")
    lines = text.split("\n")
    for step in itertools.takewhile(lambda step: step.name != "FROM", instructions(text)):
        found = default.search(lines[step.line - 1]) if step.name == "ARG" else None
        if found:
            new = _replaced(image, found[2], version)
            return _in_line(image, text, step.line, found[2], new)
    raise BaseNotFound(image)


def _in_line(image: Image, text: str, line: int, old: str, new: str) -> str:
    """Replace the last old of a line (counted from 1), which is where names of images stand."""
    lines = text.split("\n")
    head, found, tail = lines[line - 1].rpartition(old)
    if not found:  # it stands on a line that continues this one
        raise BaseNotFound(image)
    lines[line - 1] = head + new + tail
    return "\n".join(lines)


def _left(
    tree: WorkTree, fleet: Fleet, version: str, changed: dict[Dependency, None]
) -> Iterator[str]:
    """Yield what still says another version: charts that one cluster overrides, charts not touched."""
    files = {dependency.chart_file for dependency in changed}
    seen: set[str] = set()
    for hub in fleet.hubs:
        found = hub.jupyterhub(tree)
        if found and found.chart_file not in files | seen and found.version != version:
            seen.add(found.chart_file)
            yield f"{found.chart_file} ({hub.name}) stays at {found.version}"

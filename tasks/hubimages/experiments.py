"""What an experimental image is made of: a requirements file and an entry in chartpress.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from posixpath import basename, dirname, join, relpath

from packaging.utils import canonicalize_name

from hubimages import edits, requirements, yamledit
from hubimages.edits import Edit
from hubimages.errors import BadFile, Failure
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.requirements import NotListed, Pin
from hubimages.sources.resolving import Resolved
from hubimages.yamlread import load_mapping

_PATH = re.compile(r"[A-Za-z][\w.-]*[./][\w./-]+")  # needs no quotes in YAML
_KEY = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")


class BadName(Failure):
    """A name cannot be that of a new image."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"`{name}` cannot be the new image's name: {why}",
            fix="--image my-experiment, for instance",
        )


def put(
    git: Git, images: Images, image: Image, found: Resolved, *, reason: str, commit: bool
) -> Edit | None:
    """Return the edit that pins a package in an image's requirements, or None if it is pinned so.

    A package that a file has is replaced there; a new one goes into the first file that no
    other image installs too, or else into the first.
    """
    (wish,) = requirements.parse(found.row)
    path = place(images, image, replace(wish, name=canonicalize_name(found.package)))
    return edits.plan(git, path, _pinning(found, reason), commit=commit)


def place(images: Images, image: Image, pin: Pin, *, like: str = "") -> str:
    """Return the requirements file of an image that a pin goes into.

    The one that has the package; else one of its own, called as like is, if there is one.
    """
    for path in image.requirements:
        there = requirements.parse(image.tree.read(path) or "")
        if any(pin.same_package(other) for other in there):
            return path
    own = [path for path in image.requirements if not sharing(images, image, path)]
    alike = [path for path in own if basename(path) == basename(like)]
    return (alike or own or list(image.requirements))[0]


def sharing(images: Images, image: Image, path: str) -> list[str]:
    """Return the names of the other images that install a requirements file."""
    found = []
    for other in images.all:
        with suppress(Failure):  # an image without requirements, or without a Dockerfile
            if other.key != image.key and path in other.requirements:
                found.append(other.key)
    return found


def take(git: Git, image: Image, package: str, *, commit: bool) -> Edit | None:
    """Return the edit that takes a package's pin out; raises NotListed."""
    missing: NotListed | None = None
    for path in image.requirements:
        try:
            return edits.plan(
                git, path, lambda text: requirements.take(text, package).text, commit=commit
            )
        except NotListed as error:
            missing = missing or error
    raise missing or NotListed(package, [])


def _pinning(found: Resolved, reason: str) -> Callable[[str], str]:
    return lambda text: (
        requirements.put(text, found.row, reason=reason or None, package=found.package).text
    )


@dataclass(frozen=True, kw_only=True)
class Creation:
    """A new experimental image: its name, and the edits that make it."""

    key: str
    name: str
    edits: tuple[Edit, ...]


def create(git: Git, images: Images, key: str, *, commit: bool) -> Creation:
    """Return the edits for a new experimental image in the shape that the production image has.

    An image with a build argument for its requirements file shares its folder with the new one;
    any other gets a folder of the new one's own. Both start with production's requirements.
    """
    if not _KEY.fullmatch(key):
        raise BadName(
            key, "a registry takes lower-case letters, digits, and single . _ or - between them."
        )
    if any(image.key == key for image in images.all):
        raise BadName(key, f"{images.path} has it already.")
    production = images.production
    name = "".join((*production.name.rpartition("/")[:2], key))
    if named := production.requirements_argument:
        argument, source = named
        planned = [*_shared(git, production, source, key, commit)]
    else:
        argument = None
        planned = [*_own(git, production, join(dirname(images.path), "images", key), commit)]
    entry = _entry(images, production, key, name, argument)
    where = ("charts", production.chart_index, "images")
    chartpress = edits.plan(
        git, images.path, lambda text: yamledit.insert_block(text, where, key, entry), commit=commit
    )
    return Creation(key=key, name=name, edits=(*planned, *([chartpress] if chartpress else [])))


def _shared(git: Git, production: Image, source: str, key: str, commit: bool) -> Sequence[Edit]:
    path = join(dirname(source), f"{key}-requirements.txt")
    return [edits.plan_new(git, path, _text(production, source), commit=commit)]


def _own(git: Git, production: Image, target: str, commit: bool) -> Iterator[Edit]:
    """Yield the copies of every file of the production image's folder that git has."""
    listed = git("ls-files", "--stage", "-z", "--", production.context).stdout.split("\0")
    modes = {
        path: facts[:6] for facts, _, path in (entry.partition("\t") for entry in listed) if path
    }
    if production.dockerfile not in modes:
        raise BadFile(
            production.dockerfile,
            f"is not in its build context {production.context}, so it cannot be copied with it.",
            fix="move it there, or give the production image a build argument that names its requirements file",
        )
    for path, mode in modes.items():
        copy = join(target, relpath(path, production.context))
        yield edits.plan_new(
            git, copy, _text(production, path), commit=commit, executable=mode == "100755"
        )


def _text(image: Image, path: str) -> str:
    text = image.tree.read(path)
    if text is None:
        raise BadFile(path, "is not there.", fix=f"git add {path} && git commit, or git rm it")
    return text


def _entry(images: Images, production: Image, key: str, name: str, argument: str | None) -> str:
    """Return the new image's settings in chartpress.yaml: production's, but for what is its own."""
    here = dirname(images.path) or "."
    charts = load_mapping(_text(production, images.path), images.path)["charts"]
    said = dict(charts[production.chart_index]["images"][production.key])
    for option in ("imageName", "valuesPath", "contextPath", "dockerfilePath"):
        said.pop(option, None)
    if argument is not None:
        file = join(dirname(production.build_args[argument]), f"{key}-requirements.txt")
        said["buildArgs"] = {**said["buildArgs"], argument: file}
        said["contextPath"] = relpath(production.context, here)
        said["dockerfilePath"] = relpath(production.dockerfile, here)
    elif (own := relpath(production.dockerfile, production.context)) != "Dockerfile":
        said["dockerfilePath"] = join("images", key, own)
    return "\n".join(_block({"imageName": name, **said})) + "\n"


def _block(options: Mapping[str, object], indent: str = "") -> Iterator[str]:
    for option, value in options.items():
        if isinstance(value, dict):
            yield f"{indent}{option}:"
            yield from _block(value, indent + "  ")
        elif isinstance(value, str) and _PATH.fullmatch(value):
            yield f"{indent}{option}: {value}"
        else:  # JSON is YAML too
            yield f"{indent}{option}: {json.dumps(value, ensure_ascii=False, default=str)}"

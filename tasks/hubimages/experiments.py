"""What an experimental image is made of: a requirements file and an entry in chartpress.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from posixpath import basename, dirname, join, relpath

from hubimages import edits, requirements, yamledit
from hubimages.edits import Edit
from hubimages.errors import BadFile, Failure
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.requirements import NotListed
from hubimages.sources.resolving import Resolved
from hubimages.tree import WorkTree

_KEY = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")


class BadName(Failure):
    """A name cannot be that of a new image."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"`{name}` cannot be the new image's name: {why}",
            fix="--image my-experiment, for instance",
        )


def put(git: Git, image: Image, found: Resolved, *, reason: str, commit: bool) -> Edit | None:
    """Return the edit that pins a package in an image's requirements, or None if it is pinned so.

    A package that a file has is replaced there; a new one goes into the first file.
    """
    return _edit(git, _file_with(git, image, found), _pinning(found, reason), commit=commit)


def take(git: Git, image: Image, package: str, *, commit: bool) -> Edit | None:
    """Return the edit that takes a package's pin out; raises NotListed."""
    missing: NotListed | None = None
    for path in image.requirements:
        try:
            return _edit(
                git, path, lambda text: requirements.take(text, package).text, commit=commit
            )
        except NotListed as error:
            missing = missing or error
    raise missing or NotListed(package, [])


def _pinning(found: Resolved, reason: str) -> Callable[[str], str]:
    return lambda text: (
        requirements.put(text, found.row, reason=reason or None, package=found.package).text
    )


def _file_with(git: Git, image: Image, found: Resolved) -> str:
    files = image.requirements
    tree = WorkTree(git.root)
    for path in files:
        text = tree.read(path) or ""
        if requirements.put(text, found.row, package=found.package).replaced is not None:
            return path
    return files[0]


def _edit(git: Git, path: str, change: Callable[[str], str], *, commit: bool) -> Edit | None:
    return edits.plan(git, path, change, commit=commit)


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
    name = f"{production.name.rpartition('/')[0]}/{key}"
    argument = _requirements_argument(production)
    shared = argument is not None
    planned = (
        _shared(git, production, key, commit)
        if shared
        else _own(git, production, key, images.path, commit)
    )
    entry = _entry(
        images, production, name, f"{key}-requirements.txt" if shared else None, argument
    )
    where = ("charts", production.chart_index, "images")
    chartpress = edits.plan(
        git, images.path, lambda text: yamledit.insert_block(text, where, key, entry), commit=commit
    )
    return Creation(key=key, name=name, edits=(*planned, *([chartpress] if chartpress else [])))


def _requirements_argument(image: Image) -> str | None:
    """Return the build argument that names the image's requirements file, if one does."""
    names = {basename(path) for path in image.requirements}
    return next((key for key, value in image.build_args.items() if basename(value) in names), None)


def _text(git: Git, path: str) -> str:
    text = WorkTree(git.root).read(path)
    if text is None:
        raise BadFile(path, "is not there.")
    return text


def _shared(git: Git, production: Image, key: str, commit: bool) -> Sequence[Edit]:
    source = production.requirements[0]
    path = join(dirname(source), f"{key}-requirements.txt")
    return [edits.plan_new(git, path, _text(git, source), commit=commit)]


def _own(git: Git, production: Image, key: str, chartpress: str, commit: bool) -> Sequence[Edit]:
    """Copy every file of the production image's folder that git has into a folder of its own."""
    target = join(dirname(chartpress), "images", key)
    tracked = git("ls-files", "-z", "--", production.context).stdout.split("\0")
    inside = [path for path in tracked if path]
    if production.dockerfile not in inside:
        raise BadFile(
            production.dockerfile,
            f"is not in its build context {production.context}, so it cannot be copied with it.",
        )
    return [
        edits.plan_new(
            git, join(target, relpath(path, production.context)), _text(git, path), commit=commit
        )
        for path in inside
    ]


def _entry(
    images: Images, production: Image, name: str, file: str | None, argument: str | None
) -> str:
    """Return the new image's settings in chartpress.yaml as a block of YAML."""
    lines = [f"imageName: {name}"]
    here = dirname(images.path)
    if file is not None:
        lines += ["buildArgs:"]
        for key, value in production.build_args.items():
            lines.append(
                f'  {key}: "{value}"' if key != argument else f"  {key}: {_beside(value, file)}"
            )
        lines += [f"contextPath: {relpath(production.context, here or '.')}"]
        lines += [f"dockerfilePath: {relpath(production.dockerfile, here or '.')}"]
    return "\n".join(lines) + "\n"


def _beside(value: str, file: str) -> str:
    return join(dirname(value), file)

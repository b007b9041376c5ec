"""Whether the files that an image is built from are those of the tried image."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from posixpath import join, normpath, relpath

from hubimages import pins, tree
from hubimages.images import Image
from hubimages.lifecycle import changes
from hubimages.redaction import redact
from hubimages.requirements import Pin

_LINK = "120000"
_IGNORE = ".dockerignore"


def differences(tried: Image, production: Image) -> tuple[str, ...]:
    """Return what is not the same, a sentence each; nothing where a build has the same inputs.

    tried is the image as it was at its tag's commit, production as it will be: each is read from
    its own tree, which must be one that can be listed. Raises BadFile. What no file says is in
    samebits.standing.
    """
    return (
        *_dockerfile(tried, production),
        *_requirements(tried, production),
        *_files(tried, production),
        *_arguments(tried, production),
        *_options(tried, production),
        *_other_images(production),
    )


# --- what is in files ------------------------------------------------------------------------


def _dockerfile(tried: Image, production: Image) -> Iterator[str]:
    if tried.tree.read(tried.dockerfile) != production.tree.read(production.dockerfile):
        yield f"The Dockerfile {_other(tried.dockerfile, production.dockerfile)}."
    ours, theirs = _ignored(tried), _ignored(production)
    if ours != theirs:
        yield f"What {_IGNORE} says for {tried.key} was not what it says for {production.key}."


def _ignored(image: Image) -> str | None:
    """Return the text of the .dockerignore that counts; one beside the Dockerfile comes first."""
    own = image.tree.read(f"{image.dockerfile}{_IGNORE}")
    return own if own is not None else image.tree.read(_at(image, _IGNORE))


def _requirements(tried: Image, production: Image) -> Iterator[str]:
    before, now = pins.of(tried), pins.of(production)
    if only := _without(before, now):
        yield f"The tried image has {only}, which {production.key} does not ask for."
    if only := _without(now, before):
        yield f"{production.key} asks for {only}, which the tried image has not."
    if sorted(pins.options(tried)) != sorted(pins.options(production)):
        files = ", ".join(pins.files(production) or pins.files(tried))
        yield f"{files}: the options of pip there are not those of the tried image."


def _without(ours: Sequence[Pin], theirs: Sequence[Pin]) -> str:
    """Return the pins that say what none of the others says, as one text."""
    alone = [pin for pin in ours if not any(changes.same([pin], [other]) for other in theirs)]
    return ", ".join(redact(pin.text) for pin in alone)


def _files(tried: Image, production: Image) -> Iterator[str]:
    """Compare every other file that goes in, by its path in the build context."""
    theirs, ours = _context(tried), _context(production)
    if not theirs or not ours:
        empty = production if theirs else tried
        yield f"Which files are in {empty.context} could not be told."
        return
    apart = {relpath(path, image.context) for image in (tried, production) for path in _own(image)}
    for path in sorted((_taken(tried, theirs) | _taken(production, ours)) - apart):
        before, now = _at(tried, path), _at(production, path)
        if path not in ours:
            yield f"{before} went into the tried image, and {now} is not there."
        elif path not in theirs:
            yield f"{now} goes in, and {before} was not there."
        elif theirs[path] != ours[path]:
            yield f"The mode of {now} {_other(before, now)}."
        elif (text := production.tree.read(now)) is None or tried.tree.read(before) != text:
            yield f"{now} {_other(before, now)}."


def _own(image: Image) -> tuple[str, ...]:
    """Return the files that are compared by what they say, not by their bytes."""
    ignoring = f"{image.dockerfile}{_IGNORE}", _at(image, _IGNORE)
    return (*pins.files(image), image.dockerfile, *ignoring)


def _context(image: Image) -> dict[str, str]:
    """Return the modes of a build context's files, by their paths in it."""
    found = tree.listing(image.tree, image.context)
    return {relpath(path, image.context): mode for path, mode in found.items()}


def _taken(image: Image, modes: Mapping[str, str]) -> set[str]:
    """Return the files that the Dockerfile takes; all where one is a link, which leads to another."""
    sources = image.recipe.sources
    found = {path for path in modes if _is_taken(path, sources)}
    return set(modes) if any(modes[path] == _LINK for path in found) else found


def _is_taken(path: str, sources: Sequence[str]) -> bool:
    parts = path.split("/")
    for source in sources:
        wanted = [] if source == "." else source.split("/")
        pairs = zip(parts, wanted, strict=False)
        if len(wanted) <= len(parts) and all(fnmatchcase(name, like) for name, like in pairs):
            return True
    return False


def _at(image: Image, path: str) -> str:
    return normpath(join(image.context, path))


def _other(before: str, now: str) -> str:
    return "has changed since" if before == now else f"is not that of {before}, as it was tried"


# --- what is in chartpress.yaml --------------------------------------------------------------


def _arguments(tried: Image, production: Image) -> Iterator[str]:
    before, now = _without_file(tried), _without_file(production)
    for name in sorted({*before, *now}):
        was, will = before.get(name), now.get(name)
        if was != will:
            yield f"The build argument {name} was {_shown(was)}, and is {_shown(will)} now."
        elif will and _is_template(will):
            yield f"The build argument {name} is {_shown(will)}, which every build fills in anew."


def _without_file(image: Image) -> dict[str, str]:
    """Return the build arguments but for the name of the requirements file, compared elsewhere."""
    named = image.requirements_argument if pins.files(image) else None
    return {name: v for name, v in image.build_args.items() if not named or name != named[0]}


def _options(tried: Image, production: Image) -> Iterator[str]:
    before, now = tried.build_options, production.build_options
    if before != now:
        was, will = _shown(" ".join(before) or None), _shown(" ".join(now) or None)
        yield f"extraBuildCommandOptions was {was}, and is {will} now."
    elif any(_is_template(option) for option in now):
        will = _shown(" ".join(now))
        yield f"extraBuildCommandOptions is {will}, which every build fills in anew."


def _is_template(text: str) -> bool:
    """Whether chartpress fills something in, such as {TAG} or {LAST_COMMIT}."""
    try:
        return any(field is not None for _, field, _, _ in string.Formatter().parse(text))
    except ValueError:
        return True


def _shown(text: str | None) -> str:
    if text is None:
        return "not given"
    return f"`{redact(text)}`" if text else "empty"


def _other_images(image: Image) -> Iterator[str]:
    for name in image.recipe.images:
        if name not in (image.recipe.base, "scratch") and "@sha256:" not in name:
            yield (
                f"The Dockerfile also takes files from {name}, and whether that still is the image "
                "that it was cannot be told."
            )

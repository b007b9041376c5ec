"""What a hub image's Dockerfile says: its base image, and the requirements files it installs."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import join, normpath

from hubimages.dockerfile import Instruction, expand, instructions

_COMMANDS = re.compile(r"&&|\|\||[;|\n]")
_FLAG = re.compile(r"^--(?P<name>[a-z-]+)(?:=(?P<value>\S*))?$")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is read from a Dockerfile, build arguments applied."""

    base: str | None  # as docker would pull it; None where the Dockerfile has no FROM
    base_line: int
    base_written: str  # as it stands in the file, before build arguments
    _stages: tuple[_Stage, ...]  # those that the image is made of, the first of them first
    _arguments: Mapping[str, str]  # declared before the first FROM
    _build_args: Mapping[str, str]

    def requirements(self, exists: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the requirements files in the order of installation, below the build context.

        exists tells whether a path below the build context is there.
        """
        found = _requirements(self._stages, self._arguments, self._build_args, exists)
        return tuple(dict.fromkeys(found))


@dataclass
class _Stage:
    name: str
    base: str
    written: str
    line: int
    body: list[Instruction] = field(default_factory=list)


def read(text: str, build_args: Mapping[str, str]) -> Recipe:
    """Read a Dockerfile, with the build arguments that chartpress.yaml gives it."""
    arguments: dict[str, str] = {}
    stages: list[_Stage] = []
    for step in instructions(text):
        if step.name == "FROM":
            stages.append(_stage(step, arguments))
        elif stages:
            stages[-1].body.append(step)
        elif step.name == "ARG":
            arguments |= _argument(step.value, arguments, {}, build_args)
    chain = _chain(stages) if stages else []
    first = chain[0] if chain else None
    return Recipe(
        base=first.base if first else None,
        base_line=first.line if first else 1,
        base_written=first.written if first else "",
        _stages=tuple(chain),
        _arguments=arguments,
        _build_args=build_args,
    )


def _stage(step: Instruction, arguments: Mapping[str, str]) -> _Stage:
    words = [word for word in step.value.split() if not word.startswith("--")]
    written = words[0] if words else ""
    name = words[2] if len(words) > 2 and words[1].upper() == "AS" else ""
    return _Stage(
        name=name.lower(), base=expand(written, arguments), written=written, line=step.line
    )


def _chain(stages: list[_Stage]) -> list[_Stage]:
    """Return the stages that the last one is built on, the first of them first."""
    chain = [stages[-1]]
    earlier = stages[:-1]
    while earlier:
        parent = next(
            (s for s in reversed(earlier) if s.name and s.name == chain[0].base.lower()), None
        )
        if parent is None:
            break
        earlier = earlier[: earlier.index(parent)]
        chain.insert(0, parent)
    return chain


def _argument(
    value: str, known: Mapping[str, str], outer: Mapping[str, str], build_args: Mapping[str, str]
) -> dict[str, str]:
    """Return what ARG NAME or NAME=default declares: --build-arg wins, then default, then outer."""
    found: dict[str, str] = {}
    for word in _words(value):
        name, has_default, default = word.partition("=")
        if name in build_args:
            found[name] = build_args[name]
        elif has_default:
            found[name] = expand(default, {**known, **found})
        elif name in outer:
            found[name] = outer[name]
    return found


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an open quote: docker would refuse the file, there is nothing to find
        return text.split()


@dataclass
class _Image:
    """The state of an image while its instructions are followed."""

    exists: Callable[[str], bool]
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    copies: list[tuple[str, str]] = field(default_factory=list)  # (in the context, in the image)

    def origin(self, path: str, mounts: list[tuple[str, str]]) -> str | None:
        """Return which file of the context stands at a path of the image, or None."""
        for source, target in reversed(self.copies + mounts):
            for candidate in _candidates(path, source, target):
                if self.exists(candidate):
                    return candidate
        return None


def _candidates(path: str, source: str, target: str) -> Iterator[str]:
    """Yield what path could be, if source was copied to target: the file, or below the folder."""
    source = source.lstrip("/")
    if path == target:
        yield normpath(source or ".")
    if path.startswith(target.rstrip("/") + "/"):
        below = path[len(target.rstrip("/")) + 1 :]
        name = PurePosixPath(source).name
        if below == name or (set(name) & set("*?[") and fnmatch.fnmatchcase(below, name)):
            yield normpath(join(str(PurePosixPath(source).parent), below))
        yield normpath(join(source, below))


def _requirements(
    chain: Sequence[_Stage],
    arguments: Mapping[str, str],
    build_args: Mapping[str, str],
    exists: Callable[[str], bool],
) -> Iterator[str]:
    image = _Image(exists=exists)
    for stage in chain:
        declared: dict[str, str] = {}  # an ARG ends with its stage, an ENV does not
        for step in stage.body:
            scope = {**declared, **image.variables}
            match step.name:
                case "ARG":
                    declared |= _argument(step.value, scope, arguments, build_args)
                case "ENV":
                    image.variables |= _environment(step.value, scope)
                case "WORKDIR":
                    image.folder = normpath(join(image.folder, expand(step.value, scope)))
                case "COPY" | "ADD":
                    image.copies += _copies(expand(step.value, scope), image.folder)
                case "RUN":
                    yield from _installed(step, image, scope)
                case _:
                    pass


def _environment(value: str, scope: Mapping[str, str]) -> dict[str, str]:
    if "=" not in value.split(" ", 1)[0]:  # the old form: ENV NAME rest of the line
        name, _, rest = value.partition(" ")
        return {name: expand(rest.strip(), scope)}
    pairs = (word.partition("=") for word in _words(value))
    return {name: expand(text, scope) for name, _, text in pairs}


def _split_flags(value: str) -> tuple[list[tuple[str, str]], str]:
    """Split `--flag=value` words off the front of an instruction."""
    flags: list[tuple[str, str]] = []
    while found := _FLAG.match(value.split(" ", 1)[0]):
        flags.append((found["name"], found["value"] or ""))
        value = value.partition(" ")[2].lstrip()
    return flags, value


def _exec_form(value: str) -> list[str] | None:
    """Return the words of the JSON form, or None where it is the shell form."""
    if not value.startswith("["):
        return None
    try:
        words = json.loads(value)
    except ValueError:
        return None
    return [str(word) for word in words] if isinstance(words, list) else None


def _copies(value: str, folder: str) -> list[tuple[str, str]]:
    flags, rest = _split_flags(value)
    if any(name == "from" for name, _ in flags):
        return []
    words = _exec_form(rest) or _words(rest)
    if len(words) < 2:
        return []
    target = normpath(join(folder, words[-1]))
    return [(source, target) for source in words[:-1]]


def _installed(step: Instruction, image: _Image, scope: Mapping[str, str]) -> Iterator[str]:
    """Yield the context files that a RUN hands to pip (or uv) as requirements."""
    flags, rest = _split_flags(step.value)
    mounts = [
        mount for name, text in flags if name == "mount" for mount in _mount(expand(text, scope))
    ]
    words = _exec_form(rest)
    script = "\n".join((shlex.join(words) if words else rest, *step.heredocs))
    folder = image.folder
    for command in _COMMANDS.split(script):
        words = _words(expand(command, scope))
        if words[:1] == ["cd"] and len(words) > 1:
            folder = normpath(join(folder, words[1]))
        for path in _requirement_flags(words):
            if origin := image.origin(normpath(join(folder, path)), mounts):
                yield origin


def _mount(text: str) -> list[tuple[str, str]]:
    """Return what --mount=type=bind,source=S,target=T shows in the image."""
    options = dict(part.partition("=")[::2] for part in text.split(","))
    if options.get("type", "bind") != "bind" or "from" in options:
        return []
    source = options.get("source", options.get("src", "."))
    target = options.get("target", options.get("dst", options.get("destination", "")))
    return [(source, normpath(target))] if target else []


def _requirement_flags(words: list[str]) -> Iterator[str]:
    if "install" not in words or not any(
        PurePosixPath(w).name.startswith(("pip", "uv")) for w in words
    ):
        return
    following = iter(words)
    for word in following:
        if word in {"-r", "--requirement", "--requirements"}:
            yield next(following, "")
        elif word.startswith("--requirement="):
            yield word.partition("=")[2]
        elif word.startswith("-r") and not word.startswith("--") and len(word) > 2:
            yield word[2:].lstrip("=")

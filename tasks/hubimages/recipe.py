"""What a hub image's Dockerfile says: its base image, and the requirements files it installs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import normpath
from typing import TypeAlias

from hubimages.contents import Contents, Shown, exec_form, mount_options, split_flags, split_words
from hubimages.dockerfile import Instruction, expand, instructions
from hubimages.installs import is_made, requirements_files

_Followed: TypeAlias = tuple[Instruction, Contents, Mapping[str, str]]
"""An instruction, the image as it then is, and the variables that hold there."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is read from a Dockerfile, build arguments applied."""

    base: str | None  # as docker would pull it; None where the Dockerfile has no FROM
    base_line: int
    base_written: str  # as it stands in the file, before build arguments
    _stages: tuple[_Stage, ...]  # those that the image is made of, in the order of the file
    _arguments: Mapping[str, str]  # declared before the first FROM
    _build_args: Mapping[str, str]

    def requirements(self, exists: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the requirements files in the order of installation, below the build context.

        exists tells whether a path below the build context is there.
        """
        found = (image.origin(path, mounts) for path, image, mounts, _ in self._installed(exists))
        return tuple(dict.fromkeys(path for path in found if path))

    def missing(self, exists: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the requirements files that it installs and the build context does not have.

        What a RUN may have made, since it names the file before pip does, is none of them.
        """
        found = (
            image.missing(path, mounts)
            for path, image, mounts, ran in self._installed(exists)
            if not is_made(path, ran)
        )
        return tuple(dict.fromkeys(path for path in found if path))

    @property
    def sources(self) -> tuple[str, ...]:
        """What of the build context goes in, or is shown to a RUN: paths and patterns below it."""
        found: list[str] = []
        for step, image, scope in self._followed(lambda _: False):
            shown = _mounts(step, image, scope) if step.name == "RUN" else image.copies
            found += [normpath(f"/{source}").lstrip("/") or "." for source, _ in shown]
        return tuple(dict.fromkeys(found))

    @property
    def images(self) -> tuple[str, ...]:
        """All the images that this one is made from: its base, and those that files come from."""
        return tuple(dict.fromkeys(_outside(self._stages)))

    def _installed(
        self, exists: Callable[[str], bool]
    ) -> Iterator[tuple[str, Contents, list[Shown], str]]:
        """Yield each file that pip (or uv) gets: its absolute path, the image, mounts, what ran."""
        ran: list[str] = []
        for step, image, scope in self._followed(exists):
            if step.name == "RUN":
                mounts = _mounts(step, image, scope)
                script = _script(step, scope)
                ran.append(script if isinstance(script, str) else " ".join(script))
                for path in requirements_files(script, image.folder):
                    yield path, image, mounts, "\n".join(ran)

    def _followed(self, exists: Callable[[str], bool]) -> Iterator[_Followed]:
        return _followed(self._stages, self._arguments, self._build_args, exists)


@dataclass(eq=False)
class _Stage:
    name: str
    base: str
    written: str
    line: int
    parent: _Stage | None
    body: list[Instruction] = field(default_factory=list)


def read(text: str, build_args: Mapping[str, str]) -> Recipe:
    """Read a Dockerfile, with the build arguments that chartpress.yaml gives it."""
    arguments: dict[str, str] = {}
    stages: list[_Stage] = []
    for step in instructions(text):
        if step.name == "FROM":
            stages.append(_stage(step, arguments, stages))
        elif stages:
            stages[-1].body.append(step)
        elif step.name == "ARG":
            arguments |= _argument(step.value, arguments, {}, build_args)
    first = _first(stages[-1]) if stages else None
    return Recipe(
        base=first.base if first else None,
        base_line=first.line if first else 1,
        base_written=first.written if first else "",
        _stages=_used(stages),
        _arguments=arguments,
        _build_args=build_args,
    )


# --- stages --------------------------------------------------------------------------------


def _stage(step: Instruction, arguments: Mapping[str, str], earlier: Sequence[_Stage]) -> _Stage:
    words = [word for word in step.value.split() if not word.startswith("--")]
    written = words[0] if words else ""
    base = expand(written, arguments)
    return _Stage(
        name=words[2].lower() if len(words) > 2 and words[1].upper() == "AS" else "",
        base=base,
        written=written,
        line=step.line,
        parent=_named(earlier, base),
    )


def _named(stages: Sequence[_Stage], name: str) -> _Stage | None:
    return next((s for s in reversed(stages) if s.name and s.name == name.lower()), None)


def _first(stage: _Stage) -> _Stage:
    """Return the stage that begins with an image, following what this one is built on."""
    while stage.parent:
        stage = stage.parent
    return stage


def _used(stages: Sequence[_Stage]) -> tuple[_Stage, ...]:
    """Return the stages that the last one is built on or takes files from, in their order."""
    used: set[_Stage] = set()
    left = list(stages[-1:])
    while left:
        stage = left.pop()
        if stage not in used:
            used.add(stage)
            earlier = stages[: stages.index(stage)]
            left += [s for s in (stage.parent, *_sources(stage, earlier)) if s]
    return tuple(stage for stage in stages if stage in used)


def _sources(stage: _Stage, earlier: Sequence[_Stage]) -> Iterator[_Stage | None]:
    """Yield the stages that COPY --from and RUN --mount=from name, by name or by number."""
    for name in _sources_written(stage):
        by_number = name.isdecimal() and int(name) < len(earlier)
        yield earlier[int(name)] if by_number else _named(earlier, name)


def _sources_written(stage: _Stage) -> Iterator[str]:
    """Yield what COPY --from and RUN --mount=from name: stages and images."""
    for step in stage.body:
        for flag, value in split_flags(step.value)[0]:
            name = mount_options(value).get("from", "") if flag == "mount" else value
            if flag in {"from", "mount"} and name:
                yield name


def _outside(stages: Sequence[_Stage]) -> Iterator[str]:
    for stage in stages:
        if stage.parent is None:
            yield stage.base
        for name in _sources_written(stage):
            if not name.isdecimal() and not _named(stages, name):
                yield name


# --- following the instructions ------------------------------------------------------------


def _followed(
    stages: Sequence[_Stage],
    arguments: Mapping[str, str],
    build_args: Mapping[str, str],
    exists: Callable[[str], bool],
) -> Iterator[_Followed]:
    images: dict[_Stage, Contents] = {}
    for stage in stages:
        image = images[stage.parent].child() if stage.parent else Contents(exists)
        images[stage] = image
        declared: dict[str, str] = {}  # an ARG ends with its stage, an ENV does not
        for step in stage.body:
            scope = {**declared, **image.variables}
            match step.name:
                case "ARG":
                    declared |= _argument(step.value, scope, arguments, build_args)
                case "ENV":
                    image.variables |= _environment(step.value, scope)
                case "WORKDIR":
                    image.enter(expand(step.value, scope))
                case "COPY" | "ADD":
                    image.copy(expand(step.value, scope))
                case _:
                    pass
            yield step, image, scope


def _script(step: Instruction, scope: Mapping[str, str]) -> str | list[str]:
    """Return what a RUN runs: a shell script, or the words of one command."""
    rest = split_flags(step.value)[1]
    return exec_form(rest) or expand("\n".join((rest, *step.heredocs)), scope)


def _mounts(step: Instruction, image: Contents, scope: Mapping[str, str]) -> list[Shown]:
    flags, _ = split_flags(step.value)
    return image.mounted([(name, expand(text, scope)) for name, text in flags])


def _argument(
    value: str, known: Mapping[str, str], outer: Mapping[str, str], build_args: Mapping[str, str]
) -> dict[str, str]:
    """Return what ARG NAME or NAME=default declares: --build-arg wins, then default, then outer."""
    found: dict[str, str] = {}
    for word in split_words(value):
        name, has_default, default = word.partition("=")
        if name in build_args:
            found[name] = build_args[name]
        elif has_default:
            found[name] = expand(default, {**known, **found})
        elif name in outer:
            found[name] = outer[name]
    return found


def _environment(value: str, scope: Mapping[str, str]) -> dict[str, str]:
    if "=" not in value.split(" ", 1)[0]:  # the old form: ENV NAME rest of the line
        name, _, rest = value.partition(" ")
        return {name: expand(rest.strip(), scope)}
    pairs = (word.partition("=") for word in split_words(value))
    return {name: expand(text, scope) for name, _, text in pairs}

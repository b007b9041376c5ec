"""What COPY, ADD and bind mounts put where in an image, to tell which file of the context a path is."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import join, normpath
from typing import TypeAlias

_FLAG = re.compile(r"^--(?P<name>[a-z-]+)(?:=(?P<value>\S*))?$")
Flags: TypeAlias = list[tuple[str, str]]
Shown: TypeAlias = tuple[str, str]
"""What is shown in an image: a path of the build context, and its absolute path in the image."""


@dataclass
class Contents:
    """An image while its instructions are followed; exists tells about paths of the context."""

    exists: Callable[[str], bool]
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    copies: list[Shown] = field(default_factory=list)

    def child(self) -> Contents:
        """Return what a stage that is built on this one begins with."""
        return Contents(self.exists, dict(self.variables), self.folder, list(self.copies))

    def enter(self, folder: str) -> None:
        """Follow WORKDIR."""
        self.folder = normpath(join(self.folder, folder))

    def copy(self, value: str) -> None:
        """Follow COPY or ADD; what comes from another stage is not of the context."""
        flags, rest = split_flags(value)
        words = exec_form(rest) or split_words(rest)
        if len(words) > 1 and not any(name == "from" for name, _ in flags):
            target = normpath(join(self.folder, words[-1]))
            self.copies += [(source, target) for source in words[:-1]]

    def mounted(self, flags: Flags) -> list[Shown]:
        """Return what a RUN's --mount=type=bind,source=S,target=T flags show."""
        options = [mount_options(text) for name, text in flags if name == "mount"]
        return [
            (found["source"], normpath(join(self.folder, found["target"])))
            for found in options
            if found["type"] == "bind" and "from" not in found and found["target"]
        ]

    def origin(self, path: str, mounts: list[Shown]) -> str | None:
        """Return which file of the context stands at an absolute path of the image, or None."""
        return next(filter(self.exists, self._could_be(path, mounts)), None)

    def missing(self, path: str, mounts: list[Shown]) -> str | None:
        """Return which file of the context was meant to stand there, and is not there; or None."""
        found = list(self._could_be(path, mounts))
        if any(map(self.exists, found)):
            return None
        return next((one for one in found if not self._is_below_a_file(one)), None)

    def _could_be(self, path: str, mounts: list[Shown]) -> Iterator[str]:
        for source, target in reversed(self.copies + mounts):
            yield from _candidates(path, source, target)

    def _is_below_a_file(self, path: str) -> bool:
        """Whether what holds a path is there and looks like a file, or an archive to unpack."""
        folder = str(PurePosixPath(path).parent)
        return bool(PurePosixPath(folder).suffix) and self.exists(folder)


def _candidates(path: str, source: str, target: str) -> Iterator[str]:
    """Yield what path could be, if source was copied to target: the file, or below the folder."""
    source = source.lstrip("/")
    if path == target and source:
        yield normpath(source)
    if path.startswith(target.rstrip("/") + "/"):
        below = path[len(target.rstrip("/")) + 1 :]
        name = PurePosixPath(source).name
        if below == name or (set(name) & set("*?[") and fnmatch.fnmatchcase(below, name)):
            yield normpath(join(str(PurePosixPath(source).parent), below))
        yield normpath(join(source, below))


def split_flags(value: str) -> tuple[Flags, str]:
    """Split `--flag=value` words off the front of an instruction."""
    flags: Flags = []
    while found := _FLAG.match(value.split(" ", 1)[0]):
        flags.append((found["name"], found["value"] or ""))
        value = value.partition(" ")[2].lstrip()
    return flags, value


def mount_options(text: str) -> dict[str, str]:
    """Return the options of a --mount under their long names; type, source and target are there."""
    long = {"src": "source", "dst": "target", "destination": "target"}
    found = {"type": "bind", "source": ".", "target": ""}
    for part in text.split(","):
        name, _, value = part.partition("=")
        found[long.get(name, name)] = value
    return found


def exec_form(value: str) -> list[str] | None:
    """Return the words of the JSON form, or None where it is the shell form."""
    if not value.startswith("["):
        return None
    try:
        words = json.loads(value)
    except ValueError:
        return None
    return [str(word) for word in words] if isinstance(words, list) else None


def split_words(text: str) -> list[str]:
    """Split at spaces, as a shell does."""
    try:
        return shlex.split(text)
    except ValueError:  # an open quote: docker would refuse the file, there is nothing to find
        return text.split()

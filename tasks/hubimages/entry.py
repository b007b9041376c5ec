"""A mapping of chartpress.yaml, read with every mistake named by file, line and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Any

from hubimages.errors import BadFile
from hubimages.yamlpath import Path, dotted


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The settings of one chart or image, as they stand in the file."""

    file: str
    text: str  # of the whole file
    at: Path  # where in it the settings stand
    options: Mapping[str, Any]

    def wrong(self, key: str, wanted: str, *, fix: str = "") -> BadFile:
        """Return the failure that says what a key has to be."""
        from hubimages import yamledit  # for this message alone; every command reads entries

        at = (*self.at, *key.split("."))
        try:
            line = yamledit.line_of(self.text, at) or yamledit.line_of(self.text, self.at)
        except yamledit.EditRefused:  # nothing that could be edited, so no lines are known
            line = None
        return BadFile(self.file, f"`{dotted(at)}` has to be {wanted}.", line=line, fix=fix)

    def word(self, key: str) -> str | None:
        """Return a text, or None where there is none."""
        value = self.options.get(key)
        if value is None or isinstance(value, str):
            return value or None
        raise self.wrong(key, "a text", fix=f'perhaps in quotes: {key}: "{value}"')

    def words(self, key: str) -> list[str]:
        """Return a list of texts, empty where there is none."""
        value = self.options.get(key) or []
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise self.wrong(key, "a list of texts")

    def mapping(self, key: str) -> dict[str, Any]:
        """Return a mapping, empty where there is none."""
        value = self.options.get(key) or {}
        if isinstance(value, dict) and all(isinstance(name, str) for name in value):
            return value
        raise self.wrong(key, "a mapping with texts as keys")

    def path(self, key: str, written: str) -> str:
        """Return a path that is written relative to the file's folder, relative to the root."""
        path = normpath(join(dirname(self.file), written))
        if written.startswith(("/", ":")) or path.split("/")[0] == "..":
            raise self.wrong(key, f"a path inside of the repository, and {written!r} is none")
        return path

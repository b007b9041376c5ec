"""What a package's own files say of its name, without running any of them."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Callable, Iterable

from packaging.utils import InvalidName, canonicalize_name

BUILD_FILES = ("pyproject.toml", "setup.py")  # pip installs a folder that has one of these

_SETUP_NAME = re.compile(r"""\bname\s*=\s*["']([^"']+)["']""")


def folders_with_package(files: Iterable[str]) -> list[str]:
    """Return the folders, at most three deep, that pip could install; not the top."""
    found = {path.rpartition("/")[0] for path in files if path.rpartition("/")[2] in BUILD_FILES}
    return sorted(folder for folder in found if folder and folder.count("/") < 3)


def declared_name(read: Callable[[str], str | None]) -> str | None:
    """Return the canonical name that a folder's files declare, or None where none does plainly.

    read returns a file's text by name, or None where it is not there.
    """
    readers = (
        ("pyproject.toml", _in_pyproject),
        ("setup.cfg", _in_setup_cfg),
        ("setup.py", _in_setup_py),
    )
    for file, name_in in readers:
        text = read(file)
        name = name_in(text) if text is not None else None
        if name:
            return _canonical(name)
    return None


def _in_pyproject(text: str) -> str | None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    tool = data.get("tool")
    tables = (data.get("project"), tool.get("poetry") if isinstance(tool, dict) else None)
    names = (table.get("name") for table in tables if isinstance(table, dict))
    return next((name for name in names if isinstance(name, str)), None)


def _in_setup_cfg(text: str) -> str | None:
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read_string(text)
    except configparser.Error:
        return None
    return config.get("metadata", "name", fallback=None)


def _in_setup_py(text: str) -> str | None:
    """Return the name if the file writes just one; extensions may have names of their own."""
    names = set(_SETUP_NAME.findall(text))
    return names.pop() if len(names) == 1 else None


def _canonical(name: str) -> str | None:
    try:
        return canonicalize_name(name, validate=True)
    except InvalidName:
        return None

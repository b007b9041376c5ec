"""Which requirements files a shell script hands to pip or uv."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from posixpath import join, normpath

_OPERATORS = ";&|()\n"
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_SHELLS = {"sh", "bash", "dash", "zsh", "su"}
_SUBCOMMANDS = {"install", "wheel", "download"}
_SCRIPT_FLAG = re.compile(r"-[a-z]*c")


def requirements_files(script: str | Sequence[str], folder: str) -> Iterator[str]:
    """Yield the files' absolute paths in the order of installation.

    script is a shell script, or the words of a single command; folder is where it starts.
    """
    for words in _commands(script) if isinstance(script, str) else [script]:
        if words[:1] == ["cd"] and len(words) > 1:
            folder = normpath(join(folder, words[1]))
        elif (inner := _inner_script(words)) is not None:
            yield from requirements_files(inner, folder)
        else:
            yield from (normpath(join(folder, path)) for path in _files(words))


def is_made(path: str, script: str) -> bool:
    """Whether a script names a file before it hands it to pip, as where it writes the file."""
    words = script.replace('"', " ").replace("'", " ").split()
    name = PurePosixPath(path).name
    first = next((at for at, word in enumerate(words) if name in word), None)
    if first is None:
        return False
    given = words[max(0, first - 1) : first + 1]
    return not any(word.startswith(("-r", "--requirement")) for word in given)


def _commands(script: str) -> Iterator[list[str]]:
    """Yield the words of each command, quotes taken off."""
    lexer = shlex.shlex(
        _COMMENT.sub("", script).replace("\\\n", " "), posix=True, punctuation_chars=_OPERATORS
    )
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        for word in lexer:
            if set(word) <= set(_OPERATORS):
                yield words
                words = []
            else:
                words.append(word)
    except ValueError:  # an open quote: the shell would refuse it
        return
    yield words


def _inner_script(words: Sequence[str]) -> str | None:
    """Return the script in `sh -c SCRIPT`, or None for any other command."""
    for at, word in enumerate(words[:-1]):
        if _SCRIPT_FLAG.fullmatch(word):
            before = {PurePosixPath(name).name for name in words[:at]}
            return words[at + 1] if before & _SHELLS else None
    return None


def _files(words: Sequence[str]) -> Iterator[str]:
    names = {PurePosixPath(word).name for word in words}
    if not _SUBCOMMANDS & names or not any(name.startswith(("pip", "uv")) for name in names):
        return
    following = iter(words)
    for word in following:
        if word in {"-r", "--requirement", "--requirements"}:
            yield from (path for path in [next(following, "")] if path)
        elif word.startswith(("--requirement=", "--requirements=")):
            yield word.partition("=")[2]
        elif word.startswith("-r") and len(word) > 2:
            yield word[2:].lstrip("=")

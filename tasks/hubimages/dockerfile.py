"""The instructions of a Dockerfile, with their lines.

Only as much of BuildKit's grammar as decides where an instruction begins and ends:
continuations, the escape directive, comments between continued lines, here-documents.
https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|\S)+""")
_HEREDOC = re.compile(r"""\d*<<(?P<strip>-?)(?P<quote>["']?)(?P<end>[^<"'\s]+)(?P=quote)""")
_ESCAPE = re.compile(r"^#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"^#\s*\w+\s*=")
_VARIABLE = re.compile(
    r"\\\$|\$(?:\{(?P<braced>\w+)(?:(?P<op>:?[-+])(?P<word>(?:[^{}]|\{[^{}]*\})*))?\}|(?P<plain>\w+))"
)


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction: its name in capitals, its value on one line, its here-documents."""

    name: str
    value: str
    heredocs: tuple[str, ...]
    line: int  # of its first line, counted from 1
    end_line: int  # of the last line of the value, before any here-document


def instructions(text: str) -> tuple[Instruction, ...]:
    """Return the instructions of a Dockerfile in order."""
    # not splitlines(), which ends lines where docker does not
    lines = text.removeprefix("\ufeff").removesuffix("\n").split("\n")
    return tuple(_instructions([line.rstrip("\r") for line in lines]))


def _instructions(lines: list[str]) -> Iterator[Instruction]:
    escape = _escape(lines)
    at = 0
    while at < len(lines):
        first = at
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            at += 1
            continue
        words, at = _logical_line(lines, at, escape)
        end_line = at
        name, _, value = words.strip().partition(" ")
        bodies: list[str] = []
        if name.upper() in {"RUN", "COPY", "ADD"}:
            for found in map(_HEREDOC.fullmatch, _WORD.findall(value)):
                if found:
                    body, at = _heredoc(lines, at, found["end"], strip=bool(found["strip"]))
                    bodies.append(body)
        yield Instruction(
            name=name.upper(),
            value=value.strip(),
            heredocs=tuple(bodies),
            line=first + 1,
            end_line=end_line,
        )


def _escape(lines: list[str]) -> str:
    """Return the escape character; directives stand before anything else."""
    for line in lines:
        if found := _ESCAPE.match(line):
            return found[1]
        if not _DIRECTIVE.match(line):
            break
    return "\\"


def _logical_line(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """Join a line with its continuations; comments and blank lines between them do not count."""
    continued = re.compile(rf"(?:^|[^{re.escape(escape)}])({re.escape(escape)}[ \t]*)$")
    parts: list[str] = []
    while at < len(lines):
        line = lines[at]
        at += 1
        if parts and (not line.strip() or line.lstrip().startswith("#")):
            continue
        found = continued.search(line)
        parts.append(line[: found.start(1)] if found else line)
        if not found:
            break
    return re.sub(r"\s", " ", "".join(parts)), at


def _heredoc(lines: list[str], at: int, end: str, *, strip: bool) -> tuple[str, int]:
    body: list[str] = []
    while at < len(lines):
        line = lines[at].lstrip("\t") if strip else lines[at]
        at += 1
        if line == end:
            break
        body.append(line)
    return "\n".join(body), at


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace $NAME, ${NAME}, ${NAME:-word} and ${NAME:+word}; unknown names become empty."""

    def value(found: re.Match[str]) -> str:
        if found[0] == r"\$":
            return "$"
        held = variables.get(found["braced"] or found["plain"])
        if not found["op"]:
            return held or ""
        word = expand(found["word"], variables)
        is_set = bool(held) if found["op"].startswith(":") else held is not None
        if found["op"].endswith("-"):
            return held or "" if is_set else word
        return word if is_set else ""

    return _VARIABLE.sub(value, text)

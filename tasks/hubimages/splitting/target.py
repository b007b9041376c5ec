"""Whether the target is empty: three answers, and only one of them lets a push go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from hubimages.errors import Failure
from hubimages.sources.remote import Remote
from hubimages.splitting.failures import NotEmpty, NotKnown


@dataclass(frozen=True)
class Empty:
    """It is there, and has no refs."""


@dataclass(frozen=True)
class Filled:
    """It has refs: the commit of each by full name."""

    refs: Mapping[str, str]


@dataclass(frozen=True)
class Unknown:
    """It could not be asked."""

    failure: Failure


Answer: TypeAlias = Empty | Filled | Unknown


def look(remote: Remote) -> Answer:
    """Ask the target what it has."""
    try:
        refs = remote.tips().commits
    except Failure as failure:
        return Unknown(failure)
    return Filled(refs) if refs else Empty()


def has(answer: Answer, branch: str, commit: str) -> bool:
    """Whether the target is known to have this branch at this commit, and nothing else."""
    if not isinstance(answer, Filled):
        return False
    named = {name: at for name, at in answer.refs.items() if name != "HEAD"}
    return named == {f"refs/heads/{branch}": commit}


def must_be_empty(url: str, answer: Answer) -> None:
    """Raise NotEmpty or NotKnown unless the target is known to be empty."""
    match answer:
        case Empty():
            return
        case Filled(refs):
            raise NotEmpty(url, sorted(name for name in refs if name != "HEAD"))
        case Unknown(failure):
            raise NotKnown(url, failure)
        case _:
            assert_never(answer)

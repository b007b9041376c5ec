"""What the scripts in an image's containers reported, read with care: the image may print anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubimages.engine import State
from hubimages.userimages.findings import plain, tail


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What inside.py found in an image, as uid 1000 and without a volume over the home folder."""

    python: str
    account: str | None  # the name of uid 1000
    default_uid: int | None  # None where the default user has no number
    command: str | None
    closed: str | None
    version: str | None
    path: str
    home: str
    hidden: tuple[str, ...]  # the first names in the home folder
    traces: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server said to one request; status is None without an answer, and why says so."""

    status: int | None = None
    leads: str = ""
    version: str | None = None
    path: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Served:
    """What became of the server; answers are None where it never came to them."""

    seconds: float | None = None
    home: str = ""
    home_error: str | None = None  # None also where it could not be tried; see tried_home
    tried_home: bool = False
    front: Answer | None = None
    page: Answer | None = None  # what its owner comes to from there
    guest: Answer | None = None
    owner: Answer | None = None
    root: Answer | None = None
    ended: State | None = None  # where it ended by itself
    log: str = ""


def last_json(log: str, key: str) -> dict[str, Any] | None:
    """Return the last line that is a JSON object with a key; an image prints what it likes."""
    for line in reversed(log.splitlines()):
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict) and key in found:
                return found
    return None


def read_facts(said: Mapping[str, Any]) -> Facts:
    account, default = _mapping(said, "account"), _mapping(said, "default")
    uid = default.get("uid")
    return Facts(
        python=_text(said, "python") or "",
        account=_text(account, "name"),
        default_uid=uid if isinstance(uid, int) else None,
        command=_text(said, "command"),
        closed=_text(said, "closed"),
        version=_text(said, "version"),
        path=_text(said, "path") or "",
        home=_text(said, "home") or "",
        hidden=_texts(said, "hidden"),
        traces=_texts(said, "traces"),
    )


def read_served(standin: str, ended: State | None, log: str) -> Served:
    home = _mapping(last_json(standin, "home") or {}, "home")
    visit = last_json(standin, "front") or {}
    seconds = visit.get("seconds")
    return Served(
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        home=_text(home, "path") or "",
        home_error=_text(home, "error"),
        tried_home=bool(home),
        front=_answer(visit, "front"),
        page=_answer(visit, "page"),
        guest=_answer(visit, "guest"),
        owner=_answer(visit, "owner"),
        root=_answer(visit, "root"),
        ended=ended,
        log=tail(log),
    )


def _answer(said: Mapping[str, Any], key: str) -> Answer | None:
    found = _mapping(said, key)
    status = found.get("status")
    if not found:
        return None
    return Answer(
        status=status if isinstance(status, int) else None,
        leads=_text(found, "leads") or "",
        version=_text(found, "version"),
        path=_text(found, "path") or "",
        why=_text(found, "why") or "",
    )


def _mapping(said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = said.get(key)
    return found if isinstance(found, dict) else {}


def _text(said: Mapping[str, Any], key: str) -> str | None:
    found = said.get(key)
    return plain(found) if isinstance(found, str) else None


def _texts(said: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = said.get(key)
    return tuple(plain(x) for x in found if isinstance(x, str)) if isinstance(found, list) else ()

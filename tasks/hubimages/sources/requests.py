"""What a person may type for a package, read without asking anybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from hubimages.sources.errors import BadRequirement, CredentialsInUrl
from hubimages.sources.location import Location
from hubimages.sources.pin import Pin, read_pin

Kind = Literal["default", "name", "tree", "tag", "pull"]

_SHORT = re.compile(
    r"(?P<repo>[a-z\d][a-z\d-]*/[\w.-]+?)(?:\.git)?/?(?P<ref>@[^#\s]*)?(?P<fragment>#\S*)?",
    re.IGNORECASE | re.ASCII,
)
_ADDRESS = re.compile(
    r"(?P<repo>/[^/]+/[^/@]+)/(?P<kind>commits?|tree|releases/tag|pull)/(?P<ref>.+)"
)
_PULL = re.compile(r"(?P<number>\d+)(?:/commits/(?P<commit>[0-9a-f]+)|/.*)?", re.IGNORECASE)
_USERINFO = re.compile(
    r"(?:https?|git|file)://[^/?#\s]*@|ssh://[^/?#\s@]*:[^/?#\s]*@", re.IGNORECASE
)
_GITHUB = {"github.com", "www.github.com"}


@dataclass(frozen=True)
class Released:
    """A released version; row is the line for the requirements file."""

    row: str
    package: str
    version: str


@dataclass(frozen=True, kw_only=True)
class GitRequest:
    """Code in a git repository, of which the commit is still to be found.

    url is what git is asked and what is written; fragment (`subdirectory=…&egg=…`) is kept as
    given. ref is a branch, tag, commit or full ref name for the kind `name`, a ref with a folder
    behind it for `tree`, a tag's name for `tag`, a number for `pull`, empty for `default`.
    """

    url: str
    kind: Kind = "default"
    ref: str = ""
    fragment: str = ""
    name: str | None = None
    extras: tuple[str, ...] = ()
    marker: str | None = None

    @property
    def location(self) -> Location:
        """The repository, and the folder in it."""
        return Location(self.url, None, self.fragment)


def parse_requirement(text: str) -> Released | GitRequest:
    """Read what a person typed; see errors.SHAPES for what is understood.

    Raises BadRequirement, and CredentialsInUrl rather than repeat a secret.
    """
    text = text.strip()
    if _USERINFO.search(text):
        raise CredentialsInUrl
    if not text.isprintable():
        raise BadRequirement(text, "it has a line break or control character in it")
    if text.lower().startswith(tuple(f"{host}/" for host in _GITHUB)):
        text = f"https://{text}"
    if short := _SHORT.fullmatch(text):
        return _at(Location(f"https://github.com/{short['repo']}", *_short_ref(short)), text)
    if text.startswith(("http://", "https://")):
        return _address(text)
    if at := Location.parse(text):
        return _at(at, text)
    return _named(text)


def _short_ref(short: re.Match[str]) -> tuple[str | None, str]:
    ref = short["ref"]
    return (None if ref is None else ref[1:]), (short["fragment"] or "").removeprefix("#")


def _at(at: Location, text: str, pin: Pin | None = None) -> GitRequest:
    if at.ref == "":
        raise BadRequirement(text, "nothing follows the @")
    if at.fragment and not (at.subdirectory or at.egg):
        raise BadRequirement(text, "after the # stands neither subdirectory= nor egg=")
    pin = pin or read_pin(f"git+{at.url}#{at.fragment}")  # for the name that egg= gives
    return GitRequest(
        url=at.url,
        kind="name" if at.ref else "default",
        ref=at.ref or "",
        fragment=at.fragment,
        name=pin.name if pin else None,
        extras=pin.extras if pin else (),
        marker=pin.marker if pin else None,
    )


def _address(text: str) -> GitRequest:
    """Read an address from a browser, or a git URL without `git+`."""
    parts = urlsplit(text)
    found = _ADDRESS.fullmatch(parts.path.rstrip("/"))
    # What a browser adds, such as ?tab=readme or #issuecomment-1, says nothing about the code.
    fragment = parts.fragment if re.search(r"(^|&)(subdirectory|egg)=", parts.fragment) else ""
    at = Location.parse(f"{parts.scheme}://{parts.netloc}{found['repo'] if found else parts.path}")
    if not at:
        raise BadRequirement(text, "its host or path cannot be read")
    at = Location(at.url, at.ref, fragment)
    if not found:
        return _plain(at, text)
    kind, ref = _wanted(found["kind"], unquote(found["ref"]), text)
    return GitRequest(url=at.url, kind=kind, ref=ref, fragment=fragment)


def _plain(at: Location, text: str) -> GitRequest:
    parts = urlsplit(at.url)
    if parts.hostname in _GITHUB and parts.path.count("/") != 2:
        raise BadRequirement(text, "it is no commit, branch, tag or pull request on GitHub")
    return _at(at, text)


def _wanted(kind: str, ref: str, text: str) -> tuple[Kind, str]:
    if kind != "pull":
        named: dict[str, Kind] = {"tree": "tree", "releases/tag": "tag"}
        return named.get(kind, "name"), ref
    pull = _PULL.fullmatch(ref)
    if not pull:
        raise BadRequirement(text, "a pull request has a number")
    return ("name", pull["commit"]) if pull["commit"] else ("pull", pull["number"])


def _named(text: str) -> Released | GitRequest:
    """Read `NAME @ git+…`, `git+… ; MARKER` or `NAME==VERSION`."""
    pin = read_pin(text)
    if not pin or pin.editable or pin.text != text:
        raise BadRequirement(text)
    if pin.url:
        source = Location.parse(re.split(r"\s*;\s+|\s+", text[text.index("git+") :])[0])
        assert source  # noqa: S101 - read_pin found it there
        return _at(source, text, pin)
    if pin.name and pin.version and " -" not in text and "===" not in text:
        return Released(text, pin.name, pin.version)
    why = (
        "only one full version, as in NAME==1.2.3, says what will be installed" if pin.name else ""
    )
    raise BadRequirement(text, why)

"""A pin: what one line of a requirements file asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from hubimages.sources.location import Location

_EDITABLE = re.compile(r"(?:-e\s*|--editable(?:\s+|=))(?=\S)")
_OPTIONS = re.compile(r"\s+-.*$", re.DOTALL)  # as in `name==1 --hash=sha256:…`
_MARKER = re.compile(r"\s*;\s+|\s+;")
_FULL_COMMIT = re.compile(r"[0-9a-fA-F]{40}")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One requirement of a requirements file; what the line does not say is None or empty.

    text is the requirement without its comment, continued lines joined; line and end_line
    count physical lines from 1; name is canonical; url is a git URL without `git+`, ref and
    fragment; commit is the ref as it stands, which need not be a commit.
    """

    text: str
    line: int = 1
    end_line: int = 1
    name: str | None = None
    url: str | None = None
    commit: str | None = None
    version: str | None = None
    extras: tuple[str, ...] = ()
    marker: str | None = None
    subdirectory: str = ""
    editable: bool = False

    @property
    def package(self) -> str:
        """The package's canonical name or, where the line has none, its repository's."""
        if self.name:
            return self.name
        return canonicalize_name(Location(self.url).basename) if self.url else self.text

    @property
    def is_full_commit(self) -> bool:
        """Whether the ref is a commit that no other commit can be mistaken for."""
        return bool(self.commit and _FULL_COMMIT.fullmatch(self.commit))

    def same_package(self, other: Pin) -> bool:
        """Whether pip would install both under one name, as far as the two lines tell.

        One repository can hold several packages, so pins of different subdirectories are
        taken for different ones unless both lines have a name.
        """
        if self._place and self._place == other._place:
            return True
        if self.name and other.name:
            return self.name == other.name
        if self.url and other.url:
            forks = Location(self.url).basename == Location(other.url).basename
            return self.subdirectory == other.subdirectory and (
                forks or self.package == other.package
            )
        return self.package == other.package

    def is_called(self, name: str) -> bool:
        """Whether a person may mean this pin by a package, REPO or OWNER/REPO, or its text."""
        if self.text == name or self.package == canonicalize_name(name):
            return True
        if not self.url:
            return False
        wanted = name.strip("/").lower().removesuffix(".git")
        return f"/{Location(self.url).repository}".endswith(f"/{wanted}")

    @property
    def _place(self) -> tuple[str, str] | None:
        return (Location(self.url).repository, self.subdirectory) if self.url else None

    def says_the_same(self, other: Pin) -> bool:
        """Whether pip would install the same from both lines, however they are written."""
        return self._meaning == other._meaning

    def carrying(self, old: Pin) -> str:
        """Return this pin's row with the extras and the marker that only the old one has."""
        extras, marker = self.extras or old.extras, self.marker or old.marker
        if (extras, marker) == (self.extras, self.marker):
            return self.text
        name = self.name or old.name or ""
        if extras:
            name += f"[{','.join(extras)}]"
        wanted = _cut(self.text)[0]
        if self.url:
            url = wanted[wanted.index("git+") :]
            row = f"{name} @ {url}" if name else url
        else:
            row = f"{name}{Requirement(wanted).specifier}"
        return f"{row} ; {marker}" if marker else row

    @property
    def _meaning(self) -> tuple[object, ...]:
        commit = self.commit.lower() if self.is_full_commit and self.commit else self.commit
        what = (self.url, commit, self.subdirectory) if self.url else (self.name, self.version)
        rest = "" if self.url or self.version else self.text
        return (what, rest, self.extras, self.marker, self.editable)


def read_pin(text: str) -> Pin | None:
    """Read one requirement, already joined and without its comment; None for an option."""
    editable = _EDITABLE.match(text)
    wanted = _OPTIONS.sub("", text[editable.end() :] if editable else text)
    if not wanted or wanted.startswith("-"):
        return None
    pin = Pin(text=text, editable=bool(editable))
    url, marker = _cut(wanted)
    if url.startswith("git+") and (at := Location.parse(url)):
        return _placed(replace(_named(pin, _requirement(at.egg)), marker=marker), at)
    requirement = _requirement(wanted)
    if not requirement:
        return pin
    pin = replace(
        _named(pin, requirement),
        marker=str(requirement.marker) if requirement.marker else None,
        version=_version(requirement),
    )
    source = requirement.url or ""
    at = Location.parse(source) if source.startswith("git+") else None
    return _placed(pin, at) if at else pin


def _cut(wanted: str) -> tuple[str, str | None]:
    """Split at the semicolon before a marker, which in a URL needs a space beside it."""
    found = _MARKER.search(wanted)
    return (wanted[: found.start()], wanted[found.end() :]) if found else (wanted, None)


def _named(pin: Pin, requirement: Requirement | None) -> Pin:
    if not requirement:
        return pin
    extras = tuple(sorted(requirement.extras))
    return replace(pin, name=canonicalize_name(requirement.name), extras=extras)


def _placed(pin: Pin, at: Location) -> Pin:
    return replace(pin, url=at.url, commit=at.ref or None, subdirectory=at.subdirectory)


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _version(requirement: Requirement) -> str | None:
    """Return the version that `==` asks for; None for a range or `==1.*`."""
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator not in ("==", "==="):
        return None
    version = specifiers[0].version
    return None if version.endswith("*") else version

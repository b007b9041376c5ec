"""From a request to a pin: which commit, by asking the remote, and which package."""

from __future__ import annotations

import difflib
import posixpath
import re
from dataclasses import dataclass, replace
from typing import assert_never
from urllib.parse import quote

from hubimages.process import Runner
from hubimages.sources.errors import AmbiguousRef, CommitNotFound, NotAPackage, RefNotFound
from hubimages.sources.package import BUILD_FILES, declared_name, folders_with_package
from hubimages.sources.remote import Remote, Scratch, Tips
from hubimages.sources.requests import GitRequest, Released

_FULL = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_SHORT = re.compile(r"[0-9a-f]{7,39}", re.IGNORECASE)


@dataclass(frozen=True)
class Resolved:
    """A row for a requirements file, and what to tell the person about it.

    package is the canonical name, or the repository's where none is known; ref is what was
    asked for, in words; commit has 40 digits, and is None for a released version; notes say
    what could not be made sure of.
    """

    row: str
    package: str
    ref: str
    commit: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Target:
    """What to fetch: want is a full ref name or a commit; label says it to a person."""

    label: str
    want: str
    commit: str
    sure: bool = True  # that the remote has the commit


def resolve(request: Released | GitRequest, run: Runner) -> Resolved:
    """Return the pin that a request stands for; nothing but 40 digits is ever a commit.

    Raises the errors of hubimages.sources.errors. Asks the network, except for a released
    version.
    """
    if isinstance(request, Released):
        return Resolved(request.row, request.package, request.version, None)
    remote = Remote(request.url, run)
    tips = remote.tips()
    target, folder = _target(request, tips, remote)
    if folder and not request.location.subdirectory:
        added = f"subdirectory={quote(folder)}"
        joined = f"{request.fragment}&{added}" if request.fragment else added
        request = replace(request, fragment=joined)
    with remote.scratch() as scratch:
        commit = scratch.fetch(target.want)
        name = _name(scratch, commit, request) if commit else None
    notes = tuple(_notes(request, target, commit, name))
    known = request.name or name
    return Resolved(
        row=_row(request, known, commit or target.commit),
        package=known or request.location.basename,
        ref=target.label,
        commit=commit or target.commit,
        notes=notes,
    )


# --- which commit ----------------------------------------------------------------------------


def _target(request: GitRequest, tips: Tips, remote: Remote) -> tuple[_Target, str]:
    """Return what is asked for, and the folder that follows a branch in an address."""
    match request.kind:
        case "default":
            return _default(request.url, tips), ""
        case "name":
            return _named(request, tips, remote), ""
        case "tag":
            tag = _ref(tips, f"refs/tags/{request.ref}", request.ref)
            return tag or _missing(request.url, tips, f"tag {request.ref}", request.ref), ""
        case "pull":
            label = f"pull request {request.ref}"
            pull = _ref(tips, f"refs/pull/{request.ref}/head", label)
            return pull or _missing(request.url, tips, label), ""
        case "tree":
            return _tree(request, tips, remote)
        case _:
            assert_never(request.kind)


def _default(url: str, tips: Tips) -> _Target:
    branch = (tips.default or "").removeprefix("refs/heads/")
    found = _ref(tips, "HEAD", f"default branch {branch}".strip())
    return found or _missing(url, tips, "commit on its default branch")


def _named(request: GitRequest, tips: Tips, remote: Remote) -> _Target:
    ref = request.ref
    if ref == "HEAD":
        return _default(request.url, tips)
    if _FULL.fullmatch(ref):
        commit = ref.lower()
        return _Target(f"commit {commit}", commit, commit, commit in tips.commits.values())
    if found := _branch_or_tag(request.url, tips, ref):
        return found
    if _SHORT.fullmatch(ref):
        prefix = ref.lower()
        tip = tips.beginning(prefix)
        if len(tip) > 1:
            raise CommitNotFound(request.url, prefix, several=True)
        commit = tip.pop() if tip else remote.expand(prefix)
        return _Target(f"commit {commit}", commit, commit)
    return _missing(request.url, tips, f"branch or tag {ref}", ref)


def _branch_or_tag(url: str, tips: Tips, name: str) -> _Target | None:
    if name.startswith("refs/"):
        return _ref(tips, name, name)
    branch = _ref(tips, f"refs/heads/{name}", name)
    tag = _ref(tips, f"refs/tags/{name}", name)
    if branch and tag and branch.commit != tag.commit:
        raise AmbiguousRef(url, name)
    return branch or tag or _ref(tips, f"refs/{name}", name)


def _tree(request: GitRequest, tips: Tips, remote: Remote) -> tuple[_Target, str]:
    """Read `main/some/folder`: the longest beginning that is a ref, then a folder."""
    parts = request.ref.strip("/").split("/")
    for n in range(len(parts), 0, -1):
        if found := _branch_or_tag(request.url, tips, "/".join(parts[:n])):
            return found, "/".join(parts[n:])
    return _named(replace(request, ref=parts[0]), tips, remote), "/".join(parts[1:])


def _ref(tips: Tips, name: str, label: str) -> _Target | None:
    commit = tips.commits.get(name)
    return _Target(label, name, commit) if commit else None


def _missing(url: str, tips: Tips, wanted: str, name: str = "") -> _Target:
    near = difflib.get_close_matches(name, tips.names()) if name else []
    raise RefNotFound(url, wanted, near)


# --- which package ---------------------------------------------------------------------------


def _name(scratch: Scratch, commit: str, request: GitRequest) -> str | None:
    """Return the name that the commit's own files give; raises NotAPackage."""
    folder = request.location.subdirectory
    files = set(scratch.files(commit))
    if not any(posixpath.join(folder, file) in files for file in BUILD_FILES):
        raise NotAPackage(request.url, commit, folder, folders_with_package(files))

    def read(file: str) -> str | None:
        path = posixpath.join(folder, file)
        return scratch.read(commit, path) if path in files else None

    return declared_name(read)


def _notes(request: GitRequest, target: _Target, commit: str | None, name: str | None) -> list[str]:
    if not commit:
        host = request.url
        if target.sure:
            return [f"The package's name could not be read: {host} hands out no single commits."]
        return [
            f"{target.commit} could not be verified: {host} hands out only the tips of branches "
            "and tags."
        ]
    if request.name and name and request.name != name:
        return [f"The package there calls itself {name}, not {request.name}: pip will refuse it."]
    return []


def _row(request: GitRequest, name: str | None, commit: str) -> str:
    url = f"git+{request.url}@{commit}" + (f"#{request.fragment}" if request.fragment else "")
    marker = f" ; {request.marker}" if request.marker else ""
    if not (request.extras or marker) or not name:
        return url + marker
    extras = f"[{','.join(request.extras)}]" if request.extras else ""
    return f"{name}{extras} @ {url}{marker}"

"""What files said at each commit of the branch, newest first, from two questions to git.

The branch is followed by first parents: what a merge brought is dated by the merge, since that
is when the branch got it (docs/decisions/dates-by-first-parent.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import dirname, join, normpath
from typing import TypeVar

from hubimages.git import Git
from hubimages.tree import Tree

_LINK = "120000"
_NOTHING = "000000"
_LINKS = 8  # followed from one to the next
_AHEAD = 64  # versions of a file that are read by one process

T = TypeVar("T")


@dataclass(frozen=True)
class Commit:
    """One commit of the branch; when is its committer date."""

    id: str
    when: datetime


@dataclass(frozen=True)
class _Blob:
    mode: str
    id: str


@dataclass(frozen=True)
class _Step:
    """A commit, and what the files that it changed were before (None: not there)."""

    commit: Commit
    before: Mapping[str, _Blob | None]


@dataclass(frozen=True, kw_only=True)
class History:
    """The commits of a branch that touched some folders; texts are read when first asked for."""

    git: Git
    _steps: tuple[_Step, ...]
    _last: Mapping[str, _Blob]  # every file at the newest commit
    _versions: Mapping[str, Sequence[str]]  # every blob that a path ever was
    _texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, git: Git, paths: Sequence[str], rev: str = "HEAD", *, after: str | None = None
    ) -> History:
        """Read which commits touched paths (files or folders, relative to the root).

        With after, only commits that this commit does not contain.
        """
        shape = ("-z", "--raw", "--root", "--no-renames", "--no-abbrev", "--no-ext-diff")
        line = ("--first-parent", "-m", "--format=%x01%H%x00%cI")
        since = (f"^{after}",) if after else ()
        tail = (rev, *since, "--", *paths)
        exact = "--literal-pathspecs"
        steps = tuple(_steps(git(exact, "log", *shape, *line, *tail).stdout))
        last = {}
        for entry in git(exact, "ls-tree", "-r", "-z", rev, "--", *paths).stdout.split("\0"):
            facts, _, path = entry.partition("\t")
            if path:
                mode, _, blob = facts.split(" ")
                last[path] = _Blob(mode, blob)
        versions = {path: [blob.id] for path, blob in last.items()}
        for step in steps:
            for path, was in step.before.items():
                versions.setdefault(path, []).extend([was.id] if was else [])
        return cls(git=git, _steps=steps, _last=last, _versions=versions)

    @property
    def newest(self) -> Tree:
        """The files at the newest commit."""
        return _Then(self, dict(self._last))

    def back(self, read: Callable[[Tree], T]) -> Iterator[tuple[Commit, T]]:
        """Yield each commit, newest first, with what read makes of the files as it had them.

        read is called again only where a file changed that it had asked for.
        """
        then = _Then(self, dict(self._last))
        found = read(then) if self._steps else None
        for step in self._steps:
            if found is None or then.stale:
                then.asked.clear()
                then.stale = False
                found = read(then)
            yield step.commit, found
            then.undo(step)

    def text(self, path: str, blob: str) -> str | None:
        """Return a blob's text; those that the path was before are read along with it."""
        if blob not in self._texts:
            versions = self._versions.get(path, [])
            at = versions.index(blob) if blob in versions else 0
            wanted = dict.fromkeys([blob, *versions[at : at + _AHEAD]])
            self._texts.update(self.git.blobs(one for one in wanted if one not in self._texts))
        return self._texts.get(blob)


@dataclass
class _Then:
    """The files as one commit had them; it goes back commit by commit, in place."""

    history: History
    files: dict[str, _Blob]
    asked: set[str] = field(default_factory=set)
    stale: bool = False

    def read(self, path: str) -> str | None:
        for _ in range(_LINKS):
            self.asked.add(path)
            blob = self.files.get(path)
            text = self.history.text(path, blob.id) if blob else None
            if blob is None or text is None or blob.mode != _LINK:
                return text
            path = normpath(join(dirname(path), text))
        return None

    def exists(self, path: str) -> bool:
        self.asked.add(path)
        below = f"{path}/"
        return path in (*self.files, ".") or any(name.startswith(below) for name in self.files)

    def undo(self, step: _Step) -> None:
        """Go back to before a commit."""
        for path, blob in step.before.items():
            if blob is None:
                self.files.pop(path, None)
            else:
                self.files[path] = blob
            self.stale = self.stale or any(one in self.asked for one in _with_folders(path))


def _with_folders(path: str) -> Iterator[str]:
    while path:
        yield path
        path = dirname(path)


def _steps(log: str) -> Iterator[_Step]:
    words = iter(log.split("\0"))
    commit: Commit | None = None
    before: dict[str, _Blob | None] = {}
    for word in words:
        if word.startswith("\x01"):
            if commit:
                yield _Step(commit, before)
            commit, before = Commit(word[1:], datetime.fromisoformat(next(words))), {}
        elif word.lstrip("\n").startswith(":"):
            mode, _, blob, *_ = word.lstrip("\n:").split(" ")
            before[next(words)] = None if mode == _NOTHING else _Blob(mode, blob)
    if commit:
        yield _Step(commit, before)

"""Questions to a git remote, asked through git, without ever prompting.

git's own words decide what went wrong, so they are asked for in English.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubimages.errors import CommandTimedOut, Failure
from hubimages.process import Completed, Runner
from hubimages.sources.errors import (
    AuthenticationNeeded,
    CommitNotFound,
    NoRoom,
    NotACommit,
    RemoteUnreachable,
    RepositoryNotFound,
)

_TIMEOUT = 60.0  # seconds for a question
_CLONE_TIMEOUT = 300.0  # seconds for a whole history, without its files

_AUTHENTICATION = re.compile(
    r"Authentication failed|could not read (Username|Password)|Permission denied \(|"
    r"Host key verification failed|returned error: 40[13]|HTTP Basic: Access denied",
)
_NOT_FOUND = re.compile(
    r"repository .*not found|does not appear to be a git repository|returned error: 404|"
    r"repository .*does not exist",
    re.IGNORECASE,
)
_NOT_THERE = re.compile(r"not our ref|couldn't find remote ref|no such remote ref", re.IGNORECASE)
_NO_ROOM = "No space left on device"
_NOT_ALLOWED = re.compile(r"unadvertised object")
# A folder of files up to this size holds pyproject.toml and setup.py, and no data sets.
_SMALL = "--filter=blob:limit=64k"


@dataclass(frozen=True)
class Tips:
    """What a remote advertises: the commit of each ref, tags peeled, by full name.

    default is the full name of the default branch, where the remote says it.
    """

    commits: dict[str, str]
    default: str | None

    def beginning(self, prefix: str) -> set[str]:
        """Return the commits that begin with these hex digits."""
        return {commit for commit in self.commits.values() if commit.startswith(prefix)}

    def names(self) -> list[str]:
        """Return the short names of branches and tags."""
        kinds = ("refs/heads/", "refs/tags/")
        return [name.split("/", 2)[2] for name in self.commits if name.startswith(kinds)]


@dataclass(frozen=True)
class Remote:
    """A repository somewhere else."""

    url: str
    run: Runner

    def tips(self) -> Tips:
        """Ask for all refs at once; raises what failure() returns."""
        done = self.git("ls-remote", "--symref", "--", self.url)
        if done.code:
            raise self.failure(done)
        commits: dict[str, str] = {}
        default = None
        for line in done.stdout.splitlines():
            value, _, name = line.partition("\t")
            if value.startswith("ref: "):
                default = value.removeprefix("ref: ") if name == "HEAD" else default
            else:
                # An annotated tag comes twice; the second line, NAME^{}, has the commit.
                commits[name.removesuffix("^{}")] = value
        return Tips(commits, default)

    @contextmanager
    def scratch(self) -> Iterator[Scratch]:
        """Yield an empty repository in a temporary folder that fetches from here."""
        with _temporary() as folder:
            self._must("init", "--quiet", "--bare", str(folder))
            self._must("remote", "add", "origin", self.url, cwd=folder)
            yield Scratch(self, folder)

    def expand(self, prefix: str) -> str:
        """Return the only commit that begins with these hex digits, by fetching the history.

        Raises CommitNotFound where there is none, or more than one.
        """
        with _temporary() as folder:
            for options in (("--filter=tree:0",), ()):
                words = ("clone", "--quiet", "--bare", *options, "--", self.url, str(folder))
                done = self.git(*words, timeout=_CLONE_TIMEOUT)
                if not done.code or "filter" not in done.stderr:
                    break
            if done.code:
                raise self.failure(done)
            found = self.git("rev-parse", "--verify", f"{prefix}^{{commit}}", cwd=folder)
        if found.code:
            raise CommitNotFound(self.url, prefix, several="ambiguous" in found.stderr)
        return found.stdout.strip()

    def git(self, *words: str, cwd: Path | None = None, timeout: float = _TIMEOUT) -> Completed:
        """Run git so that it fails rather than asks; raises RemoteUnreachable after timeout."""
        env = {
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            # Empty means none, not even SSH_ASKPASS; what the person set may well not ask.
            "GIT_ASKPASS": os.environ.get("GIT_ASKPASS", ""),
            "GCM_INTERACTIVE": "never",
        }
        if not {"GIT_SSH_COMMAND", "GIT_SSH"} & os.environ.keys():
            env["GIT_SSH_COMMAND"] = self._ssh()
        try:
            return self.run(
                ["git", "-c", "gc.auto=0", *words], cwd=cwd, env=env, check=False, timeout=timeout
            )
        except CommandTimedOut as error:
            raise RemoteUnreachable(
                self.url, f"it gave no answer within {timeout:.0f} s"
            ) from error

    def _ssh(self) -> str:
        if not self.url.startswith("ssh:"):
            return "ssh -oBatchMode=yes"
        done = self.run(["git", "config", "--get", "core.sshCommand"], check=False)
        return f"{done.stdout.strip() or 'ssh'} -oBatchMode=yes"

    def _must(self, *words: str, cwd: Path | None = None) -> None:
        done = self.git(*words, cwd=cwd)
        if done.code:
            raise self.failure(done)

    def failure(self, done: Completed) -> Failure:
        """Return what git's words on standard error amount to."""
        said = done.stderr
        if _NO_ROOM in said:
            return NoRoom(self.url)
        if _AUTHENTICATION.search(said):
            return AuthenticationNeeded(self.url, said)
        if _NOT_FOUND.search(said):
            return RepositoryNotFound(self.url)
        return RemoteUnreachable(self.url, said)


@dataclass(frozen=True)
class Scratch:
    """A temporary bare repository; folder is deleted at the end."""

    remote: Remote
    folder: Path

    def fetch(self, want: str) -> str | None:
        """Fetch the one commit that a full ref name or 40 hex digits name, and return it.

        None where the remote hands out nothing but tips. Raises CommitNotFound, NotACommit.
        """
        fetch = ("fetch", "--quiet", "--no-tags")
        for options in (("--depth=1", _SMALL), ("--depth=1", "--no-filter"), ("--no-filter",)):
            done = self._git(*fetch, *options, "origin", want)
            if not done.code or not re.search("filter|shallow", done.stderr):
                break
        if done.code:
            if _NOT_ALLOWED.search(done.stderr):
                return None
            if _NOT_THERE.search(done.stderr):
                raise CommitNotFound(self.remote.url, want)
            raise self.remote.failure(done)
        commit = self._git("rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}")
        if commit.code:
            raise NotACommit(self.remote.url, want)
        return commit.stdout.strip()

    def files(self, commit: str) -> list[str]:
        """Return the paths of all files at a fetched commit."""
        done = self._git("ls-tree", "-r", "-z", "--name-only", commit)
        if done.code:
            raise self.remote.failure(done)
        return done.stdout.rstrip("\0").split("\0")

    def read(self, commit: str, path: str) -> str | None:
        """Return the text of a file at a fetched commit; None where it did not come along."""
        done = self._git("cat-file", "blob", f"{commit}:{path}")
        return None if done.code else done.stdout

    def _git(self, *words: str) -> Completed:
        return self.remote.git(*words, cwd=self.folder)


@contextmanager
def _temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hubimages-", ignore_cleanup_errors=True) as name:
        yield Path(name)

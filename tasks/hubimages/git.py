"""Small questions to git, and small acts; nothing here knows what an image is."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubimages.errors import Failure
from hubimages.process import Completed, Runner

# What a hook or an outer git sets must not lead us to another repository or index; what says
# how to reach remotes and who commits is the person's own and stays.
_KEEP = (
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_CONFIG_",
    "GIT_SSH",
    "GIT_SSL_",
    "GIT_PROXY_",
    "GIT_TRACE",
)
_KEEP_NAMES = {
    "GIT_ASKPASS",
    "GIT_EXEC_PATH",
    "GIT_ALLOW_PROTOCOL",
    "GIT_TERMINAL_PROMPT",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
}
_FIXED = ("-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "color.ui=false")
_FILE = re.compile(r"[0-9a-f]{40,64} blob \d+")
_OBJECT = re.compile(r"[0-9a-f]{40,64} \w+ \d+")
_MAIN = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)


class NotARepository(Failure):
    """The command was started outside of a git repository."""

    def __init__(self, where: Path) -> None:
        super().__init__(
            f"{where} is not in a git repository, and a hub image's tag is named after a commit.",
            fix="cd to your repository, or start one: git init && git add . && git commit",
        )


class NotTrusted(Failure):
    """The repository is another person's, and git does not read its configuration."""

    def __init__(self, where: Path) -> None:
        super().__init__(
            f"git does not read the repository at {where}, since it belongs to somebody else.",
            fix=f"if you trust it: git config --global --add safe.directory {shlex.quote(str(where))}",
        )


def clean_environment() -> None:
    """Take out of this process what would make git look at another repository."""
    for name in list(os.environ):
        if name.startswith("GIT_") and not name.startswith(_KEEP) and name not in _KEEP_NAMES:
            del os.environ[name]


@dataclass(frozen=True)
class Git:
    """One work tree; root is its top folder."""

    root: Path
    run: Runner
    common: Path  # the folder that all work trees of this repository share
    shallow: bool  # whether history was cut off, so that counting commits gives a wrong number
    head: str | None  # the commit that is checked out; None before the first one

    @classmethod
    def at(cls, where: Path, run: Runner) -> Git:
        """Return the repository that where is in, or raise NotARepository or NotTrusted."""
        facts = ["--show-toplevel", "--git-common-dir", "--is-shallow-repository", "HEAD"]
        # in English, since only its words tell why git refuses
        env = {"LC_ALL": "C"}
        done = run(["git", "rev-parse", *facts], cwd=where, env=env, check=False)
        if "dubious ownership" in done.stderr or "unsafe repository" in done.stderr:
            raise NotTrusted(where)
        if done.stdout.count("\n") < len(facts):
            raise NotARepository(where)
        # before the first commit git prints HEAD as it is, and fails
        root, common, shallow, head = done.stdout.removesuffix("\n").rsplit("\n", 3)
        commit = head if done.code == 0 else None
        return cls(Path(root), run, (where / common).resolve(), shallow == "true", commit)

    def __call__(self, *words: str, check: bool = True, stdin: str = "") -> Completed:
        """Run git in the root, without taking locks that a question does not need."""
        env = {"GIT_OPTIONAL_LOCKS": "0"}
        return self.run(["git", *_FIXED, *words], cwd=self.root, env=env, check=check, stdin=stdin)

    def ask(self, *words: str) -> str:
        """Return what git prints, without the final newline."""
        return self(*words).stdout.rstrip("\n")

    def try_ask(self, *words: str) -> str | None:
        """Return what git prints, or None where it says no."""
        done = self(*words, check=False)
        return None if done.code else done.stdout.rstrip("\n")

    # --- questions -----------------------------------------------------------------------

    def branch(self) -> str:
        """Return the current branch's name; empty on a detached HEAD."""
        return self.ask("branch", "--show-current")

    def full(self, rev: str) -> str | None:
        """Return the 40-digit commit that rev names in this clone, or None."""
        return self.try_ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}"
        )

    def main(self) -> str | None:
        """Return the full name of the main branch, the remote's if there is one, or None."""
        return next((name for name in _MAIN if self.full(name)), None)

    def remote_branches_with(self, commit: str) -> list[str]:
        """Return the remote-tracking branches that have the commit."""
        out = self.ask(
            "for-each-ref", "--contains", commit, "--format=%(refname:short)", "refs/remotes"
        )
        return out.splitlines()

    def changed(self, paths: Iterable[str]) -> list[str]:
        """Return what below paths is uncommitted: modified, staged, deleted or untracked."""
        out = self(
            "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", *paths
        )
        return [entry[3:] for entry in out.stdout.split("\0") if entry]

    def show(self, rev: str, path: str) -> str | None:
        """Return the text of a file at rev as a checkout would write it, or None if it is not there."""
        done = self("cat-file", "--filters", f"{rev}:{path}", check=False)
        return None if done.code else done.stdout

    def stored(self, rev: str, path: str) -> str | None:
        """Return the text of a file as rev has it, links followed, or None if it is not there.

        Line endings are those of the commit, which may be other than those of a checkout.
        """
        header, _, text = self._object("--batch", rev, path).partition("\n")
        return text.removesuffix("\n") if _FILE.fullmatch(header) else None

    def has(self, rev: str, path: str) -> bool:
        """Whether rev has a file or folder at a path, links followed; "" is the root."""
        return _OBJECT.fullmatch(self._object("--batch-check", rev, path).rstrip("\n")) is not None

    def blobs(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the texts of blobs, asked for at once; an id that is no blob here is left out."""
        # bytes, since the sizes that git says are of bytes
        out = self("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in ids)).stdout
        data = out.encode("utf-8", "surrogateescape")
        found, at = {}, 0
        while at < len(data):
            end = data.index(b"\n", at)
            header = data[at:end].decode()
            at = end + 1
            if _OBJECT.fullmatch(header):
                name, kind, size = header.split()
                text = data[at : at + int(size)]
                at += int(size) + 1
                if kind == "blob":
                    found[name] = text.decode("utf-8", "surrogateescape")
        return found

    def renamed_from(self, commit: str, path: str) -> str | None:
        """Return what a file was called before a commit that gave it this path, or None."""
        words = ("-r", "-z", "-M", "--diff-filter=R", "--name-status", f"{commit}^1", commit)
        out = self.try_ask("diff-tree", *words) or ""
        fields = out.split("\0")
        return dict(zip(fields[2::3], fields[1::3], strict=False)).get(path)

    def _object(self, mode: str, rev: str, path: str) -> str:
        if "\n" in path:  # git would take it for two questions
            return ""
        words = ("cat-file", mode, "--follow-symlinks")
        return self(*words, stdin=f"{rev}:{path}\n", check=False).stdout

    def identity(self) -> str | None:
        """Return who would commit, or None where git does not know."""
        return self.try_ask("var", "GIT_COMMITTER_IDENT")

    def remote(self) -> str | None:
        """Return the name of the remote that is meant: `origin`, or the only other one."""
        names = self.ask("remote").splitlines()
        return "origin" if "origin" in names else (names[0] if len(names) == 1 else None)

    def remote_url(self) -> str | None:
        """Return the address of that remote, as configured."""
        name = self.remote()
        return self.try_ask("remote", "get-url", name) if name else None

    # --- acts ------------------------------------------------------------------------------

    def commit_only(self, paths: Sequence[str], message: str) -> str:
        """Commit exactly these files, new ones too, and return the new commit.

        What else is staged or changed stays as it was. Raises CommandFailed, for instance
        where a hook refuses; the index is then as before.
        """
        exact = "--literal-pathspecs"  # a name is a name, even where it looks like a pattern
        known = ("ls-files", "--error-unmatch", "--")
        new = [path for path in paths if self.try_ask(exact, *known, path) is None]
        if new:
            self(exact, "add", "--intent-to-add", "--", *new)
        try:
            self(exact, "commit", "--quiet", "--only", "-F", "-", "--", *paths, stdin=message)
        except BaseException:
            if new:
                self(exact, "reset", "--quiet", "--", *new, check=False)
            raise
        return self.ask("rev-parse", "HEAD")

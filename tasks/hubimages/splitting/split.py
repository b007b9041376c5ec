"""The steps of a split: fetch, merge, rewrite, verify, push; each is looked at before the next."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from hubimages.edits import NoIdentity
from hubimages.git import Git
from hubimages.process import Runner
from hubimages.sources.remote import Remote, Tips
from hubimages.splitting import folder, merging, rewriting, shrinking, target, tracing, verifying
from hubimages.splitting.address import Address, With
from hubimages.splitting.failures import (
    BadPath,
    NoCommits,
    NoSuchFolder,
    NotPushed,
    NotTheSame,
    Shallow,
)
from hubimages.splitting.folder import Mark
from hubimages.splitting.merging import Merged

Step: TypeAlias = Callable[[str], AbstractContextManager[None]]
_TIMEOUT = 3600.0  # seconds for a whole history, there or back
_SOURCE, _TEMPLATE = "refs/hubimages/source", "refs/hubimages/template"
# A checkout that fetches large files from the old repository could fail, and is not needed.
_PLAIN = {"GIT_LFS_SKIP_SMUDGE": "1"}
# As long as the clone is ours: the old history has to stay until all is verified, and hooks that
# the person has for all repositories are for work of theirs; one could refuse or change ours.
_MEANWHILE = {"gc.auto": "0", "core.hooksPath": os.devnull}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be split from where to where; path has no slash at its ends."""

    source: Address
    path: str
    template: Address
    target: Address

    @property
    def mark(self) -> Mark:
        """The wish as an unfinished run leaves it behind."""
        source, template = self.source.url, self.template.url
        return Mark(source=source, path=self.path, template=template, target=self.target.url)


@dataclass(frozen=True, kw_only=True)
class Tip:
    """A repository's default branch, and its last commit; branch is "" where it is not told."""

    branch: str
    commit: str


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """Both histories in a repository of our own."""

    wish: Wish
    git: Git
    mark: Mark  # with the commits that came, which may be newer than those asked for
    merged: Merged


@dataclass(frozen=True, kw_only=True)
class Written:
    """The new history, verified; earlier are the paths from which files had been moved."""

    mark: Mark
    of_source: int  # commits that the source has
    of_image: int  # those that are left of them
    earlier: list[str]


def clean_path(text: str) -> str:
    """Return a folder's path as git has it; raises BadPath."""
    path = posixpath.normpath(text.strip())
    if path.startswith(("/", "..")) or path == "." or not path.isprintable():
        raise BadPath(text)
    return path


def tip(remote: Remote) -> Tip:
    """Ask a repository for its default branch; raises NoCommits and what Remote.tips() does."""
    tips: Tips = remote.tips()
    commit = tips.commits.get("HEAD")
    if commit is None:
        raise NoCommits(remote.url, tips.names())
    return Tip(branch=(tips.default or "").removeprefix("refs/heads/"), commit=commit)


def fetch(wish: Wish, directory: Path, mark: Mark, run: Runner) -> Fetched:
    """Fetch source and template into a new repository, and put their files together.

    Raises NoSuchFolder, Shallow, NoIdentity, and what a failed fetch means.
    """
    folder.write(directory, mark)
    run = With(run, _PLAIN)
    words = ("--quiet", f"--initial-branch={mark.branch}", "--", str(directory))
    run(["git", "init", *words])
    git = Git.at(directory, run)
    if git.identity() is None:
        raise NoIdentity(or_else="")
    for key, value in _MEANWHILE.items():
        git("config", key, value)
    source = _fetch(git, wish.source, _SOURCE)
    image = _folder(git, wish, source)
    template = _fetch(git, wish.template, _TEMPLATE)
    merged = merging.merge(merging.files(git, image), merging.files(git, template))
    git("update-ref", f"refs/heads/{mark.branch}", source)
    return Fetched(wish=wish, git=git, mark=replace(mark, tips=(source, template)), merged=merged)


def _fetch(git: Git, address: Address, ref: str) -> str:
    remote = address.remote(git.run)
    words = ("--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow", "--", address.url)
    done = remote.git("fetch", *words, f"+HEAD:{ref}", cwd=git.root, timeout=_TIMEOUT)
    if done.code:
        raise remote.failure(done)
    if Git.at(git.root, git.run).shallow:
        raise Shallow(address.url)
    return git.ask("rev-parse", f"{ref}^{{commit}}")


def _folder(git: Git, wish: Wish, source: str) -> str:
    """Return the tree of the folder; raises NoSuchFolder."""
    url, path = wish.source.url, wish.path
    entry = git("--literal-pathspecs", "ls-tree", "-z", source, "--", path).stdout
    mode, kind, tree = (entry.split("\t")[0].split() if entry else ["", "", ""])[:3]
    if kind == "tree":
        return tree
    fix = f"see what it has: git ls-tree -d -r --name-only HEAD, in a clone of {url}"
    if kind:
        named = {"commit": "a submodule"}.get(
            kind, "a symbolic link" if mode == "120000" else "a file"
        )
        above = posixpath.dirname(path)
        fix = f"name a folder: --path {above}" if above and kind == "blob" else fix
        raise NoSuchFolder(f"{path} is {named} in {url}, and no folder.", fix=fix)
    last = git.ask(
        "--literal-pathspecs", "log", "-1", "--format=%h (%cs)", source, "--", f"{path}/"
    )
    gone = f"; it had one until commit {last}" if last else ""
    raise NoSuchFolder(f"{url} has no folder {path} on its default branch{gone}.", fix=fix)


def write(fetched: Fetched, message: str, step: Step) -> Written:
    """Rewrite, merge and verify; the mark then names the commit. Raises NotRewritten, NotTheSame.

    step is entered with the name of what is being done.
    """
    git, wish, mark = fetched.git, fetched.wish, fetched.mark
    source, template = mark.tips
    ref = f"refs/heads/{mark.branch}"
    with step("follow renames"):
        traced = tracing.trace(git, source, wish.path)
        shrunk = shrinking.shrink(traced)
    with step(f"rewrite {len(traced.parents)} commits to {len(shrunk.parents)}"):
        new = rewriting.rewrite(git, ref, traced, shrunk)
        image = git.ask("rev-parse", ref)
        commit = merging.commit(git, fetched.merged, (image, template), message)
    with step("verify"):
        made = verifying.Made(
            traced=traced, shrunk=shrunk, new=new, image=image, template=template, commit=commit
        )
        if found := verifying.differences(git, made):
            raise NotTheSame(found)
    git("update-ref", ref, commit)
    git("reset", "--quiet", "--hard", commit)
    _remotes(git, wish, mark.branch)
    mark = replace(mark, commit=commit)
    folder.write(git.root, mark)
    return Written(
        mark=mark,
        of_source=len(traced.parents),
        of_image=len(shrunk.parents),
        earlier=traced.earlier_paths,
    )


def _remotes(git: Git, wish: Wish, branch: str) -> None:
    """Name both repositories, by addresses without credentials."""
    settings = {
        "remote.source.url": wish.source.url,
        "remote.source.fetch": "+refs/heads/*:refs/remotes/source/*",
        "remote.source.tagOpt": "--no-tags",
        "remote.origin.url": wish.target.url,
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
        f"branch.{branch}.remote": "origin",
        f"branch.{branch}.merge": f"refs/heads/{branch}",
    }
    for key, value in settings.items():
        git("config", "--replace-all", key, value)


def push(wish: Wish, directory: Path, mark: Mark, run: Runner) -> None:
    """Push what was verified; the target must still be empty. Raises NotEmpty, NotKnown, NotPushed."""
    remote = wish.target.remote(run)
    target.must_be_empty(wish.target.url, target.look(remote))
    words = ("--quiet", "--no-follow-tags", "--recurse-submodules=no", "--", wish.target.url)
    ref = f"refs/heads/{mark.branch}"
    done = remote.git("push", *words, f"{mark.commit}:{ref}", cwd=directory, timeout=_TIMEOUT)
    if done.code:
        raise NotPushed(wish.target.url, done.stderr)
    if not target.has(target.look(remote), mark.branch, mark.commit):
        raise NotPushed(wish.target.url, "It took it, and has something else now.")


def finish(directory: Path, mark: Mark, run: Runner) -> Git:
    """Take away what is of the old history and of us; from now on the clone is the person's."""
    git = Git.at(directory, run)
    for ref in (_SOURCE, _TEMPLATE):
        git("update-ref", "-d", ref)
    git("update-ref", f"refs/remotes/origin/{mark.branch}", mark.commit)
    shutil.rmtree(git.common / "filter-repo", ignore_errors=True)
    (git.common / "ORIG_HEAD").unlink(missing_ok=True)
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "--quiet", "--prune=now")
    for key in _MEANWHILE:
        git("config", "--unset-all", key, check=False)
    folder.finish(directory)
    return git

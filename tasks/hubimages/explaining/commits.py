"""What git knows of a tag: the commit it is named after, and when a file first named it."""

from __future__ import annotations

import re

from hubimages import tags
from hubimages.explaining.explanation import Commit, Recorded, shown
from hubimages.git import Git

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# where a forge shows a commit, below the repository's address
_FORGES = {"github": "commit", "gitlab": "-/commit"}


def is_full(text: str) -> bool:
    """Whether text is a commit written out in full."""
    return _SHA.fullmatch(text) is not None


def named_by(git: Git, tag: str) -> str | None:
    """Return the full commit that a tag is named after, or None where this clone has it not.

    What chartpress builds exactly on a tagged commit has that git tag for a name.
    """
    return tags.commit(git, tag) if tags.parse(tag) else git.full(f"refs/tags/{tag}")


def described(git: Git, commit: str, source: str | None) -> Commit:
    """Say what this clone knows of a commit, which may be abbreviated; source is an address."""
    url = _url(source, commit)
    if not is_full(commit) or git.full(commit) is None:
        return Commit(id=commit, here=False, url=url)
    date, subject = git.ask("show", "--no-patch", "--format=%aI%x00%s", commit).split("\0", 1)
    main = git.main()
    on_main = None
    if main:
        on_main = git.try_ask("merge-base", "--is-ancestor", commit, main) is not None
    return Commit(
        id=commit,
        here=True,
        subject=shown(subject),
        date=date,
        on_main=on_main or (None if git.shallow else on_main),  # the way there may be cut off
        branches=tuple(git.remote_branches_with(commit)),
        url=url,
    )


def _url(source: str | None, commit: str) -> str | None:
    """Return the page of a commit, where the source is at a forge whose pages are known."""
    host = re.match(r"https://([^/]+)/", source or "")
    for forge, page in _FORGES.items():
        if host and forge in host[1]:
            return f"{source}/{page}/{commit}"
    return None


def recorded(git: Git, tag: str, path: str, rev: str = "HEAD") -> Recorded | None:
    """Say when a file, or one below a folder, first named a tag; renames are followed.

    None where none did, or where the clone is too shallow to tell.
    """
    if git.head is None:
        return None
    form = "--format=%x01%H%x00%cI%x00%P%x00"
    # no file can have said a tag before the commit that it is named after
    begin = [f"^{commit}"] if (commit := named_by(git, tag)) else []
    words = ("--reverse", "--name-only", "-z", f"-S{tag}", form, rev, *begin, "--", path)
    found = git("-c", "log.follow=false", "--literal-pathspecs", "log", *words).stdout
    entries = found.split("\1")[1:]
    if not entries:
        return None
    commit, date, parents, files = entries[0].split("\0", 3)
    if git.shallow and not parents:
        return None  # the clone begins here; the tag may be older
    file = files.strip("\0\n").split("\0")[0]
    before = git.renamed_from(commit, file)
    earlier = recorded(git, tag, before, f"{commit}^1") if before else None
    return earlier or Recorded(path=file, commit=commit, date=date)

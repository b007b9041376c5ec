"""What can stand in the way of a split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hubimages.errors import CommandFailed, Failure

_SHOWN = 8  # differences that a message names; the first ones tell what kind they are


class NoSuchFolder(Failure):
    """The path is no folder of the source."""


class BadPath(Failure):
    """The path cannot be one inside of a repository."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path!r} is no folder inside of a repository.",
            fix="give it from the repository's top, as in --path deployments/lab/image",
        )


class BadAddress(Failure):
    """An address is none."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"One of the addresses cannot be read: {why}.",
            fix="write them as in https://github.com/org/image",
        )


class NoCommits(Failure):
    """A repository has no default branch, or nothing on it."""

    def __init__(self, url: str, names: Sequence[str]) -> None:
        there = f"; it has {', '.join(names[:_SHOWN])}" if names else ""
        super().__init__(
            f"{url} has no commit on a default branch{there}.",
            fix="set its default branch to one that has commits, or check the address",
        )


class Shallow(Failure):
    """The history of a repository was cut off."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url} is a shallow clone, which lacks the older commits.",
            fix="name the repository that it was cloned from, or there: git fetch --unshallow",
        )


class NotOurs(Failure):
    """The directory holds something that no unfinished split left."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} is there already, and not left by an unfinished split.",
            fix="add --directory with the name of one that is not there yet",
        )


class InAWorkTree(Failure):
    """The directory would be inside of another repository's files."""

    def __init__(self, directory: Path, top: Path) -> None:
        super().__init__(
            f"{directory} is inside of the repository at {top}, and a split is a repository of its own.",
            fix=f"add --directory {top.parent / directory.name}",
        )


class WorkedIn(Failure):
    """Somebody went on working in what an unfinished split left."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} holds an unfinished split, and work that was done in it since, which "
            "starting anew would throw away.",
            fix=f"move it away: mv {directory} {directory}.old; then run the same command again",
        )


class Busy(Failure):
    """Another run is at the directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"Another run is splitting into {directory} at this moment.", fix="wait for its end"
        )


class NotEmpty(Failure):
    """The target has something in it."""

    def __init__(self, url: str, names: Sequence[str]) -> None:
        super().__init__(
            f"{url} is not empty: it has {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}.",
            fix="make a new repository without README, licence and .gitignore, and name it with --target",
        )


class NotKnown(Failure):
    """Whether the target is empty could not be told."""

    def __init__(self, url: str, failure: Failure) -> None:
        super().__init__(
            f"Whether {url} is empty is not known, so nothing is pushed there. {failure.what}",
            fix=failure.fix
            or "make it first, without README, licence and .gitignore, then run this again",
        )


class NotTheSame(Failure):
    """What was made is not what it has to be; nothing was pushed."""

    def __init__(self, differences: Sequence[str]) -> None:
        more = len(differences) - _SHOWN
        shown = [*differences[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        lines = "".join(f"\n    {line}" for line in shown)
        super().__init__(
            f"The new history is not what it has to be, so it was not pushed:{lines}",
            fix="please report it, with these lines",
        )


class NotPushed(Failure):
    """The target did not take the push."""

    def __init__(self, url: str, stderr: str) -> None:
        said = "".join(f"\n    {line}" for line in stderr.strip().splitlines()[-12:])
        super().__init__(
            f"{url} did not take the push:{said}",
            fix="mend what it names, then run the same command again: it goes on with the push",
        )


class NoFilterRepo(Failure):
    """git-filter-repo is not installed beside this Python."""

    def __init__(self) -> None:
        super().__init__(
            "git-filter-repo is not there, which rewrites the history.",
            fix="pip install git-filter-repo, into the environment that hubimages is in",
        )


class NotRewritten(Failure):
    """git-filter-repo failed."""

    def __init__(self, error: CommandFailed) -> None:
        super().__init__(
            f"The history could not be rewritten. {error.what}",
            fix="see that `git fsck` finds nothing in a clone of the source, and that the disk is not full",
        )

"""The ways in which a wish for a package cannot be turned into a pin."""

from __future__ import annotations

from collections.abc import Iterable

from hubimages.errors import Failure
from hubimages.redaction import redact

SHAPES = """write one of these:
      OWNER/REPO@REF                              jupyterhub/oauthenticator@main
      a git URL, with @REF or without             https://gitlab.com/team/tool.git@v1.2
                                                  git@github.com:team/tool.git@fix/login
      the address of a commit, branch, tag or     https://github.com/jupyterhub/kubespawner/pull/893
      pull request
      git+URL@REF#subdirectory=DIR&egg=NAME       git+https://github.com/team/mono@main#subdirectory=hub
      NAME[EXTRAS] @ git+URL@REF ; MARKER         oauthenticator[mwoauth] @ git+https://github.com/…
      NAME==VERSION                               jupyterhub-fancy-profiles==0.6.0"""


class BadRequirement(Failure):
    """What was typed has none of the shapes that name one version of one package."""

    def __init__(self, text: str, why: str = "") -> None:
        # Only text that cannot hold credentials is repeated.
        shown = text if text.isprintable() and not set("@?") & set(text) else ""
        what = f"{shown!r} cannot" if shown else "The requirement cannot"
        super().__init__(f"{what} be pinned{': ' + why if why else ''}.", fix=SHAPES)


class CredentialsInUrl(Failure):
    """The URL holds a name or password, which would end up in a committed file."""

    def __init__(self) -> None:
        super().__init__(
            "The URL has credentials in it, and a pin is committed for everybody to read.",
            fix="Leave them out, and replace them if they were real. git takes them from its "
            "credential helper (git help credentials), or write git@HOST:OWNER/REPO.",
        )


class NoRoom(Failure):
    """The disk here is full, so what a remote sends could not be kept."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"There is no room left on the disk for what {url} has.",
            fix="make room, then run the same command again",
        )


class RemoteUnreachable(Failure):
    """The remote could not be asked, or answered with something unexpected."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"git could not ask {url}: {_first_words(why)}",
            fix=f"Once this works, run the command again: git ls-remote {url}",
        )


class AuthenticationNeeded(Failure):
    """The remote wants to know who asks; many also say so of what does not exist."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"{url} is private or does not exist: {_first_words(why)}",
            fix="Check the spelling. If it is private, store credentials for it (git help "
            f"credentials) or load the SSH key, until this works: git ls-remote {url}",
        )


class RepositoryNotFound(Failure):
    """There is no repository at the address, or none that this person may see."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"There is no git repository at {url}, or none that you may see.",
            fix="Check the owner and the name in a browser, then run the command again.",
        )


class RefNotFound(Failure):
    """The repository has no branch or tag of that name, or no such pull request."""

    def __init__(self, url: str, wanted: str, near: Iterable[str] = ()) -> None:
        names = ", ".join(near)
        super().__init__(
            f"{url} has no {wanted}.",
            fix=f"Did you mean {names}?" if names else f"See what it has: git ls-remote {url}",
        )


class AmbiguousRef(Failure):
    """A branch and a tag have the same name and different commits."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(
            f"{url} has a branch and a tag called {name}, with different commits.",
            fix=f"Say which: @refs/heads/{name} or @refs/tags/{name}",
        )


class CommitNotFound(Failure):
    """The repository does not have the commit, or has several that begin like this."""

    def __init__(self, url: str, commit: str, *, several: bool = False) -> None:
        why = "has several commits that begin with" if several else "has no commit"
        super().__init__(
            f"{url} {why} {commit}.",
            fix="Give all 40 digits of a commit that was pushed there (git rev-parse REV).",
        )


class NotACommit(Failure):
    """The ref names a file or a folder in git's store, which cannot be installed."""

    def __init__(self, url: str, ref: str) -> None:
        super().__init__(
            f"{ref} of {url} is not a commit.",
            fix="Name a branch, a tag of a commit, or the commit's 40 digits.",
        )


class NotAPackage(Failure):
    """pip could not install the commit, since nothing in it says how."""

    def __init__(self, url: str, commit: str, folder: str, others: Iterable[str]) -> None:
        where = f" in subdirectory {folder}" if folder else ""
        names = ", ".join(others)
        there = f"; these folders have one: {names}" if names else ""
        super().__init__(
            f"There is no pyproject.toml or setup.py at {commit}{where} of {url}{there}.",
            fix="Name the package's folder with #subdirectory=DIR at the end of "
            "OWNER/REPO@REF or the git URL.",
        )


def _first_words(stderr: str) -> str:
    """Return the line in which git or ssh says what is wrong, without credentials."""
    lines = (line.strip() for line in redact(stderr).splitlines())
    telling = (line for line in lines if line and not line.lower().startswith(("warning:", "@")))
    return next(telling, "git gave no reason")

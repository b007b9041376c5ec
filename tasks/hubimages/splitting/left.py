"""What is left to do by hand once an image has a repository of its own."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator

from hubimages.git import Git
from hubimages.splitting import merging

_SECRET = re.compile(r"\bsecrets\.([A-Za-z_]\w*)")
_GIVEN = "GITHUB_TOKEN"  # which every job has
_LINK, _SUBMODULE = "120000", "160000"


def shown(path: str) -> str:
    """Return a path of a repository as it can be shown: a terminal obeys what a name may have in it."""
    return path if path.isprintable() else ascii(path)


def to_do(git: Git, commit: str, source: str, path: str, target: str) -> Iterator[str]:
    """Yield each thing that is left, as a sentence."""
    yield from _broken(git, commit)
    names = sorted(_secrets(git, commit) - {_GIVEN})
    if names:
        yield (
            f"give the action its secrets, in the settings of {target}: {', '.join(names)} "
            f"(gh secret set {names[0]} --repo OWNER/NAME)"
        )
    else:
        yield f"give the action what it needs to push the image, in the settings of {target}"
    yield "set the image's name in its workflow, .github/workflows/, and see the first build pass"
    yield (
        "bring the built image to the hubs that run the old one: "
        "invoke user-image.set --hub CLUSTER/HUB --ref NAME:TAG"
    )
    yield f"in {source}, take the folder out, and the jobs that build it: git rm -r {shlex.quote(path)}"
    yield f"lead links and documents that name {path} in {source} to {target}; archived pages stay"


def _broken(git: Git, commit: str) -> Iterator[str]:
    """Yield what needs something from outside of the folder."""
    files = merging.files(git, commit)
    for path, (mode, blob) in files.items():
        if mode == _SUBMODULE and ".gitmodules" not in files:
            yield f"{shown(path)} is a submodule, which .gitmodules in the old repository gave its address"
        if mode == _LINK:
            leads = posixpath.normpath(
                posixpath.join(posixpath.dirname(path), git.ask("cat-file", "blob", blob))
            )
            if leads.startswith(("../", "/")):
                yield f"{shown(path)} is a link that leads out of the repository"
    if (
        git.try_ask("grep", "-q", "filter=lfs", commit, "--", ":(glob)**/.gitattributes")
        is not None
    ):
        yield "bring the files over that are in Git LFS: git lfs fetch source && git lfs push --all origin"


def _secrets(git: Git, commit: str) -> set[str]:
    """Return the names of the secrets that a commit's workflows use."""
    found = git.try_ask("grep", "-h", "-I", "secrets[.]", commit, "--", ".github/workflows") or ""
    return set(_SECRET.findall(found))

"""Putting the image's files and the template's together, and their histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from hubimages.git import Git

Files: TypeAlias = Mapping[str, tuple[str, str]]  # mode and object by path
LEFT_OUT = "environment.yml"  # the template's example of what the image brings itself


@dataclass(frozen=True)
class Merged:
    """The files of both, and the template's that give way to the image's."""

    files: Files
    conflicts: tuple[str, ...]


def files(git: Git, tree: str) -> dict[str, tuple[str, str]]:
    """Return what a tree holds, submodules and links too."""
    entries = git("ls-tree", "-r", "-z", "--full-tree", tree).stdout.split("\0")
    pairs = (entry.split("\t", 1) for entry in entries if entry)
    return {path: (about.split()[0], about.split()[2]) for about, path in pairs}


def merge(image: Files, template: Files) -> Merged:
    """Put the template's files beside the image's; where there is room for one, it is the image's.

    That is so for one path with two contents, and where a file of one is a folder of the other.
    """
    folders = {folder for path in image for folder in _above(path)}
    kept, conflicts = dict(image), []
    for path, stored in template.items():
        if path == LEFT_OUT or image.get(path) == stored:
            continue
        if path in image or path in folders or any(folder in image for folder in _above(path)):
            conflicts.append(path)
        else:
            kept[path] = stored
    return Merged(kept, tuple(sorted(conflicts)))


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def commit(git: Git, merged: Merged, parents: tuple[str, str], message: str) -> str:
    """Write a commit of the merged files with both histories as its parents; the index has them."""
    git("read-tree", "--empty")
    lines = (f"{mode} {blob}\t{path}\0" for path, (mode, blob) in merged.files.items())
    git("update-index", "-z", "--index-info", stdin="".join(lines))
    tree = git.ask("write-tree")
    above = [word for parent in parents for word in ("-p", parent)]
    return git("commit-tree", *above, "-F", "-", tree, stdin=message).stdout.strip()

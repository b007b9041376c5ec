"""Which files of each commit belong to a folder: those in it, and those that were moved into it later.

A file that is outside of the folder belongs to it in the commits from which a chain of renames
leads into the folder, and in no others: when something else gets its name later, or its old place
has a new file, that is the rest of the repository. Copies are not followed, since the original
goes on being somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from hubimages.git import Git
from hubimages.splitting import edges
from hubimages.splitting.edges import Change, Edge

Parents: TypeAlias = dict[str, list[str]]
Renames: TypeAlias = dict[Edge, dict[str, str]]
Changes: TypeAlias = dict[Edge, list[Change]]
Stored: TypeAlias = tuple[str, str]  # mode and object


@dataclass(frozen=True)
class Belongings:
    """What a commit has of the folder: its tree ("" without one), and files by their earlier paths."""

    tree: str
    earlier: Mapping[str, Stored]

    def as_in(self, before: Belongings) -> bool:
        """Whether nothing was done to it since an earlier commit.

        What that one has beside may be on its way into the folder on another line, and is left.
        """
        return self.tree == before.tree and self.earlier.items() <= before.earlier.items()


@dataclass(frozen=True)
class Traced:
    """A history as it concerns one folder; parents has each commit before its parents."""

    folder: str
    tip: str
    parents: Parents
    belongings: Mapping[str, Belongings]

    @property
    def earlier_paths(self) -> list[str]:
        """All paths outside of the folder from which files were moved into it."""
        return sorted({path for one in self.belongings.values() for path in one.earlier})


def trace(git: Git, tip: str, folder: str) -> Traced:
    """Follow a folder's files back through the history of tip; folder has no slash at its ends."""
    parents = edges.parents(git, tip)
    changes, renames = _followed(git, parents, folder)
    earlier = _earlier(parents, changes, renames, folder)
    stored = _stored(parents, changes, earlier)
    trees = _trees(git, parents, folder)
    belongings = {commit: Belongings(trees.get(commit, ""), stored[commit]) for commit in parents}
    return Traced(folder, tip, parents, belongings)


def _followed(git: Git, parents: Parents, folder: str) -> tuple[Changes, Renames]:
    """Return the changes to all paths that matter, and the renames among them.

    More paths come to matter with each rename that is found, until no more are.
    """
    every = edges.edges(parents)
    paths: set[str] = {folder}
    known: Renames = {}
    while True:
        changes = edges.changes(git, every, sorted(paths))
        added = {edge: _paths(changed, "A", paths, folder) for edge, changed in changes.items()}
        ordinary = [edge for edge in every if edge[1] and len(parents[edge[0]]) == 1]
        known |= edges.renames(
            git, [edge for edge in ordinary if added[edge] and edge not in known]
        )
        found = {
            old
            for edge, names in added.items()
            for new, old in known.get(edge, {}).items()
            if new in names and not inside(old, folder)
        }
        if found <= paths:
            return changes, known
        paths |= found


def _paths(changed: Iterable[Change], letter: str, known: set[str], folder: str) -> set[str]:
    named = {one.path for one in changed if one.letter == letter}
    return {path for path in named if path in known - {folder} or inside(path, folder)}


def _births(parents: Parents, changes: Changes, renames: Renames) -> dict[str, dict[str, str]]:
    """Return by path, for each commit, where each of its files first came from.

    That tells a file from another one that took its place later. Commits between which nothing
    changed share one and the same answer.
    """
    births: dict[str, dict[str, str]] = {"": {}}
    for commit in reversed(parents):
        first, *others = parents[commit] or [""]
        changed = changes[commit, first]
        births[commit] = before = births[first]
        if changed:
            gone = {one.path for one in changed if one.letter == "D"}
            births[commit] = {path: birth for path, birth in before.items() if path not in gone}
        for one in changed:
            if one.letter != "D" and others:
                found = _side(one.path, births, others, changes, commit) or before.get(one.path)
            else:
                old = renames.get((commit, first), {}).get(one.path, "")
                found = before.get(old if one.letter == "A" else one.path)
            if one.letter != "D":
                births[commit][one.path] = found or f"{commit}:{one.path}"
    return births


def _side(
    path: str, births: dict[str, dict[str, str]], others: list[str], changes: Changes, merge: str
) -> str | None:
    """Return the birth of a file that a merge took from another side than the first, or None."""
    for other in others:
        if path in births[other] and all(one.path != path for one in changes[merge, other]):
            return births[other][path]
    return None


def _earlier(
    parents: Parents, changes: Changes, renames: Renames, folder: str
) -> dict[str, set[str]]:
    """Return each commit's paths outside of the folder that lead into it later.

    From a merge they lead back to the same files, whatever their names. Likeness does not count
    there: between a merge and a parent lies all that happened on the other side.
    """
    births = _births(parents, changes, renames)
    outside = {path for one in births.values() for path in one if not inside(path, folder)}
    earlier: dict[str, set[str]] = {commit: set() for commit in parents}
    for commit, above in parents.items():  # a commit before its parents, so that its own are known
        for parent in above:
            if len(above) > 1 and outside:
                kept = earlier[commit]
                mine = {b for p, b in births[commit].items() if p in kept or p not in outside}
                there = births[parent]
                earlier[parent] |= {path for path in outside if there.get(path) in mine}
            elif len(above) == 1:
                added = {one.path for one in changes[commit, parent] if one.letter == "A"}
                earlier[parent] |= earlier[commit] - added
                for new, old in renames.get((commit, parent), {}).items():
                    leads = inside(new, folder) or new in earlier[commit]
                    if new in added and leads and not inside(old, folder):
                        earlier[parent].add(old)
    return earlier


def _stored(
    parents: Parents, changes: Changes, earlier: dict[str, set[str]]
) -> dict[str, dict[str, Stored]]:
    """Return what each commit has at its earlier paths."""
    stored: dict[str, dict[str, Stored]] = {}
    for commit in reversed(parents):
        stored[commit] = {}
        if earlier[commit]:
            first = next(iter(parents[commit]), "")
            fresh = {one.path: (one.mode, one.blob) for one in changes[commit, first]}
            before = stored.get(first, {})
            stored[commit] = {path: fresh.get(path) or before[path] for path in earlier[commit]}
    return stored


def _trees(git: Git, parents: Parents, folder: str) -> dict[str, str]:
    """Return the folder's tree in each commit that has it."""
    out = git("cat-file", "--batch-check", stdin="".join(f"{one}:{folder}\n" for one in parents))
    answers = zip(parents, out.stdout.splitlines(), strict=True)
    return {one: said.split()[0] for one, said in answers if said.split()[1:2] == ["tree"]}


def inside(path: str, folder: str) -> bool:
    """Whether a path is below a folder."""
    return path.startswith(f"{folder}/")

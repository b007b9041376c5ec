"""Editing a hub's user images: one line for each, in the file whose word counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hubimages import imagevalues, trials, yamledit
from hubimages.errors import Failure
from hubimages.fleet import Fleet, Hub
from hubimages.git import Git
from hubimages.listing import Lister
from hubimages.reference import Reference, split_tag
from hubimages.tree import Overlaid, Tree, WorkTree
from hubimages.trials import Change
from hubimages.userimages import places
from hubimages.userimages.places import DEFAULT, Place
from hubimages.yamlpath import Path


class NeedsTag(Failure):
    """A user image was named without a tag, or by its digest."""

    def __init__(self, ref: str) -> None:
        super().__init__(
            f"{ref} names no tag, or a digest beside it; a hub's values hold a name and a tag.",
            fix="write it as IMAGE:TAG, for instance quay.io/org/image:2024.01.15",
        )


class InTheChart(Failure):
    """A profile choice stands in a chart's own values, where an edit would reach every hub."""

    def __init__(self, place: Place) -> None:
        super().__init__(
            f"{place.label} of {place.hub.name} is written in {place.source}, among the chart's own values: "
            "an edit would reach every hub, and a hub's own file replaces a list only as a whole.",
            fix="edit it there by hand, or give the hub a profileList of its own",
        )


class NotEffective(Failure):
    """An edit would not do what it is for, since something else counts more."""

    def __init__(self, place: Place, wanted: str) -> None:
        super().__init__(
            f"The edit would not make {place.label} of {place.hub.name} {wanted}, so nothing was changed.",
            fix=f"edit {place.source or 'its values'} by hand",
        )


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The edits for one hub; also are its other places that they change, since they share a line."""

    change: Change
    also: tuple[str, ...] = ()


def wanted(ref: str) -> tuple[str, str]:
    """Return name and tag as they were typed; raises BadReference or NeedsTag."""
    parsed = Reference.parse(ref)
    name, tag = split_tag(ref)
    if tag is None or parsed.digest is not None:
        raise NeedsTag(ref)
    return name, tag


def put(
    git: Git, fleet: Fleet, place: Place, name: str, tag: str, *, commit: bool, alone: bool = False
) -> Setting:
    """Return the edits that set one place; alone takes the hub's own file whatever says it now.

    Raises InTheChart, NotEffective, NoOwnFile, EditRefused, UncommittedChanges.
    """
    file = _file(git, fleet, place, name, alone=alone)
    only_tag = place.name == name and file == place.tag_file

    def change(text: str) -> str:
        return _written(text, place.path, None if only_tag else name, tag)

    return _planned(git, fleet, place.hub, {file: change}, {place.path: (name, tag)}, commit)


def bump(
    git: Git, fleet: Fleet, hub: Hub, moves: Sequence[tuple[Place, str]], *, commit: bool
) -> Setting:
    """Return the edits that give places of one hub new tags, each where it is written.

    Whatever shares a line through an anchor follows. Raises as put does.
    """
    per_file: dict[str, list[tuple[Place, str]]] = {}
    for place, tag in moves:
        if place.tag_file not in hub.readable_files:
            raise InTheChart(place)
        per_file.setdefault(place.tag_file, []).append((place, tag))

    def changing(these: Sequence[tuple[Place, str]]) -> Callable[[str], str]:
        def change(text: str) -> str:
            for place, tag in these:
                text = _written(text, place.path, None, tag, everywhere=True)
            return text

        return change

    ends = {place.path: (place.name or "", tag) for place, tag in moves}
    acts = {file: changing(these) for file, these in per_file.items()}
    return _planned(git, fleet, hub, acts, ends, commit)


def _file(git: Git, fleet: Fleet, place: Place, name: str, *, alone: bool) -> str:
    """Return the file to edit: the one whose word counts, or else the hub's own."""
    files = place.hub.readable_files
    standing = [file for file in (place.name_file, place.tag_file) if file in files and file]
    if standing and not alone:
        if place.name == name and place.tag_file in standing:
            return place.tag_file
        # both in one file, since a tag without its name would reach the other hubs of a shared one
        return max(standing, key=files.index)
    if place.label != DEFAULT:
        raise InTheChart(place)
    return trials.own_file(WorkTree(git.root), fleet, place.hub)


def _written(text: str, path: Path, name: str | None, tag: str, *, everywhere: bool = False) -> str:
    """Return a values file that says the image at path; name None leaves that as it is."""
    left: dict[Path, str] = {}
    for at, value in imagevalues.changes(text, path, name=name, tag=tag).items():
        uses = len(yamledit.uses(text, at))
        if uses > 1 or (everywhere and uses):
            text = yamledit.set_shared(text, at, value)
        else:
            left[at] = value
    return yamledit.set_scalars(text, left) if left else text


def _planned(
    git: Git,
    fleet: Fleet,
    hub: Hub,
    acts: Mapping[str, Callable[[str], str]],
    ends: Mapping[Path, tuple[str, str]],
    commit: bool,
) -> Setting:
    """Plan the edits, and look at the hub as it would be: each path has its end, and what else changes."""
    tree = WorkTree(git.root)
    change = trials.planned(git, fleet, hub, acts, commit)
    before = {place.path: place for place in _named(tree, hub)}
    root = git.root.resolve()
    after = {
        file: edit.after
        for file in acts
        for edit in change.edits
        if (root / file).resolve() == root / edit.path
    }
    then = {place.path: place for place in _named(Overlaid(tree, after), hub)}
    for path, (name, tag) in ends.items():
        found = then.get(path)
        if found is None or (found.name, found.tag) != (name, tag):
            raise NotEffective(found or Place(hub=hub, path=path, label=DEFAULT), f"{name}:{tag}")
    also = tuple(
        place.label
        for path, place in then.items()
        if path not in ends and path in before and place.ref != before[path].ref
    )
    return Setting(change=change, also=also)


def _named(tree: Tree, hub: Hub) -> tuple[Place, ...]:
    found = places.of(Lister(tree), hub)
    return found.named if found else ()

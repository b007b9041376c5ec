"""A trial: one hub whose values override the hub image with an experimental one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from posixpath import basename

from hubimages import edits, imagevalues, yamledit
from hubimages.edits import Edit
from hubimages.errors import Failure
from hubimages.fleet import Fleet, Hub
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.reference import Reference
from hubimages.tree import WorkTree
from hubimages.yamledit import Path

_MISSING = object()


class NoOwnFile(Failure):
    """A hub has no values file that is its alone, so an override would reach other hubs."""

    def __init__(self, hub: Hub) -> None:
        wanted = f"{hub.hub}.values.yaml"
        super().__init__(
            f"{hub.name} has no values file of its own ({', '.join(hub.values_files) or 'it lists none'}), "
            "and in any other the edit would reach other hubs too.",
            fix=f"make an empty {wanted} beside its cluster.yaml, add it as the last of the hub's "
            "helm_chart_values_files, and commit",
        )


class NotExperimental(Failure):
    """The production image was named for a trial."""

    def __init__(self, image: Image, hub: str) -> None:
        super().__init__(
            f"`{image.key}` is the production image: hubs get its tag from {image.values_file}, not from a trial.",
            fix=f"invoke experiment.stop --hub {hub} lets the hub follow the chart again",
        )


class NotAHubImage(Failure):
    """An image on another base than the production image's was named for a trial."""

    def __init__(self, image: Image, base: Reference, experiments: Iterable[Image]) -> None:
        names = ", ".join(experiment.key for experiment in experiments)
        super().__init__(
            f"`{image.key}` is not built on {base.name}, as the hub's image is, so a hub could not start with it.",
            fix=f"--image, one of {names}" if names else "invoke experiment.create makes an image",
        )


def check(images: Images, image: Image, hub: Hub) -> None:
    """Refuse an image that is no experiment; raises NotExperimental or NotAHubImage."""
    if images.is_production(image):
        raise NotExperimental(image, hub.name)
    base, other = images.production.base, image.base
    if base and other and (base.registry, base.repository) != (other.registry, other.repository):
        raise NotAHubImage(image, base, images.experiments)


@dataclass(frozen=True, kw_only=True)
class Change:
    """The edits made for one hub, and which other hubs they reach."""

    hub: Hub
    edits: tuple[Edit, ...]
    shared: dict[str, list[str]]  # a values file, and the other hubs it belongs to


def begin(
    git: Git,
    fleet: Fleet,
    hub: Hub,
    production: Image,
    wanted: tuple[str, str],
    *,
    commit: bool,
    alone: bool = False,
) -> Change:
    """Return the edits that make a hub run wanted (name, tag).

    What overrides the image already is edited where it stands; else, or with alone, the hub's own
    file is. Raises NoOwnFile, NotDeployed, EditRefused, UncommittedChanges.
    """
    tree = WorkTree(git.root)
    values = tree.read(production.values_file) or ""
    per_file: dict[str, dict[Path, str]] = {}
    for chart_path, path in zip(
        production.values_paths, hub.image_paths(tree, production), strict=True
    ):
        leaves = {path + leaf: v for leaf, v in _leaves(values, chart_path, *wanted).items()}
        # in one file, since a tag without its name would reach the other hubs of a shared one
        standing = None if alone else _stands(tree, hub, leaves)
        file = standing or own_file(tree, fleet, hub)
        per_file.setdefault(file, {}).update(leaves)
    return planned(git, fleet, hub, {f: _setting(w) for f, w in per_file.items()}, commit)


def can_be_alone(tree: WorkTree, fleet: Fleet, change: Change) -> bool:
    """Whether the hub has a file of its own that is merged after the shared ones of a change."""
    files = change.hub.values_files
    try:
        own = own_file(tree, fleet, change.hub)
    except NoOwnFile:
        return False
    return all(files.index(own) > files.index(path) for path in change.shared if path in files)


def end(git: Git, fleet: Fleet, hub: Hub, production: Image, *, commit: bool) -> Change:
    """Return the edits that take the override of the hub image out; no edits where there is none.

    Where the hub's own files have one, what it shares with other hubs stays.
    """
    tree = WorkTree(git.root)
    paths = hub.image_paths(tree, production)
    files = [file for file in hub.readable_files if tree.exists(file)]
    own = [file for file in files if not fleet.others_with(file, hub)]
    for several in (own, files):
        wanted = dict.fromkeys(several, lambda text: without(text, paths))
        change = planned(git, fleet, hub, wanted, commit)
        if change.edits:
            break
    return change


def override(tree: WorkTree, hub: Hub, production: Image) -> tuple[str | None, str | None]:
    """Return the name and tag that a hub's own values give its hub image; None for what they do not."""
    name = tag = None
    for path in hub.image_paths(tree, production)[:1]:
        for file in hub.readable_files:
            with edits.about(file):
                found = imagevalues.stated(tree.read(file) or "", path)
            name, tag = found.name or name, found.tag or tag
    return name, tag


def planned(
    git: Git, fleet: Fleet, hub: Hub, wanted: Mapping[str, Callable[[str], str]], commit: bool
) -> Change:
    """Return a hub's edits, one for each file that its change makes another text of."""
    each = [edits.plan(git, file, change, commit=commit) for file, change in wanted.items()]
    found = tuple(edit for edit in each if edit is not None)
    shared = {
        edit.path: [other.name for other in fleet.others_with(edit.path, hub)] for edit in found
    }
    return Change(
        hub=hub, edits=found, shared={path: others for path, others in shared.items() if others}
    )


def _leaves(values: str, path: Path, name: str, tag: str) -> dict[Path, str]:
    """Return what has to be said below an image path, in the form that the chart's values have."""
    found = yamledit.find(values, path)
    if isinstance(found, str):
        return {(): f"{name}:{tag}"}
    key = (
        "repository"
        if isinstance(found, dict) and "repository" in found and "name" not in found
        else "name"
    )
    return {(key,): name, ("tag",): tag}


def _setting(wanted: dict[Path, str]) -> Callable[[str], str]:
    def change(text: str) -> str:
        changed = {at: value for at, value in wanted.items() if yamledit.find(text, at) != value}
        return yamledit.set_scalars(text, changed) if changed else text

    return change


def without(text: str, paths: Iterable[Path]) -> str:
    """Return a values file without the name and tag of an image at paths."""
    gone: list[Path] = []
    for path in paths:
        whole = isinstance(yamledit.find(text, path), str)
        gone += [path] if whole else [(*path, leaf) for leaf in ("name", "repository", "tag")]
    return yamledit.remove_keys(text, gone)


def _stands(tree: WorkTree, hub: Hub, paths: Iterable[Path]) -> str | None:
    """Return the file whose word counts: the last that says anything at one of the paths."""
    for file in reversed(hub.readable_files):
        text = tree.read(file) or ""
        with edits.about(file):
            if any(yamledit.find(text, path, _MISSING) is not _MISSING for path in paths):
                return file
    return None


def own_file(tree: WorkTree, fleet: Fleet, hub: Hub) -> str:
    """Return the values file that belongs to this hub alone; raises NoOwnFile."""
    own = [
        file
        for file in hub.readable_files
        if tree.exists(file)
        and not (tree.root / file).is_symlink()  # what it leads to may be another hub's
        and not fleet.others_with(file, hub)
    ]
    if not own:
        raise NoOwnFile(hub)
    return next((f for f in own if basename(f).startswith(f"{hub.hub}.")), own[-1])

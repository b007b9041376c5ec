"""What hubs.list does."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from json import dumps
from posixpath import basename, dirname, relpath
from typing import Any

from invoke.context import Context

from hubimages import fanout, fleet
from hubimages.commands.boundary import Finding
from hubimages.commands.session import Session, start
from hubimages.console import Console
from hubimages.errors import BadFile, Failure
from hubimages.fanout import Part
from hubimages.fleet import Fleet
from hubimages.listing import HubImage, Listed, Lister, UserImage


class NoSuchCluster(Failure):
    """A cluster was named that is not there."""

    def __init__(self, name: str, hubs: Fleet) -> None:
        super().__init__(
            f"There is no cluster `{name}` below {hubs.where}.",
            fix=f"name one of {', '.join(hubs.clusters)}"
            if hubs.clusters
            else f"add {hubs.where}/{name}/cluster.yaml",
        )


def list_(c: Context, *, json: bool, cluster: str, image: str, matrix: str | None) -> None:
    """List every hub with its effective hub image and user images, or the parts of a matrix."""
    session = start(c)
    most = None if matrix is None else fanout.number(matrix)
    found = fleet.load(session.work_tree, session.settings)
    if cluster and cluster not in found.clusters:
        raise NoSuchCluster(cluster, found)
    lister = Lister(session.work_tree)
    with _uncollected():
        listed = [lister.describe(hub) for hub in found.hubs if cluster in ("", hub.cluster)]
    shown = [one for one in listed if not image or image in _names(one)]
    if most is not None:
        sys.stdout.write(dumps(as_matrix(fanout.parts(shown, most))) + "\n")
    elif json:
        _emit([as_json(one, session) for one in shown])
    else:
        report = Console(stream=sys.stdout)
        for one in shown:
            _say(report, one)
    problems = [*_problems(found, cluster), *lister.problems.values()]
    for note in (*([] if cluster else found.notes), *lister.notes, *_encrypted(lister.encrypted)):
        session.console.detail(f"note: {note}")
    for problem in problems:
        session.console.error(str(problem))
    if problems:
        raise Finding


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector of cycles out: parsed YAML has none, and looking takes half the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _problems(found: Fleet, cluster: str) -> list[BadFile]:
    return [p for p in found.problems if cluster in ("", basename(dirname(p.path)))]


def _encrypted(paths: Iterable[str]) -> Iterator[str]:
    """Yield one line for each folder with encrypted files: most hubs have one."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(dirname(path), []).append(basename(path))
    for folder, names in folders.items():
        yield f"encrypted and passed over in {folder}: {', '.join(names)}"


def _names(one: Listed) -> set[str]:
    images = [*((one.hub_image,) if one.hub_image else ()), *one.user_images]
    return {name for i in images if i.name for name in (i.name, f"{i.name}:{i.tag}")}


def as_json(one: Listed, session: Session) -> dict[str, Any]:
    """Return a hub with the keys of the contract."""
    return {
        "cluster": one.hub.cluster,
        "hub": one.hub.hub,
        "chart": relpath(one.hub.chart, session.settings.charts_dir),
        "hub_image": _of_contract(one.hub_image) if one.hub_image else None,
        "user_images": [_of_contract(image) for image in one.user_images],
    }


def as_matrix(parts: Sequence[Part]) -> dict[str, Any]:
    """Return what `matrix:` of a GitHub Actions job takes; without hubs there are no jobs in it."""
    return {
        "include": [
            {
                "part": index,
                "of": len(parts),
                "hubs": ",".join(part.hubs),
                "images": len(part.images),
            }
            for index, part in enumerate(parts, start=1)
        ]
    }


def _of_contract(image: HubImage | UserImage) -> dict[str, Any]:
    return {key: value for key, value in vars(image).items() if key != "written"}


def _emit(hubs: list[dict[str, Any]]) -> None:
    """Print one JSON document, a line for each hub; indented it takes longer than all the YAML."""
    lines = ",\n".join(map(dumps, hubs))
    sys.stdout.write(f"[\n{lines}\n]\n")
    sys.stdout.flush()


def _say(report: Console, one: Listed) -> None:
    report.say(report.paint(one.hub.name, "bold"))
    if not one.readable:
        report.say("  ?     one of its files cannot be read")
    elif one.hub_image is None:
        report.say("  hub   not set in this repository")
    else:
        report.say(f"  hub   {_image(one.hub_image)}")
    for image in one.user_images:
        report.say(f"  user  {_image(image)}")


def _image(image: HubImage | UserImage) -> str:
    named = f"{image.name or '(no name)'}" + (f":{image.tag}" if image.tag else "")
    return f"{named}  ({image.source})"

"""What user-image.check does: find out which images are meant and for what hub, look, and show."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from posixpath import join

from invoke.context import Context

from hubimages import charts, fleet, images
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.boundary import Finding
from hubimages.commands.session import Session, emit, start
from hubimages.console import Console
from hubimages.errors import Failure
from hubimages.fleet import Hub
from hubimages.listing import Listed, Lister
from hubimages.reference import BadReference, Reference
from hubimages.registry import Registry
from hubimages.userimages import hubversion, look, published
from hubimages.userimages.findings import Check, Report
from hubimages.userimages.hubversion import HubVersion
from hubimages.userimages.look import Question
from hubimages.yamlread import load_mapping


class NoUserImages(Failure):
    """A hub's values name no user image."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(
            f"{hub.name} names no user image in this repository.",
            fix=f"invoke user-image.check --hub {hub.name} --ref IMAGE:TAG",
        )


class BadSeconds(Failure):
    """What was given is no number of seconds, or none in which a server could answer."""

    def __init__(self, given: str) -> None:
        super().__init__(f"--seconds is {given!r}.", fix="give it at least 1, for instance 60")


def check(c: Context, *, ref: str, hub: str, seconds: str, json: bool) -> None:
    """Check one image, or every user image of a hub; raises Finding where one is unfit."""
    session = start(c)
    limit = _limit(seconds)
    ref, hub = _wanted(session, ref, hub)
    about = _listed(session, hub) if hub else None
    names = [ref] if ref else _user_images(about)
    if ref:
        Reference.parse(ref)  # a mistake in the flag is one of the command, and not of the image
    version = _hub_version(session, about)
    provider = _provider(session, about.hub) if about else ""
    report = Console(stream=sys.stdout, program=session.console.program)
    found = []
    insecure = frozenset(session.settings.insecure_registries)
    with Registry(insecure=insecure, anonymous=True) as anonymous:
        for name in names:
            with session.console.step(f"look at {name}"):
                found.append(_checked(session, anonymous, name, version, provider, limit))
            if not json:
                _show(report, found[-1])
    if json:
        documents = [one.as_json() for one in found]
        emit(documents[0] if ref else documents)
    if any(one.unfit for one in found):
        raise Finding


def _limit(given: str) -> int:
    """Return how many seconds a server has; raises BadSeconds."""
    if not (given.isascii() and given.isdecimal() and int(given) >= 1):
        raise BadSeconds(given)
    return int(given)


def _wanted(session: Session, ref: str, hub: str) -> tuple[str, str]:
    """Return what was given, or what the person picks; raises MissingValue, naming the flags."""
    if ref or hub:
        return ref, hub
    if not ask.interactive():
        missing = ask.MissingValue("--ref")
        missing.fix = "add --ref IMAGE:TAG, or --hub CLUSTER/HUB for every user image of a hub"
        raise missing
    hubs = fleet.load(session.work_tree, session.settings).hubs
    choices = [Choice(hub.name, f"every user image of {hub.name}") for hub in hubs]
    picked = ask.select("--hub", "Check what?", [Choice("", "one image, by its name"), *choices])
    return ("", picked) if picked else (ask.text("--ref", "Which image (IMAGE:TAG)?"), "")


def _listed(session: Session, name: str) -> Listed:
    """Return what a hub runs; raises UnknownHub, and BadFile where its values cannot be read."""
    hub = fleet.load(session.work_tree, session.settings).named(name)
    lister = Lister(session.work_tree)
    listed = lister.describe(hub)
    for problem in lister.problems.values():
        raise problem
    return listed


def _checked(
    session: Session,
    anonymous: Registry,
    name: str,
    version: HubVersion,
    provider: str,
    seconds: int,
) -> Report:
    """Return what is found of one image; a name that cannot be one is a finding, too."""
    try:
        ref = Reference.parse(name)
    except BadReference as bad:
        return Report(ref=name, digest=None, checks=(Check("found", False, bad.what, bad.fix),))
    platform = session.settings.platform
    asked = published.ask(ref, platform, session.registry, anonymous, provider)
    question = Question(published=asked, hub=version, seconds=seconds)
    return look.check(question, session.engine)


def _user_images(about: Listed | None) -> list[str]:
    """Return the names of a hub's user images, each once; raises NoUserImages."""
    assert about  # noqa: S101 - without --ref there is a hub
    names = dict.fromkeys(
        image.name if image.tag is None else f"{image.name}:{image.tag}"
        for image in about.user_images
    )
    if not names:
        raise NoUserImages(about.hub)
    return list(names)


def _hub_version(session: Session, about: Listed | None) -> HubVersion:
    """Return which JupyterHub the hub has, or any hub that follows the production image."""
    try:
        production = images.load(session.work_tree, session.settings).production
    except Failure as failure:
        if about is None:
            return HubVersion(None, f"which JupyterHub the hubs have is not known: {failure.what}")
        production = None
    references = list(_hub_images(about))
    if about is None and production and production.base:
        references.append(production.base)
    with suppress(Failure):  # without an engine the chart has to tell
        if said := hubversion.of_images(session.engine, references):
            return said
    try:
        if about:
            dependency = about.hub.jupyterhub(session.work_tree)
            return hubversion.of_chart(session.work_tree, dependency, about.hub.chart)
        assert production  # noqa: S101 - or we had returned
        dependency = charts.jupyterhub(session.work_tree, production.chart)
        return hubversion.of_chart(session.work_tree, dependency, production.chart)
    except Failure as failure:
        return HubVersion(None, f"which JupyterHub the hub has is not known: {failure.what}")


def _hub_images(about: Listed | None) -> Iterator[Reference]:
    image = about.hub_image if about else None
    if image and image.name:
        with suppress(BadReference):
            yield Reference.parse(f"{image.name}:{image.tag}" if image.tag else image.name)


def _provider(session: Session, hub: Hub) -> str:
    """Return the cloud that a hub's cluster.yaml names, or nothing."""
    path = join(session.settings.clusters_dir, hub.cluster, "cluster.yaml")
    said = load_mapping(session.work_tree.read(path) or "", path).get("provider")
    return said if isinstance(said, str) else ""


def _show(report: Console, found: Report) -> None:
    report.say(report.paint(found.ref, "bold"))
    for check in found.checks:
        mark, colour = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}[check.ok]
        report.say(f"{report.paint(mark, colour)} {check.name}: {check.detail}")
        if check.fix:
            report.say(f"    → {check.fix}")
    open_ = sum(1 for check in found.checks if check.ok is None)
    left = f"; {open_} point(s) could not be told" if open_ else ""
    served = any(check.name == "serves" and check.ok for check in found.checks)
    fit = "nothing speaks against it" if served else "not known to serve"
    report.say(("unfit" if found.unfit else fit) + left)

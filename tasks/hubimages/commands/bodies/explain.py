"""What explain does: find which image is meant, look, and show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from invoke.context import Context

from hubimages import fleet, images
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.bodies import picking
from hubimages.commands.session import Session, emit, start
from hubimages.console import Console
from hubimages.explaining import text, which
from hubimages.explaining.explanation import Explanation
from hubimages.explaining.look import explain as look
from hubimages.explaining.seen import Question
from hubimages.images import Image, Images
from hubimages.listing import Listed, Lister


def explain(c: Context, *, tag: str, image: str, json: bool) -> None:
    """Say what is in a tag."""
    session = start(c)
    found = images.load(session.work_tree, session.settings)
    chosen = found.named(image) if image else None
    if not tag:
        if not ask.interactive():
            raise ask.MissingValue("--tag")
        chosen = chosen or _pick(_hub_images(found), "Which image?")
        tag = picking.tag(session, chosen)
    listed, broken = _listed(session)
    chosen = chosen or _having(session, found, tag, listed)
    asked = Question(image=chosen, tag=tag, production=found.is_production(chosen))
    about = look(asked, listed, session.git, session.registry, session.settings)
    about = replace(about, notes=(*about.notes, *broken))
    if json:
        emit(as_json(about))
        return
    report = Console(stream=sys.stdout, program=session.console.program)
    for line in text.lines(about, report.paint):
        report.say(line)


def _hub_images(found: Images) -> tuple[Image, ...]:
    return (found.production, *found.experiments)


def _having(session: Session, found: Images, tag: str, listed: Sequence[Listed]) -> Image:
    among = _hub_images(found)
    have = which.having(session.git, among, tag, listed, session.registry, session.settings)
    return _pick(have, f"More than one image has {tag}. Which one?")


def _pick(among: Sequence[Image], question: str) -> Image:
    """Return the only image, or let the person pick one; raises MissingValue."""
    if len(among) == 1:
        return among[0]
    key = ask.select("--image", question, [Choice(one.key, one.key) for one in among])
    return next(one for one in among if one.key == key)


def _listed(session: Session) -> tuple[list[Listed], list[str]]:
    """Return what the hubs run, and a note for each file that hides what a hub runs."""
    hubs = fleet.load(session.work_tree, session.settings)
    lister = Lister(session.work_tree)
    listed = [lister.describe(hub) for hub in hubs.hubs]
    problems = (*hubs.problems, *lister.problems.values())
    return listed, [f"not all hubs are known. {problem.what}" for problem in problems]


def as_json(about: Explanation) -> dict[str, Any]:
    """Return the document of the contract."""
    commit = asdict(about.commit) if about.commit else None
    hubs = [{"hub": use.hub, "source": use.source} for use in about.hubs]
    return asdict(about) | {"commit": commit, "hubs": hubs}

"""What user-image.check does: find out which images are meant and for what hub, look, and show."""

from __future__ import annotations

import sys

from invoke.context import Context

from hubimages import fleet
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.boundary import Finding
from hubimages.commands.session import Session, emit, start
from hubimages.console import Console
from hubimages.errors import Failure
from hubimages.reference import BadReference, Reference
from hubimages.registry import Registry
from hubimages.userimages import look, published
from hubimages.userimages.findings import Check, Report
from hubimages.userimages.look import Question
from hubimages.userimages.subjects import Subject, Subjects


class BadSeconds(Failure):
    """What was given is no number of seconds, or none in which a server could answer."""

    def __init__(self, given: str) -> None:
        super().__init__(f"--seconds is {given!r}.", fix="give it at least 1, for instance 60")


def check(c: Context, *, ref: str, hub: str, seconds: str, json: bool) -> None:
    """Check one image, or every user image of hubs; raises Finding where one is unfit."""
    session = start(c)
    limit = _limit(seconds)
    ref, hub = _wanted(session, ref, hub)
    if ref:
        Reference.parse(ref)  # a mistake in the flag is one of the command, and not of the image
    hubs = fleet.load(session.work_tree, session.settings).several(hub) if hub else []
    subjects = Subjects(tree=session.work_tree, settings=session.settings, engine=session.engine)
    meant = subjects.of(ref, hubs)
    if len(hubs) > 1:
        _say_passed_over(session, subjects)
    report = Console(stream=sys.stdout, program=session.console.program)
    found = []
    insecure = frozenset(session.settings.insecure_registries)
    with Registry(insecure=insecure, anonymous=True) as anonymous:
        for subject in meant:
            with session.console.step(f"look at {subject.name}"):
                found.append(_checked(session, anonymous, subject, limit))
            if not json:
                _show(report, found[-1])
    if json:
        documents = [one.as_json() for one in found]
        emit(documents[0] if ref and len(hubs) < 2 else documents)
    if subjects.problems or any(one.unfit for one in found):
        raise Finding


def _say_passed_over(session: Session, subjects: Subjects) -> None:
    for hub in subjects.without:
        session.console.detail(f"{hub.name} names no user image in this repository")
    for problem in {str(problem): problem for problem in subjects.problems}:
        session.console.error(problem)


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


def _checked(session: Session, anonymous: Registry, subject: Subject, seconds: int) -> Report:
    """Return what is found of one image; a name that cannot be one is a finding, too."""
    name = subject.name
    try:
        ref = Reference.parse(name)
    except BadReference as bad:
        return Report(ref=name, digest=None, checks=(Check("found", False, bad.what, bad.fix),))
    platform = session.settings.platform
    asked = published.ask(ref, platform, session.registry, anonymous, subject.provider)
    question = Question(published=asked, hub=subject.version, seconds=seconds)
    return look.check(question, session.engine)


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

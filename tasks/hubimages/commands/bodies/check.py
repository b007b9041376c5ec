"""What check does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import groupby

from invoke.context import Context

from hubimages.commands.boundary import Finding as Found
from hubimages.commands.formats import CheckFormat
from hubimages.commands.session import Session, emit, start
from hubimages.console import Console
from hubimages.errors import Failure
from hubimages.policies.facts import Facts, gather
from hubimages.policies.finding import Finding
from hubimages.policies.table import Report, examine
from hubimages.registry import Registry

_KEYS = ("policy", "severity", "path", "line", "message", "fix")
_COLOURS = {"error": "red", "warning": "yellow"}


class NoSuchFormat(Failure):
    """A format was named that there is not."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no format `{name}`.", fix=f"--format, one of {', '.join(_FORMATS)}"
        )


class OnlyWithRegistry(Failure):
    """Some of the hubs were named, and no registry is to be asked about them."""

    def __init__(self) -> None:
        super().__init__(
            "--hub says whose images the registries are asked for, and without --registry they are "
            "not; the files are checked as a whole.",
            fix="add --registry, or leave out --hub",
        )


def check(c: Context, *, form: str, registry: bool, hubs: str) -> None:
    """Say what is against the rules, and end with Found where there is an error."""
    show = _format(form)
    if hubs and not registry:
        raise OnlyWithRegistry
    session = start(c)
    insecure = frozenset(session.settings.insecure_registries)
    with Registry(insecure, anonymous=True) if registry else nullcontext() as asked:
        facts = gather(session.git, session.settings, asked, hubs=hubs)
        report = examine(facts, datetime.now(UTC).date())
    show(report, Console(stream=sys.stdout, program=session.console.program))
    _sum_up(report, session, registry=registry)
    _say_left(facts, session.console)
    if report.failed:
        raise Found


def _format(name: str) -> Callable[[Report, Console], None]:
    for known, show in _FORMATS.items():
        if name == known:
            return show
    raise NoSuchFormat(name)


def _sum_up(report: Report, session: Session, *, registry: bool) -> None:
    say = session.console.say
    for name in report.off:
        say(f"switched off in the configuration: {name}")
    for finding, excuse in report.excused:
        say(f"excused until {excuse.until}, {excuse.reason}: {_at(finding)} {finding.policy}")
    errors = sum(finding.severity == "error" for finding in report.findings)
    say(f"{errors} error(s), {len(report.findings) - errors} warning(s)")
    if not registry and "pullable" not in report.off:
        say("the registries were not asked; --registry asks them")


def _say_left(facts: Facts, console: Console) -> None:
    """Say which images of the hubs that were named have not been asked for."""
    if facts.asked is None:
        return
    first = [use.hubs[0] for use in facts.uses if facts.asked.intersection(use.hubs)]
    if others := [hub.name for hub in dict.fromkeys(first) if hub not in facts.asked]:
        console.detail(
            f"what these hubs have on a line with {', '.join(others)} is asked for with the latter"
        )
    for one in facts.listed:
        if one.hub in facts.asked and not one.readable:
            console.warn(f"{one.hub.name} was left out, since one of its files cannot be read")


# --- formats -------------------------------------------------------------------------------


def _text(report: Report, out: Console) -> None:
    for (policy, severity), findings in groupby(report.findings, lambda f: (f.policy, f.severity)):
        out.say(f"{out.paint(severity, _COLOURS[severity])} {out.paint(policy, 'bold')}")
        for finding in findings:
            for line in _lines(finding):
                out.say(f"  {line}")


def _lines(finding: Finding) -> Iterator[str]:
    yield f"{_at(finding)} {finding.message}"
    yield f"  → {finding.fix}"


def _at(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}"


def _json(report: Report, _: Console) -> None:
    emit([{key: getattr(finding, key) for key in _KEYS} for finding in report.findings])


def _github(report: Report, out: Console) -> None:
    for finding in report.findings:
        out.say(_annotation(finding.severity, finding, finding.message))
    for finding, excuse in report.excused:
        why = f"{finding.message}\nExcused until {excuse.until}: {excuse.reason}"
        out.say(_annotation("notice", finding, why))


def _annotation(level: str, finding: Finding, message: str) -> str:
    """Return a workflow command; in its properties colons and commas are escaped too.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    """
    properties = {"file": finding.path, "line": str(finding.line), "title": finding.policy}
    listed = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
    )
    said = _escaped(f"{message}\n→ {finding.fix}")
    return f"::{level} {listed}::{said}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


_FORMATS: Mapping[CheckFormat, Callable[[Report, Console], None]] = {
    "text": _text,
    "json": _json,
    "github": _github,
}

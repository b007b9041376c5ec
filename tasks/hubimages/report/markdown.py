"""Where everything stands, as Markdown with a gantt chart that GitHub draws.

https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubimages.lifecycle.standing import DAY, Dated, Experiment, Status
from hubimages.lifecycle.step import CREATE, step, typed
from hubimages.report.bar import day, quiet, watch_from

# Mermaid ends a name at a colon, begins a comment at %%, and takes # and ; for its own
_ODD = re.compile(r"[^\w .+@/()-]|_{2,}")


def lines(status: Status) -> Iterator[str]:
    """Yield the lines of a Markdown document, to stand below a heading of its own or of others."""
    made = status.production
    yield "### Experimental images"
    yield ""
    yield f"Production is {code(made.image)}{' at ' + code(made.tag) if made.tag else ''}."
    yield ""
    for problem in status.undecided:
        yield f"Which images are experimental cannot be told: {_plain(problem.what)}"
        yield ""
    if not status.experiments and status.undecided:
        return
    if not status.experiments:
        yield f"There is no experimental image: {code(typed(CREATE))}"
        return
    yield "| image | stage | tag | next |"
    yield "| --- | --- | --- | --- |"
    for one in status.experiments:
        tag = code(one.tag) if one.tag else "not known"
        yield f"| {code(one.image)} | **{one.standing}** | {tag} | {code(step(status, one).text)} |"
    for one in status.experiments:
        yield from _details(status, one)
    yield from _gantt(status)


def _details(status: Status, one: Experiment) -> Iterator[str]:
    said = [
        *(
            f"{code(change.pin)} ({change.kind}): {day(change, status.deadline_days)}"
            for change in one.changes
        ),
        *(
            f"{code(left.pin.text)} is behind production's {code(left.production.text)}"
            for left in one.behind
        ),
        *(
            f"on {code(trial.hub)} with {code(trial.tag)}: {quiet(trial.quiet_days)}"
            + (", on other pins than the image has now" if trial.outdated else "")
            for trial in one.trials
        ),
        *(_plain(note) for note in one.notes),
    ]
    if said:
        yield ""
        yield f"**{_plain(one.image)}**"
        yield ""
        yield from (f"- {line}" for line in said)


def _gantt(status: Status) -> Iterator[str]:
    dated = [(one, change) for one in status.experiments for change in one.changes if change.since]
    if not dated:
        return
    yield ""
    yield "```mermaid"
    yield "gantt"
    yield "    dateFormat YYYY-MM-DD"
    yield "    axisFormat %Y-%m-%d"
    section = None
    for number, (one, change) in enumerate(dated):
        if one.image != section:
            yield f"    section {_name(one.image)}"
            section = one.image
        yield from _bars(status, one, change, number)
    yield "```"


def _bars(status: Status, one: Experiment, change: Dated, number: int) -> Iterator[str]:
    """Yield a change's time until the deadline, and its watch week.

    A task begins with a word of ours, since Mermaid takes one that begins like an order for it.
    """
    state = "crit" if change.overdue else "active"
    watch = watch_from(one, change)
    if change.since and watch:
        since, end = change.since.date(), (change.since + status.deadline_days * DAY).date()
        name = _name(change.package)
        yield f"    {change.kind} {name} :{state}, c{number}, {since}, {end}"
        until = (watch + status.trial_days * DAY).date()
        yield f"    watch {name} :w{number}, {watch.date()}, {until}"


def _name(text: str) -> str:
    return " ".join(_ODD.sub(" ", text).split()) or "?"


def code(text: str) -> str:
    """Return text as code in a table's cell: nothing in it is Markdown."""
    line = " ".join(text.replace("`", "'").split())
    return f"`{line}`".replace("|", "\\|")


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#@~])", r"\\\1", " ".join(text.split()))

"""The GitHub issue of a change whose deadline passed: its title, its text, and how it is known again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, unquote

from hubimages.lifecycle.standing import Dated, Experiment, Status
from hubimages.report import markdown
from hubimages.report.bar import quiet
from hubimages.report.markdown import code

# At the beginning alone, since an issue of somebody else's may quote one of ours
_MARKER = re.compile(r"\s*<!-- hubimages: (\S+) (\S+) -->")
_LONGEST = 60_000  # characters; GitHub takes 65,536


def marker(image: str, package: str) -> str:
    """Return the comment, not shown by GitHub, with which the text of a change's issue begins."""
    return f"<!-- hubimages: {_word(image)} {_word(package)} -->"


def _word(text: str) -> str:
    """Return text as one word that does not end an HTML comment."""
    return quote(text, safe="/:@+=")


def about(body: str) -> tuple[str, str] | None:
    """Return the image and the package that an issue is about; None for one that is not ours."""
    found = _MARKER.match(body)
    return (unquote(found[1]), unquote(found[2])) if found else None


def title(image: str, package: str) -> str:
    """Return a title that stays the same for as long as the change is overdue."""
    return f"{image}: {package} is overdue"


def body(status: Status, one: Experiment, change: Dated) -> str:
    """Return the text of an overdue change's issue, in Markdown."""
    said = "\n".join(_lines(status, one, change))
    report = "\n".join(markdown.lines(replace(status, experiments=(one,))))
    parts = [said, report, _END] if len(said) + len(report) <= _LONGEST else [said, _END]
    return "\n\n".join(parts) + "\n"


_END = (
    "---\n\nhubimages (`invoke status --issues`) writes this text anew with each run, so say what "
    "you have to say in a comment. It closes the issue once the change is promoted or dropped; "
    "where somebody else closes it before that, the next run opens another one."
)


def _lines(status: Status, one: Experiment, change: Dated) -> Iterator[str]:
    days = -(change.days_left or 0)
    yield marker(one.image, change.package)
    yield (
        f"{code(change.package)} has been in the experimental image {code(one.image)} since "
        f"{change.since:%Y-%m-%d}. Its deadline, {status.deadline_days} days later, was "
        f"{change.deadline:%Y-%m-%d}: it is **{days} day{'' if days == 1 else 's'} over**."
    )
    yield ""
    if one.trials:
        yield "Hubs that run this image:"
        yield ""
        for trial in one.trials:
            yield f"- {code(trial.hub)}, {quiet(trial.quiet_days)}"
    else:
        yield "No hub runs this image."
    promote, drop = one.ways_out
    yield ""
    yield "Either every hub gets it, or it goes:"
    yield ""
    yield f"```sh\n{promote}\n{drop}\n```"

"""What a pull request says: the plan, as the commits that carry it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hubimages.github import BODY_LIMIT

if TYPE_CHECKING:
    from hubimages.git import Git

_CUT = "\n*The rest is longer than GitHub takes here; the commits have it all.*\n\n"


def text(git: Git, commits: Sequence[str], then: str) -> str:
    """Return what a pull request says: each commit's message and diff, and the step after it.

    Cut to what GitHub takes.
    """
    end = f"**Once this is merged:** {then}\n" if then else ""
    room = BODY_LIMIT - len(end) - len(_CUT)
    parts: list[str] = []
    for commit in commits:
        subject, _, rest = git.ask("log", "-1", "--format=%B", commit).partition("\n")
        head = f"### {subject}\n\n" + (f"{rest.strip()}\n\n" if rest.strip() else "")
        words = (
            "--format=",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--src-prefix=a/",
            "--dst-prefix=b/",
        )
        diff = git("show", *words, commit).stdout.rstrip("\n")
        part = head + _fenced(diff)
        if len(part) > room:
            spare = room - len(head) - len(_fenced("")) - _longest_run(diff)
            parts += [head + _fenced(diff[:spare].rpartition("\n")[0])] if spare > 0 else []
            return "".join([*parts, _CUT, end])
        parts.append(part)
        room -= len(part)
    return "".join([*parts, end])


def _fenced(diff: str) -> str:
    """Return a diff as a block of Markdown, which its own backticks do not end."""
    fence = "`" * max(3, _longest_run(diff) + 1)
    return f"{fence}diff\n{diff}\n{fence}\n\n"


def _longest_run(diff: str) -> int:
    return max(map(len, re.findall("`+", diff)), default=0)

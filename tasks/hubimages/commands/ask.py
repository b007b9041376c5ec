"""Questions to a person: only on a terminal, never in CI, always on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from hubimages.errors import Failure


class MissingValue(Failure):
    """A value was not given, and there is nobody to ask."""

    def __init__(self, flag: str, choices: Sequence[str] = ()) -> None:
        shown = f" ({', '.join(choices[:8])}{', …' if len(choices) > 8 else ''})" if choices else ""
        super().__init__(
            f"{flag} is missing, and without a terminal it cannot be asked for.",
            fix=f"add {flag} VALUE{shown}",
        )


class NothingToChoose(Failure):
    """A value is to be picked, and there is none."""

    def __init__(self, flag: str) -> None:
        super().__init__(
            f"There is nothing to choose from for {flag}.",
            fix=f"{flag} VALUE names one all the same",
        )


class Declined(Failure):
    """The person said no."""

    def __init__(self) -> None:
        super().__init__("Not confirmed; nothing was changed.")


class NotConfirmed(Failure):
    """A confirmation is needed, and there is nobody to ask."""

    def __init__(self, question: str) -> None:
        super().__init__(
            f"{question} Without a terminal this cannot be asked.",
            fix="add --yes if the answer is yes",
        )


@dataclass(frozen=True)
class Choice:
    """One answer to pick: its value and how it is shown."""

    value: str
    shown: str


def interactive() -> bool:
    """Whether there is a person at a terminal to ask."""
    ci = os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}
    return not ci and sys.stdin.isatty() and sys.stderr.isatty()


def select(flag: str, question: str, choices: Sequence[Choice], default: str | None = None) -> str:
    """Let the person pick a value; raises MissingValue, naming the flag, or NothingToChoose."""
    if not interactive():
        raise MissingValue(flag, [choice.value for choice in choices])
    if not choices:
        raise NothingToChoose(flag)
    import questionary
    from prompt_toolkit.output import create_output

    shown = [questionary.Choice(choice.shown, value=choice.value) for choice in choices]
    known = default if default in {choice.value for choice in choices} else None
    output = create_output(stdout=sys.stderr)
    return str(
        questionary.select(question, choices=shown, default=known, output=output).unsafe_ask()
    )


def text(flag: str, question: str) -> str:
    """Let the person type a value; raises MissingValue naming the flag where nobody can."""
    if not interactive():
        raise MissingValue(flag)
    import questionary
    from prompt_toolkit.output import create_output

    answer = questionary.text(
        question,
        validate=lambda typed: bool(typed.strip()),
        output=create_output(stdout=sys.stderr),
    )
    return str(answer.unsafe_ask()).strip()


def confirm(question: str, *, yes: bool, default: bool = True) -> None:
    """Go on only with a yes, from the flag or the person; raises Declined or NotConfirmed."""
    if yes:
        return
    if not interactive():
        raise NotConfirmed(question)
    if not agreed(question, default=default):
        raise Declined


def agreed(question: str, *, default: bool) -> bool:
    """Return the person's yes or no; only where interactive() holds."""
    import questionary
    from prompt_toolkit.output import create_output

    return bool(
        questionary.confirm(
            question, default=default, output=create_output(stdout=sys.stderr)
        ).unsafe_ask()
    )

"""What next does."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from invoke.context import Context

from hubimages.commands import ask, root
from hubimages.commands.ask import Choice
from hubimages.commands.bodies import reading
from hubimages.commands.boundary import Finding
from hubimages.commands.session import emit, start
from hubimages.console import Console, as_typed
from hubimages.lifecycle.standing import Experiment, Status
from hubimages.lifecycle.step import CREATE, Command, Step, known, step, typed


def next_(c: Context, *, json: bool) -> None:
    """Say what each experiment needs; on a terminal, run what the person picks."""
    session = start(c)
    found = reading.read(session, datetime.now(UTC))
    steps = [(one, step(found, one)) for one in found.experiments]
    program = session.console.program
    if json:
        emit([_as_json(one, next_, program) for one, next_ in steps])
    else:
        report = Console(stream=sys.stdout, program=program)
        for line in _lines(found, steps, report):
            report.say(line)
    untold = reading.untold(found, session.console, "what comes next")
    offer = not json and ask.interactive() and sys.stdout.isatty()
    if offer and (picked := _picked(_offered(found, steps), program)):
        session.console.say(f"$ {typed(picked)}")
        root.run(c, picked)
    if untold:
        raise Finding


def _as_json(one: Experiment, found: Step, program: str) -> dict[str, Any]:
    command = [program, *known(found.commands[0])] if found.commands else None
    return {
        "experiment": one.image,
        "stage": one.stage,
        "says": as_typed(found.says, program),
        "command": command,
    }


def _lines(
    found: Status, steps: Sequence[tuple[Experiment, Step]], report: Console
) -> Iterator[str]:
    for one, then in steps:
        yield f"{report.paint(one.image, 'bold')} ({one.standing}): {then.says}"
        for note in one.notes:
            yield report.paint(f"  ? {note}", "yellow")
        yield f"  next: {then.text}"
    for problem in found.undecided:
        yield f"? which images are experimental cannot be told: {problem.what}"
    if not steps and not found.undecided:
        yield "There is no experimental image."
        yield f"  next: {typed(CREATE)}"


def _offered(found: Status, steps: Sequence[tuple[Experiment, Step]]) -> list[Command]:
    """Return what there is to pick from, without what is to be filled in: it is asked for."""
    commands = [command for _, then in steps for command in then.commands]
    if not steps and not found.undecided:
        commands = [CREATE]
    return list(dict.fromkeys(map(known, commands)))


def _picked(commands: Sequence[Command], program: str) -> Command | None:
    if not commands:
        return None
    choices = [Choice(str(n), as_typed(typed(one), program)) for n, one in enumerate(commands)]
    picked = ask.select("--json", "Run one of them?", [*choices, Choice("", "nothing")])
    return commands[int(picked)] if picked else None

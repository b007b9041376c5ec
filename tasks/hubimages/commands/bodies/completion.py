"""What completion does: find out what is being typed, and offer what can stand there."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from invoke.collection import Collection
from invoke.context import Context
from invoke.parser.argument import Argument
from invoke.parser.context import ParserContext

from hubimages import config
from hubimages.commands import root
from hubimages.commands.ask import MissingValue
from hubimages.commands.boundary import console
from hubimages.commands.formats import CheckFormat, Shell, StatusFormat
from hubimages.config import BuilderChoice
from hubimages.errors import Failure

_CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("status", "format"): get_args(StatusFormat),
    ("check", "format"): get_args(CheckFormat),
    ("build-hub", "builder"): get_args(BuilderChoice),
    ("completion", "shell"): get_args(Shell),
}


class NoSuchShell(Failure):
    """A shell was named for which there is no script."""

    def __init__(self, name: str) -> None:
        shells = ", ".join(get_args(Shell))
        super().__init__(f"There is no completion for `{name}`.", fix=f"--shell, one of {shells}")


@dataclass(frozen=True)
class Cursor:
    """Where on a command line the cursor is: in a task or not, at a flag's value or not."""

    current: str  # what has been typed of the word
    task: ParserContext | None = None
    flag: Argument | None = None
    given: Mapping[str, str] = field(default_factory=dict)  # values by their flag's name


def completion(c: Context, *, shell: str, line: str) -> None:
    """Print a shell's script, or what can stand at the end of a line: a word on each line.

    An error is not for the middle of somebody's typing; there are no words then.
    """
    if line:
        with suppress(Exception):
            sys.stdout.write("".join(f"{word}\n" for word in words(c, line)))
        return
    if not shell:
        raise MissingValue("--shell", get_args(Shell))
    for known in get_args(Shell):
        if shell == known:
            from hubimages.commands.bodies import shells

            sys.stdout.write(shells.script(known, console.program))
            return
    raise NoSuchShell(shell)


def words(c: Context, line: str) -> list[str]:
    """Return what the last word of a line could become."""
    contexts = {each.name or "": each for each in _collection(c).to_contexts()}
    at = cursor(line, contexts)
    task, current = at.task, at.current
    if at.flag:
        return _values(c, at)
    if task and current.startswith("--") and "=" in current:
        name, _, value = current.partition("=")
        flag = task.flags.get(name)
        begun = Cursor(value, task, flag, at.given)
        return [f"{name}={word}" for word in _values(c, begun)] if flag else []
    if current.startswith("-") or (task and not current):
        return _starting(current, _flags(at))
    return _starting(current, sorted(contexts))


def cursor(line: str, contexts: Mapping[str, ParserContext]) -> Cursor:
    """Read a line up to the cursor, program first; raises ValueError for a quote that is open."""
    typed = shlex.split(line)
    current = typed.pop() if typed and not line[-1:].isspace() else ""
    task: ParserContext | None = None
    flag: Argument | None = None
    given: dict[str, str] = {}
    for word in typed[1:]:
        name, has_value, value = word.partition("=")
        if flag:
            given[flag.name or ""] = word
            flag = None
        elif task and (found := task.flags.get(name)):
            flag = found if found.takes_value and not has_value else None
            given[found.name or ""] = value
        elif word in contexts:
            task, given = contexts[word], {}
    return Cursor(current, task, flag, given)


def _collection(c: Context) -> Collection:
    """Return what Invoke has loaded: the person's tasks may be more than ours, or others."""
    module = sys.modules.get(c.config.tasks.collection_name)
    return Collection.from_module(module) if module else root.namespace


def _flags(at: Cursor) -> list[str]:
    if not at.task:
        return ["--help", "--list", "--version"]
    given = set(at.given)
    flags = at.task.flags.items()
    return [name for name, one in flags if name.startswith("--") and one.name not in given]


def _values(c: Context, at: Cursor) -> list[str]:
    """Return the values that fit the flag; none where it takes any text."""
    assert at.task  # noqa: S101 - a flag is a task's
    assert at.flag  # noqa: S101
    task, flag = at.task.name or "", at.flag.name or ""
    if choices := _CHOICES.get((task, flag)):
        return _starting(at.current, choices)
    before, comma, _ = at.current.rpartition(",")  # --hub takes several
    found = _from_repository(c, task, flag, at.given)
    others = (word for word in found if word not in before.split(","))
    return _starting(at.current, (f"{before}{comma}{word}" for word in others))


def _from_repository(c: Context, task: str, flag: str, given: Mapping[str, str]) -> Iterable[str]:
    from hubimages.git import Git, clean_environment
    from hubimages.process import Processes
    from hubimages.suggestions import Suggestions

    clean_environment()
    settings = config.read(dict(c.config.hubimages))
    suggest = Suggestions(Git.at(Path.cwd(), Processes()), settings)
    of_experiment = task.startswith("experiment.")
    match flag:
        case "image" if task == "hubs.list":
            return suggest.repositories()
        case "image" if task != "experiment.create":
            return suggest.experiments() if of_experiment else suggest.images()
        case "hub" | "canary":
            return suggest.hubs()
        case "cluster":
            return suggest.clusters()
        case "context":
            from hubimages import kubeconfig

            return ["matching", *(context.name for context in kubeconfig.load().contexts)]
        case "tag":
            return suggest.tags(
                given.get("image") or (settings.experiment if of_experiment else "")
            )
        case "package":
            return suggest.packages(given.get("image", ""))
        case _:
            return ()


def _starting(current: str, found: Iterable[str]) -> list[str]:
    return [word for word in found if word.startswith(current)]

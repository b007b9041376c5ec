"""All commands in one collection, for those that have to know the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.executor import Executor
from invoke.parser import Parser
from invoke.parser.context import ParserContext
from invoke.tasks import Task

from hubimages import config

namespace = Collection()  # commands/__init__.py fills it
namespace.configure({"hubimages": config.defaults()})


def fill(*parts: Task[Any] | Collection) -> None:
    """Add tasks and collections of tasks."""
    for part in parts:
        if isinstance(part, Collection):
            namespace.add_collection(part)
        else:
            namespace.add_task(part)


def run(c: Context, words: Sequence[str]) -> None:
    """Run a command, its name and flags as they are typed, in this process; raises ParseError."""
    parser = Parser(contexts=namespace.to_contexts(), initial=ParserContext())
    _, *calls = parser.parse_argv(list(words))
    Executor(namespace, c.config).execute(*calls)

"""What every command starts from: the repository, the settings, and the tools to work with."""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.context import Context

from hubimages import config
from hubimages.commands.boundary import console
from hubimages.config import Settings
from hubimages.console import Console
from hubimages.errors import BadConfiguration, CommandMissing, Failure
from hubimages.git import Git, clean_environment
from hubimages.process import Processes
from hubimages.redaction import redact
from hubimages.registry import Registry
from hubimages.tree import WorkTree

if TYPE_CHECKING:
    from hubimages.edits import Edit
    from hubimages.engine import Engine


class NoGit(Failure):
    """There is no `git` command, without which not even doctor can look."""

    def __init__(self) -> None:
        super().__init__(
            "There is no `git` command on the PATH, and everything here is read from git.",
            fix="install it: https://git-scm.com/downloads (on Debian: sudo apt-get install git)",
        )


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run of one command."""

    settings: Settings
    git: Git
    console: Console
    branch: str = ""  # of the pull request that commits go to; empty: the person's own
    begun: bool = False  # whether that branch has commits of an earlier run

    @cached_property
    def engine(self) -> Engine:
        """The engine that images come to, found when first asked for: that of the configured
        docker context, or else docker's own choice. Raises NoDocker."""
        from hubimages.engine import builders

        return builders.engine(self.git.run, self.settings.builder_name)

    @cached_property
    def registry(self) -> Registry:
        """The registry client, made when first asked for."""
        return Registry(insecure=frozenset(self.settings.insecure_registries))

    @property
    def work_tree(self) -> WorkTree:
        """The person's files as they are now."""
        return WorkTree(self.git.root)


def start(context: Context) -> Session:
    """Find the repository and read the settings; raises NotARepository, BadConfiguration."""
    found = context.config.get("hubimages", {})
    if not hasattr(found, "keys"):
        raise BadConfiguration(
            f"`hubimages:` in invoke.yaml is {found!r}.",
            fix="write keys and values below it, or leave it out",
        )
    settings = config.read(dict(found))
    clean_environment()
    run = Processes(echo=lambda line: console.detail(f"$ {line}"), line=console.progress)
    try:
        git = Git.at(Path.cwd(), run)
    except CommandMissing:
        raise NoGit from None
    return Session(settings=settings, git=git, console=console)


def show(edit: Edit) -> None:
    """Show an edit as a diff."""
    for line in redact(edit.diff()).splitlines():
        colour = {"+": "green", "-": "red", "@": "dim"}.get(line[:1])
        console.verbatim(console.paint(line, colour) if colour else line)


def emit(value: Any) -> None:
    """Print one JSON document to standard output, and nothing else goes there."""
    sys.stdout.write(json.dumps(value, indent=2, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(type(value).__name__)

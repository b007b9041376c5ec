"""The `hubimages` command: the same tasks in a repository that has no tasks.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

from invoke.config import AmbiguousMergeError
from invoke.exceptions import Exit
from invoke.program import Program
from invoke.util import yaml  # type: ignore[attr-defined]  # the one that Invoke reads with

from hubimages import __version__
from hubimages.commands import namespace
from hubimages.commands.boundary import console
from hubimages.console import as_typed

_EXAMPLE = "Example: "  # how a line of a docstring begins


class Hubimages(Program):
    """Invoke with our tasks built in, reading the repository's own invoke.yaml all the same."""

    def parse_collection(self) -> None:
        """Load the invoke.yaml beside the nearest .git above the current folder."""
        super().parse_collection()
        here = Path.cwd()
        root = next(
            (folder for folder in (here, *here.parents) if (folder / ".git").exists()), here
        )
        self.config.set_project_location(root)
        with _readable(root / "invoke.yaml"):
            self.config.load_project()

    def print_task_help(self, name: str) -> None:
        """Print what a command says of itself, and last its examples, as they are typed here."""
        with redirect_stdout(StringIO()) as said:
            super().print_task_help(name)
        lines = as_typed(said.getvalue().rstrip(), console.program).splitlines()
        print("\n".join(line for line in lines if _EXAMPLE not in line))  # noqa: T201
        print("\nExamples:")  # noqa: T201
        for line in lines:
            if _EXAMPLE in line:
                print(f"{self.leading_indent}{line.partition(_EXAMPLE)[2]}")  # noqa: T201
        print()  # noqa: T201

    def execute(self) -> None:
        """Run the tasks; merging the configuration is the first thing that this does."""
        with _readable("invoke.yaml"):
            super().execute()


@contextmanager
def _readable(path: Path | str) -> Iterator[None]:
    """Turn what Invoke says of a configuration that it cannot read into a message."""
    try:
        yield
    except (yaml.YAMLError, AmbiguousMergeError) as error:
        raise Exit(f"error: {path} cannot be read: {error}\n  → correct it", 1) from None


def main() -> None:
    """Run the command line."""
    console.program = "hubimages"
    Hubimages(name="hubimages", binary="hubimages", namespace=namespace, version=__version__).run()

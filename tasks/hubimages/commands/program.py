"""The `hubimages` command: the same tasks in a repository that has no tasks.py."""

from __future__ import annotations

from pathlib import Path

from invoke.program import Program

from hubimages import __version__
from hubimages.commands import namespace
from hubimages.commands.boundary import console


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
        self.config.load_project()


def main() -> None:
    """Run the command line."""
    console.program = "hubimages"
    Hubimages(name="hubimages", binary="hubimages", namespace=namespace, version=__version__).run()

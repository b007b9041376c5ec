"""Every failure that is expected, each with its cause and the next thing to type.

Below the commands code only raises; one boundary (commands/boundary.py) turns these into
messages and exit codes.
"""

from __future__ import annotations

from pathlib import Path

_TAIL = 30  # lines of a failed command's output: enough to see which step of a build it was


class Failure(Exception):
    """An expected failure: what happened and why, and what to do next."""

    code = 1

    def __init__(self, what: str, *, fix: str = "") -> None:
        """Take one or two sentences of cause, and the next command or act."""
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  → {self.fix}" if self.fix else self.what


# --- processes ---------------------------------------------------------------------------


class CommandMissing(Failure):
    """A program that is needed is not on the PATH."""

    def __init__(self, program: str) -> None:
        super().__init__(f"`{program}` is not on the PATH.", fix="invoke doctor says how to get it")
        self.program = program


class CommandFailed(Failure):
    """A program ended with an exit code that was not expected."""

    def __init__(self, command: str, status: int, stdout: str, stderr: str) -> None:
        tail = "\n".join(f"    {line}" for line in (stderr or stdout).strip().splitlines()[-_TAIL:])
        super().__init__(f"`{command}` failed with exit code {status}:\n{tail}".rstrip(":\n"))
        self.status = status
        self.stdout = stdout
        self.stderr = stderr


class CommandTimedOut(Failure):
    """A program did not end in its time."""

    def __init__(self, command: str, seconds: float) -> None:
        super().__init__(f"`{command}` gave no answer within {seconds:.0f} s.")
        self.seconds = seconds


# --- configuration and files ---------------------------------------------------------------


class BadConfiguration(Failure):
    """A configuration file or variable says something that cannot be."""


class BadFile(Failure):
    """A file of the repository cannot be read as what it should be."""

    def __init__(
        self, path: Path | str, why: str, *, line: int | None = None, fix: str = ""
    ) -> None:
        at = f"{path}:{line}" if line else str(path)
        super().__init__(f"{at}: {why}", fix=fix)
        self.path = str(path)
        self.line = line

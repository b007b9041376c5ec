"""The one gate through which every other program is started.

Words, never a shell string; echoed with secrets redacted; output kept for the error
message; and on any interruption the whole family of processes is ended.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hubimages.ending import end, end_family, ended_after, sending
from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.interruption import GRACE, Interruption
from hubimages.redaction import quoted, redact


class CannotStart(Failure):
    """A program is there, but the system will not start it."""

    def __init__(self, program: str, error: OSError) -> None:
        super().__init__(
            f"`{program}` cannot be started: {error.strerror or error}.",
            fix="see whether you may run it, and whether its interpreter is where its first line says",
        )


@dataclass(frozen=True, kw_only=True)
class Completed:
    """What a finished process left: its words, exit code and both streams as text."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str


class Runner(Protocol):
    """What starts programs; handed to whatever needs one, so that a test can record instead."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> Completed:
        """Run argv to its end; see Processes."""

    def stream(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float | None = None,
        grace: float = GRACE,
    ) -> Completed:
        """Run a long argv, showing its output as it comes; see Processes."""


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Processes:
    """The real Runner.

    echo gets the command line of each long command, line each line of its output; env is laid
    over this process's own environment, and takes a variable out where it has None.
    interruption lets another thread end what this one runs; Ctrl-C at the terminal then reaches
    programs by that way alone.
    """

    echo: Callable[[str], None] = field(default=_silent)
    line: Callable[[str], None] = field(default=_silent)
    interruption: Interruption | None = None

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> Completed:
        """Run argv with its output captured.

        Raises CommandMissing, CannotStart, CommandTimedOut (after timeout seconds) and, with
        check, CommandFailed for an exit code other than 0.
        """
        apart = self.interruption is not None
        with _started(argv, cwd, env, stderr=subprocess.PIPE, detached=apart) as child:
            finish = end_family if apart else end
            try:
                with self._interruptible(sending(child) if apart else child.send_signal):
                    out, err = child.communicate(stdin.encode("utf-8", "surrogateescape"), timeout)
            except subprocess.TimeoutExpired:
                finish(child)
                raise CommandTimedOut(quoted(argv), timeout or 0) from None
            except BaseException:
                finish(child)
                raise
        return _checked(_completed(argv, child, out, err), check)

    def stream(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float | None = None,
        grace: float = GRACE,
    ) -> Completed:
        """Run argv, handing each line of output on as it comes; both streams return as stdout.

        The process gets a session of its own, so that Ctrl-C reaches it through us alone and
        its children are ended with it; grace is how many seconds it then has to end by itself.
        Raises CommandMissing, CannotStart, CommandTimedOut (after timeout seconds) and CommandFailed.
        """
        self.echo(quoted(argv))
        lines: list[bytes] = []
        with (
            _started(argv, cwd, env, stderr=subprocess.STDOUT, detached=True) as child,
            ended_after(child, timeout) as too_late,
        ):
            try:
                assert child.stdin  # noqa: S101 - Popen was given pipes
                assert child.stdout  # noqa: S101
                child.stdin.close()
                with self._interruptible(sending(child), grace):
                    for line in child.stdout:
                        lines.append(line)
                        self.line(redact(_text(line).rstrip("\r\n")))
                    child.wait()
            except BaseException:
                end_family(child, grace)
                raise
        if too_late.is_set():
            raise CommandTimedOut(quoted(argv), timeout or 0)
        return _checked(_completed(argv, child, b"".join(lines), b""), True)

    def _interruptible(
        self, send: Callable[[signal.Signals], None], grace: float = GRACE
    ) -> AbstractContextManager[None]:
        return self.interruption.of(send, grace) if self.interruption else nullcontext()


def _started(
    argv: Sequence[str],
    cwd: Path | None,
    env: Mapping[str, str | None] | None,
    *,
    stderr: int,
    detached: bool,
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=_laid_over(env) if env else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=detached,
        )
    except OSError as error:
        if cwd and not cwd.is_dir():
            raise
        if isinstance(error, FileNotFoundError) and shutil.which(argv[0]) is None:
            raise CommandMissing(argv[0]) from None
        raise CannotStart(argv[0], error) from None


def _laid_over(env: Mapping[str, str | None]) -> dict[str, str]:
    together = {**os.environ, **env}
    return {name: value for name, value in together.items() if value is not None}


def _completed(
    argv: Sequence[str], child: subprocess.Popen[bytes], out: bytes, err: bytes
) -> Completed:
    return Completed(argv=tuple(argv), code=child.returncode, stdout=_text(out), stderr=_text(err))


def _text(data: bytes) -> str:
    """Decode what a program wrote; line endings and odd bytes survive a round trip."""
    return data.decode("utf-8", "surrogateescape")


def _checked(done: Completed, check: bool) -> Completed:
    if check and done.code:
        raise CommandFailed(quoted(done.argv), done.code, redact(done.stdout), redact(done.stderr))
    return done

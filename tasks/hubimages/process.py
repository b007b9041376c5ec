"""The one gate through which every other program is started.

Words, never a shell string; echoed with secrets redacted; output kept for the error
message; and on any interruption the whole family of processes is ended.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.interruption import GRACE, Interruption

_USERINFO = re.compile(r"(?<=://)[^/\s]+@")
_SECRET_NAME = re.compile(
    r"(TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|_PAT|(API|_)KEY)$", re.IGNORECASE
)
_SHORTEST_SECRET = 8  # characters; hiding every `true` and `test` would hide the cause


class CannotStart(Failure):
    """A program is there, but the system will not start it."""

    def __init__(self, program: str, error: OSError) -> None:
        super().__init__(
            f"`{program}` cannot be started: {error.strerror or error}.",
            fix="see whether you may run it, and whether its interpreter is where its first line says",
        )


def redact(text: str) -> str:
    """Return text without credentials in URLs and without the values of secret variables."""
    text = _USERINFO.sub("***@", text)
    for secret in _secrets():
        text = text.replace(secret, "***")
    return text


def _secrets() -> list[str]:
    """Return what must not be shown: the lines of secret variables, longest first.

    Lines, since output is shown line by line; longest first, so that no secret that begins like
    another is shown from there on.
    """
    values = (value for name, value in os.environ.items() if _SECRET_NAME.search(name))
    lines = {line.strip() for value in values for line in value.splitlines()}
    return sorted((x for x in lines if len(x) >= _SHORTEST_SECRET), key=len, reverse=True)


def quoted(argv: Sequence[str]) -> str:
    """Return argv as a person would type it, secrets redacted."""
    return shlex.join(redact(word) for word in argv)


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
            try:
                with self._interruptible(child.send_signal):
                    out, err = child.communicate(stdin.encode("utf-8", "surrogateescape"), timeout)
            except subprocess.TimeoutExpired:
                _end(child)
                raise CommandTimedOut(quoted(argv), timeout or 0) from None
            except BaseException:
                _end(child)
                raise
        return _checked(_completed(argv, child, out, err), check)

    def stream(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
    ) -> Completed:
        """Run argv, handing each line of output on as it comes; both streams return as stdout.

        The process gets a session of its own, so that Ctrl-C reaches it through us alone and
        its children are ended with it. Raises CommandMissing, CannotStart and CommandFailed.
        """
        self.echo(quoted(argv))
        lines: list[bytes] = []
        with _started(argv, cwd, env, stderr=subprocess.STDOUT, detached=True) as child:
            try:
                assert child.stdin  # noqa: S101 - Popen was given pipes
                assert child.stdout  # noqa: S101
                child.stdin.close()
                with self._interruptible(lambda number: _signal_family(child, number)):
                    for line in child.stdout:
                        lines.append(line)
                        self.line(redact(_text(line).rstrip("\r\n")))
                    child.wait()
            except BaseException:
                _end_family(child)
                raise
        return _checked(_completed(argv, child, b"".join(lines), b""), True)

    def _interruptible(
        self, send: Callable[[signal.Signals], None]
    ) -> AbstractContextManager[None]:
        return self.interruption.of(send) if self.interruption else nullcontext()


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


def _end(child: subprocess.Popen[bytes]) -> None:
    _ended(child, child.send_signal)


def _end_family(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started; it leads a process group of its own."""
    _ended(child, lambda number: _signal_family(child, number))


def _signal_family(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left, or nobody of ours
        os.killpg(child.pid, number)


def _ended(child: subprocess.Popen[bytes], send: Callable[[signal.Signals], None]) -> None:
    """Ask to end, wait, then kill; also where Ctrl-C is pressed again meanwhile."""
    try:
        send(signal.SIGTERM)
        if child.stdout:
            child.stdout.close()
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
    finally:
        send(signal.SIGKILL)
        child.wait()

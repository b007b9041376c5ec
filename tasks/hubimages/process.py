"""The one gate through which every other program is started.

Words, never a shell string; echoed with secrets redacted; output kept for the error
message; and on any interruption the whole family of processes is ended.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut

_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_SECRET_NAME = re.compile(r"(TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIALS?)$", re.IGNORECASE)
_GRACE = 5.0  # seconds between asking a process to end and making it


def redact(text: str) -> str:
    """Return text without credentials in URLs and without the values of secret variables."""
    text = _USERINFO.sub("***@", text)
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET_NAME.search(name):
            text = text.replace(value, "***")
    return text


def quoted(argv: Sequence[str]) -> str:
    """Return argv as a person would type it, secrets redacted."""
    return redact(shlex.join(argv))


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
        env: Mapping[str, str] | None = None,
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
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run a long argv, showing its output as it comes; see Processes."""


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Processes:
    """The real Runner.

    echo gets the command line of each long command, line each line of its output; env is laid
    over this process's own environment.
    """

    echo: Callable[[str], None] = field(default=_silent)
    line: Callable[[str], None] = field(default=_silent)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> Completed:
        """Run argv with its output captured.

        Raises CommandMissing, CommandTimedOut (after timeout seconds) and, with check,
        CommandFailed for an exit code other than 0.
        """
        with _started(argv, cwd, env, stderr=subprocess.PIPE, detached=False) as child:
            try:
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
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run argv, handing each line of output on as it comes; both streams return as stdout.

        The process gets a session of its own, so that Ctrl-C reaches it through us alone and
        its children are ended with it. Raises CommandMissing and CommandFailed.
        """
        self.echo(quoted(argv))
        lines: list[bytes] = []
        with _started(argv, cwd, env, stderr=subprocess.STDOUT, detached=True) as child:
            try:
                assert child.stdin  # noqa: S101 - Popen was given pipes
                assert child.stdout  # noqa: S101
                child.stdin.close()
                for line in child.stdout:
                    lines.append(line)
                    self.line(redact(_text(line).rstrip("\r\n")))
                child.wait()
            except BaseException:
                _end_family(child)
                raise
        return _checked(_completed(argv, child, b"".join(lines), b""), True)


def _started(
    argv: Sequence[str],
    cwd: Path | None,
    env: Mapping[str, str] | None,
    *,
    stderr: int,
    detached: bool,
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**os.environ, **env} if env else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=detached,
        )
    except FileNotFoundError:
        if cwd and not cwd.is_dir():
            raise
        raise CommandMissing(argv[0]) from None


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
    child.terminate()
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()


def _end_family(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started; it leads a process group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    _drain(child.stdout)
    with suppress(subprocess.TimeoutExpired):
        child.wait(_GRACE)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _drain(stream: IO[bytes] | None) -> None:
    if stream:
        stream.close()

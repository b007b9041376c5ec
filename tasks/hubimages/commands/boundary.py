"""The one place where errors become messages and exit codes.

0 done, 1 an expected failure or a finding, 3 a bug of hubimages (with a log to attach),
130 interrupted.
"""

from __future__ import annotations

import errno
import functools
import io
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn, ParamSpec

from invoke.exceptions import Exit, ParseError

from hubimages import __version__
from hubimages.console import Console
from hubimages.errors import Failure
from hubimages.redaction import redact

P = ParamSpec("P")
console = Console()
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Finding(Exception):
    """Ends a command with exit code 1, its report having been printed."""


def guarded(body: Callable[P, None]) -> Callable[P, None]:
    """Wrap a task's body; goes under @task, and keeps its flags and help."""

    @functools.wraps(body)
    def task_body(*args: P.args, **kwargs: P.kwargs) -> None:
        console.done.clear()
        _prepare()
        try:
            body(*args, **kwargs)
        except (Exit, ParseError):
            raise
        except Finding:
            raise Exit(code=1) from None
        except Failure as failure:
            console.error(redact(str(failure)))
            _say_done()
            raise Exit(code=failure.code) from None
        except KeyboardInterrupt:
            console.say()
            console.error("Interrupted.")
            _say_done(nothing="Nothing had been changed.")
            raise Exit(code=130) from None
        except BrokenPipeError:
            sys.stderr.close()  # whoever read us has left; there is nobody to tell
            raise Exit(code=1) from None
        except Exception as error:
            _unexpected(error)

    return task_body


def _prepare() -> None:
    """Let nothing that is printed fail, and let signals end a command as Ctrl-C does."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # as stderr is from the start
        sys.stdout.reconfigure(errors="backslashreplace")
    for name in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) != signal.SIG_IGN:  # as nohup leaves it
            signal.signal(name, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    if number == signal.SIGHUP:  # of a closed terminal two can come, from its shell and the kernel
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say_done(nothing: str = "") -> None:
    if console.done:
        console.say("Done before that, and kept: " + "; ".join(console.done) + ".")
    elif nothing:
        console.say(nothing)


def _unexpected(error: Exception) -> NoReturn:
    if not isinstance(error, OSError) or error.errno not in _FULL:
        _bug()
    console.error(f"There is no room left on the disk: {redact(str(error))}")
    console.say("  → make room, then run the same command again")
    _say_done()
    raise Exit(code=1) from None


def _bug() -> NoReturn:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="hubimages-", suffix=".log", delete=False) as log:
        log.write(
            f"hubimages {__version__}, Python {sys.version}\n{redact(traceback.format_exc())}"
        )
    last = redact(traceback.format_exc().strip().splitlines()[-1])
    console.error(f"This is a bug in hubimages: {last}")
    console.say(f"  → please report it, with {Path(log.name)}")
    _say_done()
    raise Exit(code=3)

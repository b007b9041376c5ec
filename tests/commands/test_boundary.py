"""What leaves a command: 0, 1 for a failure, 3 for a bug, 130 for an interruption."""

from __future__ import annotations

import errno
import io
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from invoke.exceptions import Exit

from hubimages.commands import boundary
from hubimages.commands.boundary import Finding, console, guarded
from hubimages.errors import Failure


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Catch what people would see, and give the signals back."""
    handlers = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)}
    said = io.StringIO()
    monkeypatch.setattr(console, "stream", said)
    yield said
    for name, handler in handlers.items():
        signal.signal(name, handler)


def leaving(body: Callable[[], None]) -> int:
    """Return the exit code with which a body ends, guarded."""
    try:
        guarded(body)()
    except Exit as end:
        return -1 if end.message else int(end.code)  # what there was to say was said already
    return 0


def raising(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        console.did("built it")
        raise error

    return body


def test_a_command_that_ends_well(stream: io.StringIO) -> None:
    assert leaving(lambda: None) == 0
    assert stream.getvalue() == ""


def test_a_failure_says_cause_and_next_step(stream: io.StringIO) -> None:
    assert leaving(raising(Failure("No engine.", fix="start it"))) == 1
    assert stream.getvalue() == (
        "error: No engine.\n  → start it\nDone before that, and kept: built it.\n"
    )


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_no_bug(stream: io.StringIO, number: int) -> None:
    assert leaving(raising(OSError(number, os.strerror(number), "/srv/x"))) == 1
    assert "/srv/x" in stream.getvalue()
    assert "make room" in stream.getvalue()
    assert "bug" not in stream.getvalue()


def test_a_finding_says_no_more(stream: io.StringIO) -> None:
    assert leaving(raising(Finding())) == 1
    assert stream.getvalue() == ""


def test_an_interruption_says_what_had_been_done(stream: io.StringIO) -> None:
    assert leaving(raising(KeyboardInterrupt())) == 130
    assert "Interrupted." in stream.getvalue()
    assert "kept: built it." in stream.getvalue()


def test_an_interruption_of_nothing(stream: io.StringIO) -> None:
    def body() -> None:
        raise KeyboardInterrupt

    assert leaving(body) == 130
    assert "Nothing had been changed." in stream.getvalue()


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP])
def test_being_ended_is_an_interruption(stream: io.StringIO, name: signal.Signals) -> None:
    assert leaving(lambda: os.kill(os.getpid(), name)) == 130


def test_nohup_is_honoured(stream: io.StringIO) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert leaving(lambda: os.kill(os.getpid(), signal.SIGHUP)) == 0


def test_a_bug_leaves_a_log_without_secrets(
    stream: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("QUAY_TOKEN", "s3cret-of-quay")
    error = ValueError("at https://me:hunter2@git.example.org with s3cret-of-quay")
    assert leaving(raising(error)) == 3
    (log,) = tmp_path.iterdir()
    assert log.stat().st_mode & 0o077 == 0
    text = log.read_text()
    assert "Traceback" in text
    assert "ValueError" in text
    for said in (text, stream.getvalue()):
        assert "hunter2" not in said
        assert "s3cret-of-quay" not in said
    assert str(log) in stream.getvalue()
    assert "please report it" in stream.getvalue()
    assert "kept: built it." in stream.getvalue()


def test_a_failure_is_redacted(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAY_PASSWORD", "s3cret-of-quay")
    leaving(raising(Failure("https://me:hunter2@host said s3cret-of-quay")))
    assert "hunter2" not in stream.getvalue()
    assert "s3cret-of-quay" not in stream.getvalue()


def test_what_was_done_is_that_of_one_command(stream: io.StringIO) -> None:
    leaving(raising(Finding()))
    leaving(lambda: None)
    assert boundary.console.done == []


def test_invokes_own_exits_pass(stream: io.StringIO) -> None:
    def body() -> None:
        raise Exit(code=5)

    assert leaving(body) == 5


def test_a_terminal_that_closes_says_so_twice_and_that_is_no_second_ctrl_c(
    stream: io.StringIO,
) -> None:
    """Its shell hangs its jobs up, and then the kernel does."""
    tidied = []

    def body() -> None:
        try:
            os.kill(os.getpid(), signal.SIGHUP)
        finally:
            os.kill(os.getpid(), signal.SIGHUP)
            tidied.append("here")

    assert leaving(body) == 130
    assert tidied

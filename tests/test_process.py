"""The gate: what programs get and give, what is shown of them, and that none is left behind."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubimages import process, redaction
from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut
from hubimages.process import CannotStart, Processes
from hubimages.redaction import quoted, redact

run = Processes()


# --- secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:pass@host.org/x", "https://***@host.org/x"),
        ("https://token@host.org/x", "https://***@host.org/x"),
        ("https://user:p@ss@host.org/x", "https://***@host.org/x"),
        (
            "a https://a:b@one.org and https://c:d@two.org",
            "a https://***@one.org and https://***@two.org",
        ),
        (
            "git+https://github.com/org/repo@" + "a" * 40,
            "git+https://github.com/org/repo@" + "a" * 40,
        ),
        (
            "{'u': 'https://host.org', 'by': 'me@host.org'}",
            "{'u': 'https://host.org', 'by': 'me@host.org'}",
        ),
        ("nobody@example.org", "nobody@example.org"),
    ],
)
def test_credentials_in_addresses_are_not_shown(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN",
        "token",
        "DB_PASSWORD",
        "CLIENT_SECRET",
        "AWS_SECRET_ACCESS_KEY",
        "SOME_API_KEY",
        "KEY_PASSPHRASE",
        "GITLAB_PAT",
    ],
)
def test_values_of_secret_variables_are_not_shown(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "geheim-1234")
    assert redact("it is geheim-1234!") == "it is ***!"


@pytest.mark.parametrize("name", ["MONKEY", "SECRETARY", "TOKENIZER", "KEYBOARD", "SSH_AUTH_SOCK"])
def test_other_variables_are_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "ordinary-text")
    assert redact("an ordinary-text") == "an ordinary-text"


def test_a_short_value_would_take_too_much_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "true")
    assert redact("it is true") == "it is true"


def test_a_secret_that_begins_like_another_leaves_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PASSWORD", "12345678")
    monkeypatch.setenv("B_PASSWORD", "12345678-and-more")
    assert redact("12345678-and-more") == "***"


def test_each_line_of_a_secret_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_PRIVATE_KEY", "first-line-of-it\nsecond-line-of-it\n")
    assert redact("  second-line-of-it") == "  ***"


def test_quoting_does_not_hide_a_secret_from_redaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_PASSWORD", "it's a secret")
    shown = quoted(["login", "it's a secret", "--user", "a b"])
    assert shown == "login '***' --user 'a b'"


# --- running ---------------------------------------------------------------------------------------


def test_both_streams_and_the_exit_code_come_back() -> None:
    done = run(["sh", "-c", "echo out; echo err >&2; exit 3"], check=False)
    assert (done.code, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_words_are_words() -> None:
    words = ["a b", "$HOME", "'", "*", "", "é\n"]
    assert run(["printf", "%s|", *words]).stdout == "".join(f"{word}|" for word in words)


def test_every_byte_survives_the_round_trip() -> None:
    odd = b"one\r\ntwo\nthree\rfour \xff\xfe \xc3\xa9".decode("utf-8", "surrogateescape")
    assert run(["cat"], stdin=odd).stdout == odd


def test_nobody_is_asked_anything() -> None:
    assert run(["cat"]).stdout == ""


def test_a_program_that_reads_no_input_is_no_failure() -> None:
    assert run(["true"], stdin="x" * 1_000_000).code == 0


def test_env_is_laid_over_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "kept")
    done = run(["sh", "-c", "echo $OURS $THEIRS"], env={"THEIRS": "added"})
    assert done.stdout == "kept added\n"


def test_it_runs_in_the_folder_given(tmp_path: Path) -> None:
    assert Path(run(["pwd"], cwd=tmp_path).stdout.strip()).samefile(tmp_path)


def test_a_failure_has_the_command_the_code_and_the_end_of_what_it_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "geheim-1234")
    script = "for i in $(seq 100); do echo line-$i.; done >&2; echo $SOME_TOKEN >&2; exit 7"
    with pytest.raises(CommandFailed) as caught:
        run(["sh", "-c", script, "https://me:pw@host.org"])
    error = caught.value
    assert error.status == 7
    assert "code 7" in str(error)
    assert "line-100." in str(error)
    assert "line-1." not in str(error)
    assert "line-1." in error.stderr
    for text in (str(error), error.stderr):
        assert "geheim-1234" not in text
        assert "me:pw" not in text


def test_a_failure_without_standard_error_shows_standard_output() -> None:
    with pytest.raises(CommandFailed, match="all is lost"):
        run(["sh", "-c", "echo all is lost; exit 1"])


def test_a_missing_program_is_named() -> None:
    with pytest.raises(CommandMissing, match="no-such-program") as caught:
        run(["no-such-program", "--flag"])
    assert caught.value.program == "no-such-program"
    assert caught.value.fix


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform == "darwin", reason="root may run it there")
def test_a_program_that_may_not_be_run_is_a_failure_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken-tool").write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match="broken-tool") as caught:
        run(["broken-tool"])
    assert caught.value.fix


def test_a_script_whose_interpreter_is_gone_is_not_called_missing(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/python\n")
    script.chmod(0o755)
    with pytest.raises(CannotStart, match="script"):
        run([str(script)])


def test_a_program_that_does_not_end_is_ended(watched: Watched) -> None:
    with pytest.raises(CommandTimedOut, match=r"sleep 300.*0 s"):
        run(["sh", "-c", f"exec 9>{watched.path}; exec sleep 300"], timeout=0.3)
    watched.assert_ended()


# --- streaming -------------------------------------------------------------------------------------


def test_lines_are_shown_as_they_come_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "geheim-1234")
    shown: list[str] = []
    echoed: list[str] = []
    stream = Processes(echo=echoed.append, line=shown.append).stream
    done = stream(["sh", "-c", 'echo out; echo err >&2; printf "crlf\\r\\n"; printf $SOME_TOKEN'])
    assert shown == ["out", "err", "crlf", "***"]
    assert done.stdout == "out\nerr\ncrlf\r\ngeheim-1234"
    assert echoed
    assert echoed[0].startswith("sh -c")


def test_a_stream_that_fails_shows_its_end() -> None:
    with pytest.raises(CommandFailed, match="it broke") as caught:
        run.stream(["sh", "-c", "echo it broke >&2; exit 9"])
    assert caught.value.status == 9


def test_a_stream_is_asked_nothing() -> None:
    assert run.stream(["cat"]).stdout == ""


def test_a_stream_has_a_session_of_its_own() -> None:
    done = run.stream(
        ["sh", "-c", "exec " + " ".join((sys.executable, "-c", "'import os; print(os.getsid(0))'"))]
    )
    assert int(done.stdout) != os.getsid(0)


class Watched:
    """A FIFO whose writers are the processes of a test: at its end none of them is alive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def assert_ended(self) -> None:
        assert select.select([self._end], [], [], 20)[0], "a process is still alive"
        assert os.read(self._end, 1) == b""

    def close(self) -> None:
        os.close(self._end)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    found = Watched(tmp_path / "alive")
    yield found
    found.close()


@pytest.fixture
def on_signal() -> Iterator[Callable[[], None]]:
    """Return what makes SIGUSR1 interrupt this process, as a second Ctrl-C would."""
    before = signal.getsignal(signal.SIGUSR1)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def arm() -> None:
        signal.signal(signal.SIGUSR1, interrupt)

    yield arm
    signal.signal(signal.SIGUSR1, before)


def _interrupted(script: str) -> None:
    """Stream a script, and interrupt it at its first line of output."""

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Processes(line=interrupt).stream(["sh", "-c", script])


def test_an_interruption_ends_grandchildren_too(watched: Watched) -> None:
    _interrupted(f"exec 9>{watched.path}; sleep 300 & echo started; wait")
    watched.assert_ended()


def test_an_interruption_ends_grandchildren_that_will_not(watched: Watched) -> None:
    _interrupted(
        f"exec 9>{watched.path}; (trap '' TERM; while :; do sleep 300; done) & echo started; wait"
    )
    watched.assert_ended()


def test_a_second_interruption_does_not_save_them(
    watched: Watched, on_signal: Callable[[], None]
) -> None:
    on_signal()
    _interrupted(
        f"exec 9>{watched.path}; trap 'kill -USR1 $PPID' TERM; sleep 300 & echo started; "
        "while :; do wait; done"
    )
    watched.assert_ended()


# --- an end that takes its time --------------------------------------------------------------------


def test_a_stream_has_its_grace_and_is_heard_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said at SIGTERM meets an open pipe that somebody empties: helm takes back after it."""
    monkeypatch.setattr(process, "GRACE", 0.0)
    done = tmp_path / "taken-back"
    with pytest.raises(KeyboardInterrupt):
        Processes(line=_interrupt).stream(
            [
                *("sh", "-c"),
                f"trap 'seq 100000 && sleep 0.3 && touch {done}; exit 1' TERM; echo started; "
                "while :; do sleep 0.05; done",
            ],
            grace=60,
        )
    assert done.exists()


def test_a_stream_that_will_not_end_is_killed_after_its_grace(watched: Watched) -> None:
    with pytest.raises(KeyboardInterrupt):
        Processes(line=_interrupt).stream(
            ["sh", "-c", f"exec 9>{watched.path}; trap '' TERM; echo started; sleep 300"], grace=0.1
        )
    watched.assert_ended()


def test_a_stream_that_takes_too_long_is_ended_with_all_that_it_started(watched: Watched) -> None:
    shown: list[str] = []
    with pytest.raises(CommandTimedOut, match="sleep 300"):
        Processes(line=shown.append).stream(
            ["sh", "-c", f"exec 9>{watched.path}; trap '' TERM; echo begun; sleep 300 & wait"],
            timeout=0.5,
        )
    watched.assert_ended()
    assert shown == ["begun"]


def test_what_was_decrypted_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_concealed", set())
    redaction.conceal(["a-secret-of-the-hub\n  and-its-second-line\n", "short", "true"])
    with pytest.raises(CommandFailed) as caught:
        run(["sh", "-c", "echo a-secret-of-the-hub; echo and-its-second-line true >&2; exit 1"])
    assert (caught.value.stdout, caught.value.stderr) == ("***\n", "*** true\n")


def _interrupt(_: str) -> None:
    raise KeyboardInterrupt


def test_variables_are_laid_over_ours_and_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "ours")
    monkeypatch.setenv("TAKEN", "ours")
    script = "import os; print(os.environ.get('KEPT'), os.environ.get('TAKEN'))"
    assert run([sys.executable, "-c", script], env={"TAKEN": None}).stdout == "ours None\n"
    assert run.stream([sys.executable, "-c", script], env={"KEPT": "x"}).stdout == "x ours\n"

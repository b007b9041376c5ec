"""What people see on a terminal, in a pipe and in a GitHub job."""

from __future__ import annotations

import errno
import io
import os
import re

import pytest

from hubimages.console import Console


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def _piped(**environ: str) -> Console:
    return Console(stream=io.StringIO(), environ=environ)


def _terminal(**environ: str) -> Console:
    return Console(stream=Terminal(), environ=environ)


def _shown(console: Console) -> str:
    assert isinstance(console.stream, io.StringIO)
    return console.stream.getvalue()


def test_people_s_messages_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Console().say("for people")
    assert capsys.readouterr() == ("", "for people\n")


def test_a_pipe_gets_plain_text() -> None:
    console = _piped()
    with console.step("build"):
        console.detail("$ docker build")
        console.progress("layer 1")
        console.progress("layer 2")
    console.warn("odd")
    console.error("bad\n  → do this")
    shown = re.sub(r"\d+\.\d s", "0.0 s", _shown(console))
    assert shown == (
        "▸ build\n  $ docker build\n  layer 1\n  layer 2\n✓ build 0.0 s\n"
        "warning: odd\nerror: bad\n  → do this\n"
    )


def test_colour_is_for_terminals_alone() -> None:
    assert "\033[31m" in _terminal().paint("x", "red")
    assert _terminal(NO_COLOR="1").paint("x", "red") == "x"
    assert _terminal(NO_COLOR="").paint("x", "red") != "x"
    assert _piped().paint("x", "red") == "x"


def test_a_step_that_fails_says_so_and_lets_the_error_through() -> None:
    console = _piped()
    with pytest.raises(KeyboardInterrupt), console.step("push"):
        raise KeyboardInterrupt
    assert re.fullmatch(r"▸ push\n✗ push \d+\.\d s\n", _shown(console))


def test_progress_on_a_terminal_takes_one_line_and_leaves_it() -> None:
    console = _terminal(NO_COLOR="1")
    console.progress("one\n")
    console.progress("   ")
    console.progress("two " + "x" * 500)
    console.say("done")
    shown = _shown(console)
    assert shown.count("\n") == 1
    assert shown.endswith("\r\033[Kdone\n")
    assert "x" * 500 not in shown


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"GITHUB_ACTIONS": "true"}])
def test_no_line_is_overwritten_where_it_cannot_be(environ: dict[str, str]) -> None:
    console = _terminal(NO_COLOR="1", **environ)
    console.progress("one")
    assert _shown(console) == "  one\n"


def test_github_gets_groups_and_annotations_of_one_line() -> None:
    console = _piped(GITHUB_ACTIONS="true")
    with console.step("build"):
        pass
    console.warn("50 %\r\nodd")
    console.error("bad\n  → do this")
    lines = _shown(console).splitlines()
    assert lines[0] == "::group::build"
    assert lines[1].startswith("✓ build")
    assert lines[2:] == ["::endgroup::", "::warning::50 %25%0D%0Aodd", "::error::bad%0A  → do this"]


def test_other_programs_cannot_give_github_orders() -> None:
    console = _piped(GITHUB_ACTIONS="true")
    console.progress("::error::not from us")
    console.detail("  ::add-mask::x")
    assert not [line for line in _shown(console).splitlines() if line.lstrip().startswith("::")]


def test_what_lasts_is_remembered() -> None:
    console = _piped()
    console.did("built it")
    assert console.done == ["built it"]
    assert _shown(console) == ""


def test_stray_bytes_are_written_out() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape")
    Console(stream=stream, environ={}).say("ä \udcff")
    stream.seek(0)
    assert stream.read() == "ä \\udcff\n"


def test_how_much_is_done_is_for_terminals_and_leaves_nothing() -> None:
    console = _terminal()
    for done in range(1, 5):
        console.tick("tags", done, 4)
    shown = _shown(console)
    assert "tags ██████████████████░░░░░░ 3/4" in shown
    assert "4/4" in shown
    assert shown.endswith("\r\033[K")
    piped = _piped()
    piped.tick("tags", 1, 4)
    assert _shown(piped) == ""


class ClosedTerminal(Terminal):
    """A terminal whose window was closed."""

    def write(self, _: str) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_closed_terminal_stops_nothing() -> None:
    """What is being said then is that Helm takes something back, which it has to be told first."""
    console = Console(stream=ClosedTerminal(), environ={})
    with console.step("deploy"):
        console.progress("helm upgrade")
        console.warn("stopping")
        console.tick("hubs", 1, 1)


def test_a_full_disk_is_no_closed_terminal() -> None:
    class Full(Terminal):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="space"):
        Console(stream=Full(), environ={}).say("a log")


def test_a_line_of_a_file_stays_as_it_is() -> None:
    stream = io.StringIO()
    console = Console(stream=stream, environ={}, program="hubimages")
    console.say("next: invoke status")
    console.verbatim("-# see invoke status")
    assert stream.getvalue() == "next: hubimages status\n-# see invoke status\n"

"""What several things at once look like on a terminal, in a pipe and in a GitHub job."""

from __future__ import annotations

import re

from hubimages.console import Console
from hubimages.lanes import Lanes
from tests.test_console import _piped, _shown, _terminal


def work(console: Console, name: str, *, between: Console | None = None) -> None:
    with console.step("build"):
        console.detail(f"$ make {name}")
        if between:
            between.warn("meanwhile")
        console.progress("::error::layer 1")
    console.did(f"built {name}")


def test_in_a_pipe_every_line_begins_with_its_name() -> None:
    console = _piped()
    lanes = Lanes(console, ["one", "three"])
    with lanes.lane("one") as one, lanes.lane("three") as three:
        work(one, "one", between=three)
    shown = re.sub(r"\d+\.\d s", "0.0 s", _shown(console))
    assert shown.splitlines() == [
        "one   │ ▸ build",
        "one   │   $ make one",
        "three │ warning: meanwhile",
        "one   │   ::error::layer 1",
        "one   │ ✓ build 0.0 s",
    ]
    assert console.done == ["built one"]


def test_on_github_each_is_written_as_a_whole_and_groups_do_not_interleave() -> None:
    console = _piped(GITHUB_ACTIONS="true")
    lanes = Lanes(console, ["one", "two"])
    with lanes.lane("one") as one:
        with lanes.lane("two") as two:
            work(one, "one", between=two)
            work(two, "two")
        assert "make one" not in _shown(console)
    lines = _shown(console).splitlines()
    assert lines[0] == "— two"
    assert lines[1] == "::warning::meanwhile"
    assert lines.index("— one") > lines.index("::endgroup::")
    assert lines.count("::group::build") == 2
    assert not [line for line in lines if line.startswith("::error")]


def test_on_a_terminal_there_is_a_line_for_each_with_its_present_step() -> None:
    console = _terminal(NO_COLOR="1")
    lanes = Lanes(console, ["one", "two"])
    with lanes.lane("one") as one, lanes.lane("two") as two:
        with one.step("build"), two.step("prove"):
            one.progress("layer 7")
            lanes.draw()
        drawn = _shown(console)
        assert re.search(r"one build +0 s  layer 7\ntwo prove +0 s", drawn)
        two.warn("odd")
        said = _shown(console).removeprefix(drawn)
        assert said.startswith(
            "\033[2A\r\033[J"
        )  # the view goes, the warning stays, it comes again
        assert "two │ warning: odd\none build" in said
    lanes.close()
    assert _shown(console).endswith("\033[1A\r\033[J")


def test_a_view_is_no_wider_than_the_terminal() -> None:
    console = _terminal(NO_COLOR="1")
    lanes = Lanes(console, ["one"])
    with lanes.lane("one") as one:
        one.progress("x" * 500)
        lanes.draw()
    assert "x" * 100 not in _shown(console)

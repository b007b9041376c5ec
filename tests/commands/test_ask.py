"""Without a terminal nobody is asked; the rest of asking is in test_build_command.py, on one."""

from __future__ import annotations

import pytest

from hubimages.commands import ask
from hubimages.commands.ask import Choice, MissingValue, NotConfirmed


@pytest.mark.parametrize("value", ["true", "1", "True", "yes", "anything"])
def test_ci_is_not_a_person(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CI", value)
    assert not ask.interactive()


def test_a_missing_value_names_flag_and_choices() -> None:
    choices = [Choice(f"hub-{number}", "shown") for number in range(9)]
    with pytest.raises(MissingValue) as caught:
        ask.select("--image", "Which?", choices)
    assert caught.value.what.startswith("--image is missing")
    assert "hub-0, hub-1" in caught.value.fix
    assert "hub-8" not in caught.value.fix
    with pytest.raises(MissingValue, match="--to is missing"):
        ask.text("--to", "Which version?")


def test_a_yes_has_to_be_given() -> None:
    ask.confirm("Go on?", yes=True)
    with pytest.raises(NotConfirmed, match=r"Go on\?") as caught:
        ask.confirm("Go on?", yes=False)
    assert "--yes" in caught.value.fix

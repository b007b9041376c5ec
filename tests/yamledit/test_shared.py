"""Values behind anchors: changed where they are written, and nowhere else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hubimages import yamledit
from hubimages.yamledit import EditRefused

PROFILES = """\
profiles:
  - name: small
    options: &options   # for all
      image:
        choices:
          python: {image: a/b:1.0}   # pinned
  - name: large
    options: *options
  - {<<: {options: *options}, name: huge}
other: &one a/b:1.0
again: *one
"""
PYTHON = ("image", "choices", "python", "image")


def test_every_use_is_named() -> None:
    (first, second, third) = yamledit.uses(PROFILES, ("profiles", 1, "options", *PYTHON))
    assert first == ("profiles", 0, "options", *PYTHON)
    assert second == ("profiles", 1, "options", *PYTHON)
    assert third == ("profiles", 2, "options", *PYTHON)
    assert yamledit.uses(PROFILES, ("other",)) == (("other",), ("again",))
    assert yamledit.uses(PROFILES, ("again",)) == (("again",),)
    assert yamledit.uses(PROFILES, ("nothing",)) == ()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_line_is_changed_and_all_follow(number: int) -> None:
    path = ("profiles", number, "options", *PYTHON)
    new = yamledit.set_shared(PROFILES, path, "a/b:2.0")
    assert new == PROFILES.replace("{image: a/b:1.0}", "{image: a/b:2.0}")
    for each in (0, 1, 2):
        assert yamledit.get(new, ("profiles", each, "options", *PYTHON)) == "a/b:2.0"


def test_an_anchor_of_a_scalar_stays() -> None:
    new = yamledit.set_shared(PROFILES, ("other",), "a/b:2.0")
    assert new == PROFILES.replace("other: &one a/b:1.0", "other: &one a/b:2.0")
    assert yaml.safe_load(new)["again"] == "a/b:2.0"


@pytest.mark.parametrize("text", ["a: &x {b: 1}\nc: *x\n", "a: &x\nc: *x\n", "c: 1\n"])
def test_what_is_no_single_value_is_refused(text: str) -> None:
    with pytest.raises(EditRefused):
        yamledit.set_shared(text, ("a",), "2")


@given(
    value=st.from_regex(r"[a-z]{1,5}/[a-z]{1,5}:[0-9]{1,4}(\.[0-9]{1,2})?", fullmatch=True),
    number=st.integers(0, 2),
    end=st.sampled_from(["", "\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_only_the_uses_differ(value: str, number: int, end: str, mark: str) -> None:
    text = mark + PROFILES.rstrip("\n").replace("\n", "\r\n" if end == "\r\n" else "\n") + end
    path = ("profiles", number, "options", *PYTHON)
    new = yamledit.set_shared(text, path, value)
    before, after = text.splitlines(), new.splitlines()
    assert len(before) == len(after)
    changed = [line for line, was in zip(after, before, strict=True) if line != was]
    assert len(changed) == (value != "a/b:1.0")
    assert new[:1] == mark or not mark
    assert new.endswith(end)
    assert yaml.safe_load(new)["other"] == "a/b:1.0"

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from hubimages.yamledit.scalars import plain, quoted

# What YAML 1.1 or 1.2 takes for something else; the two libraries of the tests do not know all.
NUMBERS = "1 -1 +1 1.5 .5 1. 1e3 1E+3 1.5e-3 1_000 0x1F 0o17 017 0b11 .inf -.Inf .nan .NaN"
TIMES = "12:30 12:30:45 190:20:30.15 2024-03-18 2024-3-8T10:00:00Z"
WORDS = "~ null Null NULL true True FALSE yes No on OFF y N << ="
SIGNS = "- ? : ... -x ?x :x @x `x %x !x &x *x |x >x 'x \"x #x {x [x ]x }x ,x ...x x:"
OTHERS = f"{NUMBERS} {TIMES} {WORDS} {SIGNS}".split()
OTHERS += [
    "",
    " x",
    "x ",
    "a: b",
    "a #b",
    "a\tb: c",
    "a\nb",
    "\x07",
    "\ufeff",
    "2024-03-18 10:00:00",
]
TAGS = "latest v2 0.0.1-0.dev.git.1234.h0123abc 4.3.3 1.2.3-rc.1 2024-03-18-x h123 1e 0x 0xg"
NAMES = "quay.io/2i2c/pilot-hub localhost:5000/x a:b a#b é a=b a~ nulls"
SAFE = [*TAGS.split(), *NAMES.split(), "a b", "don't"]


@pytest.mark.parametrize("value", OTHERS)
def test_what_could_be_read_as_something_else_is_quoted(value: str) -> None:
    assert plain(value, flow=False) == quoted(value)


@pytest.mark.parametrize("value", SAFE)
def test_what_is_plainly_text_stays_plain(value: str) -> None:
    assert plain(value, flow=False) == value


def test_the_signs_of_a_flow_are_quoted_inside_of_one_only() -> None:
    assert plain("a,b", flow=False) == "a,b"
    assert plain("a,b", flow=True) == '"a,b"'


texts = st.text(st.characters(exclude_categories=["Cs"])) | st.from_regex(
    r"\A[-+0-9.eExXob_: #,\[\]a-fTZ~]{1,12}\Z"
)


@given(texts, st.booleans())
def test_every_text_is_read_back_by_yaml_1_1_and_1_2(value: str, flow: bool) -> None:
    for written in (plain(value, flow=flow), quoted(value)):
        text = f"{{k: {written}, l: 1}}\n" if flow else f"k: {written}\nl: 1\n"
        expected = {"k": value, "l": 1}
        assert yaml.load(text, Loader=yaml.CSafeLoader) == expected
        assert yaml.load(text, Loader=yaml.SafeLoader) == expected
        assert YAML(typ="safe").load(text) == expected
        assert text.splitlines() == text.strip("\n").split("\n")

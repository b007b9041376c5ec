"""Reading YAML: values as Helm reads them, mistakes with path and line."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from hubimages.errors import BadFile
from hubimages.yamlread import Loader12, line_of, load, load_mapping


def test_the_loader_is_the_fast_one_where_there_is_one() -> None:
    assert hasattr(yaml, "CSafeLoader"), "the wheels of PyYAML have it"
    assert issubclass(Loader12, yaml.CSafeLoader)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\n", {"a": 1}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}\n", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
        ("\ufeffa: é\r\n", {"a": "é"}),
        ("---\na: |\n  two\n  lines\n...\n", {"a": "two\nlines\n"}),
        ("", {}),
        ("# nothing\n", {}),
    ],
)
def test_a_mapping(text: str, found: dict[str, Any]) -> None:
    assert load_mapping(text, "x.yaml") == found


def test_booleans_of_both_versions() -> None:
    text = "[no, off, yes, on, true, False, TRUE, trueish, 'true']"
    assert load(text, "x") == [False, False, True, True, True, False, True, "trueish", "true"]
    assert load(text, "x", Loader12) == [
        "no", "off", "yes", "on", True, False, True, "trueish", "true",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [\n", 3),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: 1\nb: !secret x\n", 2),
        ("a: *nothing\n", 1),
        ("a: 1\n? [b]\n: {[c]: {}}\n", 2),
        ("a: 1\nb: \udcff\n", 2),
        ("a: \x00\n", None),
        ("a: 2024-13-45\n", None),
        ("- a\n", 1),
        ("text", 1),
        ("7", 1),
    ],
)
def test_a_mistake_names_file_and_line(text: str, line: int | None) -> None:
    with pytest.raises(BadFile, match=r"some/x\.yaml") as caught:
        load_mapping(text, "some/x.yaml")
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("at", "line"),
    [
        ((), 1),
        (("a",), 2),
        (("a", 0), 3),
        (("a", 1, "b"), 6),
        (("a", 1, "b", "none"), 6),
        (("a", 9), 2),
        (("none",), 1),
        (("twice",), 8),
    ],
)
def test_the_line_of_a_key(at: tuple[str | int, ...], line: int) -> None:
    assert line_of("# x\na:\n- 1\n- c: 1\n  # y\n  b: 2\ntwice: 1\ntwice: 2\n", *at) == line


def test_the_line_of_nothing() -> None:
    assert line_of("", "a") == 1

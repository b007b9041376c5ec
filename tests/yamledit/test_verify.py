from __future__ import annotations

from math import nan
from typing import Any

import pytest

from hubimages.yamledit import EditRefused
from hubimages.yamledit.verify import check, put, same, without


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ("1", 1),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1: 1}, {True: 1}),
        ({"a": [1]}, {"a": [1, 1]}),
        ([None], [False]),
        ({}, []),
    ],
)
def test_different(a: object, b: object) -> None:
    assert not same(a, b)
    assert same(a, a)


def test_not_a_number_and_loops_are_the_same_as_themselves() -> None:
    assert same({"a": [nan]}, {"a": [float("nan")]})
    one: list[Any] = [1]
    two: list[Any] = [1]
    one.append(one)
    two.append(two)
    assert same(one, two)
    two.append(2)
    assert not same(one, two)


def test_copies_leave_the_document_as_it_was() -> None:
    document = {"a": {"b": 1}, "c": [{"d": 1}]}
    assert put(document, ("c", 0, "d"), "2") == {"a": {"b": 1}, "c": [{"d": "2"}]}
    assert list(put(document, ("z",), "2", first=True)) == ["z", "a", "c"]  # type: ignore[call-overload]
    assert without(document, {"a": {"b": None}}, {}) == {"c": [{"d": 1}]}
    assert without(document, {"a": {"b": None}}, {("a",): None}) == {"a": None, "c": [{"d": 1}]}
    assert document == {"a": {"b": 1}, "c": [{"d": 1}]}


def test_another_meaning_is_refused() -> None:
    check("a: 1\n", {"a": 1})
    with pytest.raises(EditRefused, match="more than"):
        check("a: 2\n", {"a": 1})
    with pytest.raises(EditRefused, match="after the edit"):
        check("a: [\n", {"a": 1})

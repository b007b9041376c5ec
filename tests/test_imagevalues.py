from __future__ import annotations

import pytest

from hubimages import imagevalues
from hubimages.imagevalues import Stated

AT = ("hub", "image")


@pytest.mark.parametrize(
    ("text", "name", "tag"),
    [
        ("hub: {image: {name: quay.io/o/hub, tag: '1.0'}}", "quay.io/o/hub", "1.0"),
        ("hub: {image: {repository: quay.io/o/hub, tag: '1.0'}}", "quay.io/o/hub", "1.0"),
        ("hub: {image: {tag: 12}}", None, "12"),
        ("hub: {image: {name: null, repository: r}}", "r", None),
        ("hub: {image: quay.io/o/hub:1.0}", "quay.io/o/hub", "1.0"),
        ("hub: {image: localhost:5000/o/hub}", "localhost:5000/o/hub", None),
        ("hub: {image: localhost:5000/o/hub:2}", "localhost:5000/o/hub", "2"),
        ("hub: {image: hub}", "hub", None),
        (f"hub: {{image: 'quay.io/o/hub@sha256:{'a' * 64}'}}", "quay.io/o/hub", None),
        (f"hub: {{image: 'quay.io/o/hub:1.0@sha256:{'a' * 64}'}}", "quay.io/o/hub", "1.0"),
        ("hub: {image: []}", None, None),
        ("hub: {image: null}", None, None),
        ("hub: null", None, None),
        ("", None, None),
    ],
)
def test_what_values_say(text: str, name: str | None, tag: str | None) -> None:
    assert imagevalues.stated(text, AT) == Stated(name, tag)


def test_put_changes_the_tag_alone() -> None:
    text = 'hub:\n  image:\n    name: quay.io/o/hub\n    tag: "1"  # set\n    pullPolicy: x\n'
    after = imagevalues.put(text, AT, name="quay.io/o/hub", tag="2")
    assert after == text.replace('"1"', '"2"')
    assert imagevalues.put(after, AT, name="quay.io/o/hub", tag="2") == after


def test_put_adds_what_is_missing() -> None:
    after = imagevalues.put("hub:\n  x: 1\n", AT, name="n", tag="t")
    assert imagevalues.stated(after, AT) == Stated("n", "t")
    assert after.startswith("hub:\n  x: 1\n")


def test_put_sets_repository_where_that_is_the_name() -> None:
    text = "hub:\n  image:\n    repository: old\n    tag: a\n"
    after = imagevalues.put(text, AT, name="new", tag="b")
    assert after == "hub:\n  image:\n    repository: new\n    tag: b\n"


def test_put_into_one_text() -> None:
    assert imagevalues.put("hub:\n  image: o/hub:1\n", AT, name="o/hub", tag="2") == (
        "hub:\n  image: o/hub:2\n"
    )


@pytest.mark.parametrize(
    ("name", "tag", "expected"),
    [("n", None, {AT: "n"}), (None, "2", {AT: "o/hub:2"}), (None, None, {})],
)
def test_a_part_of_one_text(
    name: str | None, tag: str | None, expected: dict[tuple[str, ...], str]
) -> None:
    assert imagevalues.changes("hub: {image: o/hub}", AT, name=name, tag=tag) == expected

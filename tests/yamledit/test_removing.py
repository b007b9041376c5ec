from __future__ import annotations

import pytest

from hubimages.yamledit import EditRefused, remove_keys, set_scalars

IMAGE = ("jupyterhub", "hub", "image")
BOTH = [(*IMAGE, "name"), (*IMAGE, "tag")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "# c",
        "# c\r\n# d\r\n",
        "---\n# c",
        "a: 1",
        "a: 1\r\nb:\r\n    c: 2",
        "a: |\n  x",
        "a: |+\n  x\n\n\n",
        "{}",
        "{ }\n",
        "{a: 1,\n}\n",
        "jupyterhub:",
        "jupyterhub: # c\n  # d\n",
        "jupyterhub:\n  hub:\nb: 1\n",
        "jupyterhub:\n  hub:\n    image:\n",
        "jupyterhub:\n  hub:\n    image:\n      pullPolicy: Always\n",
        "jupyterhub: {}\n",
        "jupyterhub: { } # c\n",
        "jupyterhub: {hub: {}}\n",
        "jupyterhub: {hub: {image: {}}}\n",
        "jupyterhub: {hub: { # c\n }, a: 1}\n",
        "jupyterhub: {a: 1}\n",
        "jupyterhub:\n  a: &x 1\n  b: *x # c\n...\n",
        "\ufeffa: 1\r\n",
    ],
)
def test_what_was_added_goes_and_every_byte_is_as_before(text: str) -> None:
    added = set_scalars(text, dict.fromkeys(BOTH, "x"))
    assert added != text
    assert remove_keys(added, BOTH) == text


@pytest.mark.parametrize(
    ("before", "paths", "after"),
    [
        pytest.param("a: 1\n# b\nb: 2 # c\nd: 3\n", [("b",)], "a: 1\n# b\nd: 3\n", id="comments"),
        pytest.param("a: 1\nb: 2", [("b",)], "a: 1", id="last line"),
        pytest.param("a: 1\nb: 2", [("a",), ("b",)], "", id="everything"),
        pytest.param(
            "a:\n  b:\n    c: 1\nd: 1\n", [("a", "b", "c")], "d: 1\n", id="emptied blocks"
        ),
        pytest.param("a: {b: {c: 1}}\n", [("a", "b", "c")], "a: {}\n", id="emptied flows"),
        pytest.param(
            "a: {b: 1, c: 2, d: 3}", [("a", "b"), ("a", "c")], "a: {d: 3}", id="first two"
        ),
        pytest.param("a: {b: 1, c: 2, d: 3}", [("a", "c"), ("a", "d")], "a: {b: 1}", id="last two"),
        pytest.param(
            "- a: 1 # c\n  # d\n  b: 2\n", [(0, "a")], "- # d\n  b: 2\n", id="after a dash"
        ),
        pytest.param(
            "- a: 1\n  b: 2\n  c: 3\n", [(0, "a"), (0, "b")], "- c: 3\n", id="two of them"
        ),
        pytest.param("- a: |\n    x\n- b: 1\n", [(0, "a")], "- {}\n- b: 1\n", id="emptied item"),
        pytest.param("a: [{b: 1}]\n", [("a", 0, "b")], "a: [{}]\n", id="emptied flow item"),
        pytest.param(
            "a: 1\nb:\n  c: |\n    x\n\nd: 1\n", [("b",)], "a: 1\nd: 1\n", id="block scalar"
        ),
        pytest.param("a: &x 1\nb: *x\nc: 1\n", [("b",)], "a: &x 1\nc: 1\n", id="use of an anchor"),
        pytest.param("a: 1\n", [("b",), ("a", "c"), ("a", 0)], "a: 1\n", id="not there"),
        pytest.param("a: {}\nb:\n", [("a", "c"), ("b", "c")], "a: {}\nb:\n", id="empty before"),
        pytest.param("a:\n  b: 1\n  c: 2\n", [("a", "b"), ("a",)], "", id="one in another"),
        pytest.param(
            "a: &x {b: 1}\nc: *x\n", [("c", "d")], "a: &x {b: 1}\nc: *x\n", id="not there *"
        ),
    ],
)
def test_what_was_written_by_hand_goes(
    before: str, paths: list[tuple[str | int, ...]], after: str
) -> None:
    assert remove_keys(before, paths) == after


def test_a_mapping_that_was_null_is_null_again_only_when_it_is_empty() -> None:
    text = set_scalars("a:\nb: 1\n", {("a", "c"): "1", ("a", "d"): "2"})
    assert remove_keys(text, [("a", "c")]) == 'a:\n  # empty before this override\n  d: "2"\nb: 1\n'
    assert remove_keys(text, [("a", "c"), ("a", "d")]) == "a:\nb: 1\n"


@pytest.mark.parametrize(
    ("text", "path", "line", "says"),
    [
        pytest.param("a: &x {b: 1}\nc: *x\n", ("c", "b"), 2, "*x", id="alias"),
        pytest.param("a: &x {b: 1}\nc: *x\n", ("a", "b"), 1, "&x", id="anchor"),
        pytest.param("a: &x {b: 1}\nc:\n  <<: *x\n", ("c", "b"), 3, "<<: *x", id="merge key"),
        pytest.param("a: &x 1\nb: *x\n", ("a",), None, "undefined alias", id="what others use"),
        pytest.param("a: |+\n  x\nb: 1\n\n", ("b",), None, "more", id="a blank line would be text"),
        pytest.param("a: [1, 2]\n", ("a", 0), 1, "list", id="item of a list"),
        pytest.param("a: 1\n---\nb: 1\n", ("a",), 2, "document", id="two documents"),
    ],
)
def test_refused(text: str, path: tuple[str | int, ...], line: int | None, says: str) -> None:
    with pytest.raises(EditRefused) as refusal:
        remove_keys(text, [path])
    assert says in refusal.value.what
    assert refusal.value.line == line

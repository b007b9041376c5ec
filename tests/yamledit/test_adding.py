from __future__ import annotations

import pytest

from hubimages.yamledit import EditRefused, set_scalars

NAME = ("jupyterhub", "hub", "image", "name")
TAG = ("jupyterhub", "hub", "image", "tag")
BOTH = {NAME: "x", TAG: "y"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("tag: old # why\n", "tag: v2 # why\n", id="plain"),
        pytest.param("tag: 'old'\n", "tag: 'v2'\n", id="single-quoted"),
        pytest.param('tag:   "old"\r\nb: 1', 'tag:   "v2"\r\nb: 1', id="double-quoted"),
        pytest.param("tag: &t old\n", "tag: &t v2\n", id="anchor that nobody uses"),
        pytest.param('tag: !!str "1"\n', 'tag: !!str "v2"\n', id="YAML tag"),
        pytest.param("tag: 20240318\n", "tag: v2\n", id="number"),
        pytest.param("tag: ~ # none\n", "tag: v2 # none\n", id="written null"),
        pytest.param("tag: # none\nb: 1\n", 'tag: "v2" # none\nb: 1\n', id="empty"),
        pytest.param("tag:", 'tag: "v2"', id="empty, at the end"),
        pytest.param("tag: &t\n", 'tag: &t "v2"\n', id="empty with an anchor"),
        pytest.param("{tag}\n", '{tag: "v2"}\n', id="flow key alone"),
        pytest.param("{tag: }\n", '{tag: "v2" }\n', id="flow, empty"),
        pytest.param("{tag , b}\n", '{tag: "v2" , b}\n', id="flow key alone, then another"),
        pytest.param('{"tag":"old"}\n', '{"tag":"v2"}\n', id="JSON"),
        pytest.param("tag: |\n  old\nb: 1\n", 'tag: "v2"\nb: 1\n', id="block scalar"),
        pytest.param("tag: >-\n  o\n  ld", 'tag: "v2"', id="block scalar, at the end"),
        pytest.param("b: &t 1\ntag: *t\n", 'b: &t 1\ntag: "v2"\n', id="alias: only this use"),
        pytest.param("tag: 1\ntag: 2\n", "tag: 1\ntag: v2\n", id="written twice: the last counts"),
        pytest.param("\ufefftag: old\nb: 1\n", "\ufefftag: v2\nb: 1\n", id="byte order mark"),
    ],
)
def test_a_scalar_that_is_there(before: str, after: str) -> None:
    assert set_scalars(before, {("tag",): "v2"}) == after


def test_several_at_once_and_an_item_of_a_list() -> None:
    text = "a:\n- name: 'x'\n  tag: 1\n-\n"
    changes = {("a", 0, "name"): "it's", ("a", 0, "tag"): "2", ("a", 1): "z", ("b",): "w"}
    expected = 'a:\n- name: \'it\'\'s\'\n  tag: "2"\n- "z"\nb: "w"\n'
    assert set_scalars(text, changes) == expected  # type: ignore[arg-type]


BLOCK = 'jupyterhub:\n  hub:\n    image:\n      name: "x"\n      tag: "y"\n'
INNER = '    image:\n      name: "x"\n      tag: "y"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", BLOCK, id="no bytes"),
        pytest.param("# c", "# c\n" + BLOCK[:-1], id="comment without a newline"),
        pytest.param("---\n# c\n", "---\n# c\n" + BLOCK, id="empty document"),
        pytest.param("a: 1\n...\n", "a: 1\n" + BLOCK + "...\n", id="document end"),
        pytest.param("a: 1 # c", "a: 1 # c\n" + BLOCK[:-1], id="no final newline"),
        pytest.param("\ufeffa: 1\r\n", "\ufeffa: 1\r\n" + BLOCK.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(
            "a: |+\n  x\n\n\n# c\n", "a: |+\n  x\n\n\n" + BLOCK + "# c\n", id="kept blanks"
        ),
        pytest.param("a: |\n  x", BLOCK + "a: |\n  x", id="only the first place is left"),
        pytest.param(
            "jupyterhub:\n  hub:\n    db: 1 # c\n\n# end\n",
            "jupyterhub:\n  hub:\n    db: 1 # c\n" + INNER + "\n# end\n",
            id="after the last sibling",
        ),
        pytest.param(
            "a: &a\n  x: 1\njupyterhub:\n  hub:\n    db: *a # c\nb: 1\n",
            "a: &a\n  x: 1\njupyterhub:\n  hub:\n    db: *a # c\n" + INNER + "b: 1\n",
            id="after an alias",
        ),
        pytest.param(
            "jupyterhub:\n   hub:\n      db: [1,\n       2] # c\n",
            "jupyterhub:\n   hub:\n      db: [1,\n       2] # c\n"
            '      image:\n         name: "x"\n         tag: "y"\n',
            id="the file's own step",
        ),
        pytest.param(
            "jupyterhub:\n# c\nb: 1\n",
            "jupyterhub:\n  # empty before this override\n"
            + BLOCK.removeprefix("jupyterhub:\n")
            + "# c\nb: 1\n",
            id="null",
        ),
        pytest.param(
            "jupyterhub: {}\n",
            'jupyterhub: {hub: {image: {name: "x", tag: "y"}}}\n',
            id="empty flow mapping",
        ),
        pytest.param(
            "jupyterhub: {hub: {db: 1, } } # c",
            'jupyterhub: {hub: {db: 1, image: {name: "x", tag: "y"}, } } # c',
            id="flow mapping",
        ),
        pytest.param(
            "jupyterhub:\n  hub:\n    image:\n      tag: old\n",
            'jupyterhub:\n  hub:\n    image:\n      tag: "y"\n      name: "x"\n',
            id="one there, one not",
        ),
        pytest.param(
            "jupyterhub:\n  hub:\n    image:\n      tag:\n",
            'jupyterhub:\n  hub:\n    image:\n      tag: "y"\n      name: "x"\n',
            id="one empty, one not there, both at the same place",
        ),
    ],
)
def test_what_is_missing_is_added(before: str, after: str) -> None:
    assert set_scalars(before, BOTH) == after


def test_in_a_list_in_brackets_the_signs_of_a_flow_are_quoted() -> None:
    assert set_scalars("a: [x, y]\n", {("a", 0): "b, c"}) == 'a: ["b, c", y]\n'


def test_additions_at_one_place_go_to_their_own_levels() -> None:
    text = "a:\n  b:\n    c: 1"
    changes = {("a", "b", "d"): "2", ("a", "e"): "3", ("f",): "4"}
    expected = 'a:\n  b:\n    c: 1\n    d: "2"\n  e: "3"\nf: "4"'
    assert set_scalars(text, changes) == expected


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("a: 1\njupyterhub: *a\n", 2, "not YAML", id="no such anchor"),
        pytest.param("a: &h {x: 1}\njupyterhub: *h\n", 2, "*h", id="alias above"),
        pytest.param("jupyterhub: &h\n  x: 1\nb: *h\n", 1, "&h", id="anchor used elsewhere"),
        pytest.param(
            "jupyterhub: {hub: {image: {tag: &t 1, name: *t}}}\n", 1, "&t", id="anchored target"
        ),
        pytest.param(
            "a: &h {image: {tag: 1}}\njupyterhub:\n  hub:\n    <<: *h\n",
            4,
            "<<: *h",
            id="merge key",
        ),
        pytest.param(
            "a: &h {image: {tag: 1}}\njupyterhub:\n  hub:\n    <<: [*h]\n", 4, "*h", id="merge list"
        ),
        pytest.param("jupyterhub: null\n", 1, "null", id="written null above"),
        pytest.param("{jupyterhub: }\n", 1, "null", id="null in a flow"),
        pytest.param("jupyterhub: text\n", 1, "value", id="text above"),
        pytest.param("jupyterhub:\n- 1\n", 2, "list", id="list above"),
        pytest.param("text\n", 1, "value", id="text at the top"),
        pytest.param("a: 1\n---\nb: 1\n", 2, "document", id="two documents"),
        pytest.param("a:\n\tb: 1\n", 2, "not YAML", id="tab"),
        pytest.param("a: 1\nb: {{ x }}\n", 2, "not YAML", id="template"),
        pytest.param("a: !thing 1\n", 1, "not YAML", id="unknown YAML tag"),
        pytest.param("a: 2024-13-45\n", None, "not YAML", id="impossible date"),
        pytest.param(
            "true: 1\njupyterhub:\n  hub:\n    image:\n      tag: [1]\n",
            5,
            "no single",
            id="list as target",
        ),
    ],
)
def test_refused(text: str, line: int | None, says: str) -> None:
    with pytest.raises(EditRefused) as refusal:
        set_scalars(text, BOTH)
    assert says in refusal.value.what
    assert refusal.value.line == line
    assert refusal.value.fix


@pytest.mark.parametrize("path", [("a", 2), ("a", -1), ("a", "x"), ("b", 0), ("true",)])
def test_refused_paths(path: tuple[str | int, ...]) -> None:
    with pytest.raises(EditRefused):
        set_scalars("a: [1, 2]\ntrue: 1\n", {path: "x"})


def test_a_change_inside_of_another_is_refused() -> None:
    with pytest.raises(EditRefused, match="inside"):
        set_scalars("a: 1\n", {("a",): "1", ("a", "b"): "2"})
    with pytest.raises(EditRefused, match="inside"):
        set_scalars("a: 1\n", {("a", "b"): "2", ("a",): "1"})
    with pytest.raises(EditRefused, match="whole"):
        set_scalars("a: 1\n", {(): "1"})


def test_text_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(EditRefused):
        set_scalars("a: 1\n", {("a",): "\ud800"})
    with pytest.raises(EditRefused):
        set_scalars("a: \udcff\n", {("a",): "x"})

from __future__ import annotations

import pytest

from hubimages.yamledit import get, line_of, path_from

TEXT = """\
base: &base
  tag: "1"
  deep: {x: 1}
hub:
  <<: *base
  name: |
    text
  none:
list:
- 1
- a: [2,
    3]
again: *base
merged:
  <<: [{y: 1}, *base]
"""


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("base.tag", "1", 2),
        ("hub.tag", "1", 2),
        ("hub.deep.x", 1, 3),
        ("hub.name", "text\n", 6),
        ("hub.none", None, 8),
        ("list.0", 1, 10),
        ("list.1.a.1", 3, 12),
        ("again.tag", "1", 2),
        ("merged.tag", "1", 2),
        ("merged.y", 1, 15),
    ],
)
def test_what_is_there(path: str, value: object, line: int) -> None:
    for text in (TEXT, "\ufeff" + TEXT.replace("\n", "\r\n")):
        assert get(text, path_from(path)) == value
        assert line_of(text, path_from(path)) == line


@pytest.mark.parametrize(
    "path", ["nothing", "hub.none.x", "list.2", "list.x", "base.0", "hub.name.0", "merged.z"]
)
def test_what_is_not_there(path: str) -> None:
    with pytest.raises(KeyError):
        get(TEXT, path_from(path))
    assert line_of(TEXT, path_from(path)) is None


def test_the_whole_document_and_none_at_all() -> None:
    assert get("a: 1", ()) == {"a": 1}
    assert line_of("\n\na: 1", ()) == 3
    assert get("", ()) is None
    assert line_of("", ("a",)) is None


def test_a_dotted_path_is_read_as_chartpress_reads_it() -> None:
    assert path_from("jupyterhub.hub.image") == ("jupyterhub", "hub", "image")
    assert path_from("a.0.b-1.1x") == ("a", 0, "b-1", "1x")

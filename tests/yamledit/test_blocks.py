from __future__ import annotations

import pytest

from hubimages.yamledit import EditRefused, insert_block

CHARTPRESS = """\
charts:
  - name: basehub
    images:
      hub: # production
        valuesPath: jupyterhub.hub.image

    # what follows the images
    repo: {}
"""
BLOCK = "imageName: quay.io/x/y\nbuildArgs:\n  A: |\n    one\n\n    two\n"


def test_a_block_is_the_last_child_and_nothing_else_moves() -> None:
    head, tail = CHARTPRESS.split("\n\n")
    new = """
      hub-experimental:
        imageName: quay.io/x/y
        buildArgs:
          A: |
            one

            two
"""
    expected = f"{head}{new}\n{tail}"
    assert insert_block(CHARTPRESS, ("charts", 0, "images"), "hub-experimental", BLOCK) == expected


def test_the_newlines_of_the_file_and_its_end_are_kept() -> None:
    assert (
        insert_block("a: 1\r\nb: 2", (), "c", "d: 1\ne: 2")
        == "a: 1\r\nb: 2\r\nc:\r\n  d: 1\r\n  e: 2"
    )


@pytest.mark.parametrize(
    ("text", "parent", "block", "says"),
    [
        pytest.param("a: {b: 1}\n", ("a",), "d: 1", "block style", id="flow"),
        pytest.param("a:\n", ("a",), "d: 1", "block style", id="null"),
        pytest.param("a: 1\n", ("x", "y"), "d: 1", "block style", id="missing"),
        pytest.param("a:\n- b: 1\n", ("a", 1), "d: 1", "block style", id="missing item"),
        pytest.param("c: 1\n", (), "d: 1", "already", id="there already"),
        pytest.param("a: &x\n  b: 1\ne: *x\n", ("a",), "d: 1", "is &x", id="anchor used elsewhere"),
        pytest.param("a: &x\n  b: 1\ne: *x\n", ("e",), "d: 1", r"is \*x", id="alias"),
        pytest.param("a: 1\n", (), "d: [", "not YAML", id="broken block"),
        pytest.param("a: |\n  x", (), "d: 1", "more than", id="an end that cannot be added to"),
    ],
)
def test_refused(text: str, parent: tuple[str | int, ...], block: str, says: str) -> None:
    with pytest.raises(EditRefused, match=says):
        insert_block(text, parent, "c", block)

"""What an experiment would change in production."""

from __future__ import annotations

import pytest

from hubimages import requirements
from hubimages.lifecycle.changes import Behind, changes, compare, same

A, B = "a" * 40, "b" * 40


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ("thing==2", "", "new"),
        ("thing==2", "thing==1", "newer"),
        ("thing==1.10", "thing==1.9", "newer"),
        ("thing==2.0", "thing==2.0rc1", "newer"),
        ("thing==1", "thing==2", "behind"),
        ("thing==1.0", "thing==1.0.0", ""),
        ("thing==1", "thing==1", ""),
        ("Some_Thing==1", "some.thing==1", ""),
        ("Some_Thing==2", "some-thing==1", "newer"),
        ("thing[extra]==1", "thing==1", "other"),
        ("thing>=1", "thing==1", "other"),
        ("thing===odd", "thing==1", "other"),
        (f"git+https://github.com/o/thing@{A}", "thing==1", "other"),
        ("thing==1", f"git+https://github.com/o/thing@{A}", "other"),
        (f"git+https://github.com/o/thing@{A}", f"git+https://github.com/o/thing@{B}", "other"),
        (f"git+https://github.com/o/thing@{A}", f"git+https://github.com/o/thing.git@{A}", ""),
        (f"git+https://github.com/fork/thing@{A}", f"git+https://github.com/o/thing@{A}", "other"),
        (f"thing @ git+https://github.com/o/thing@{A}", "THING==1", "other"),
        ("", "thing==1", ""),
    ],
)
def test_kinds(ours: str, theirs: str, wanted: str) -> None:
    found = list(compare(requirements.parse(ours), requirements.parse(theirs)))
    kinds = ["behind" if isinstance(one, Behind) else one.kind for one in found]
    assert kinds == ([wanted] if wanted else [])
    promoted = [one.kind for one in changes(requirements.parse(ours), requirements.parse(theirs))]
    assert promoted == ([wanted] if wanted not in ("", "behind") else [])


def test_a_package_that_is_listed_twice_counts_once() -> None:
    pins = requirements.parse("thing==2\nThing==3\nother==1\n")
    assert [one.pin.text for one in changes(pins, ())] == ["thing==2", "other==1"]


@pytest.mark.parametrize(
    ("ours", "theirs", "alike"),
    [
        ("a==1\nb==2", "b==2  # why\nA==1", True),
        ("a==1", "a==1\nb==2", False),
        ("a==1\nb==2", "a==1", False),
        ("a==1", "a==2", False),
    ],
)
def test_the_same_pins(ours: str, theirs: str, alike: bool) -> None:
    assert same(requirements.parse(ours), requirements.parse(theirs)) is alike

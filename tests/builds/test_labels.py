from __future__ import annotations

import json
from datetime import datetime

import pytest

from hubimages.builds import labels

SHA = "0123456789abcdef0123456789abcdef01234567"


def made(source: str | None = None, pins: tuple[str, ...] = ()) -> dict[str, str]:
    return labels.labels(revision=SHA, source=source, base="quay.io/o/base:1", pins=pins)


def test_what_an_image_says_of_itself() -> None:
    found = made("git@github.com:o/r.git", ("a==1",))
    assert found["org.opencontainers.image.revision"] == SHA
    assert found["org.opencontainers.image.source"] == "https://github.com/o/r"
    assert found["org.opencontainers.image.base.name"] == "quay.io/o/base:1"
    assert json.loads(found["hubimages.pins"]) == ["a==1"]
    created = found["org.opencontainers.image.created"]
    assert created.endswith("Z")
    assert datetime.fromisoformat(created).tzinfo


def test_the_name_that_it_was_built_under() -> None:
    name = "quay.io/o/hub:1"
    found = labels.labels(revision=SHA, source=None, base=None, pins=[], built_as=name)
    assert found["hubimages.built-as"] == name


def test_what_is_not_known_is_left_out() -> None:
    found = labels.labels(revision=SHA, source=None, base=None, pins=[])
    assert set(found) == {labels.REVISION, labels.CREATED, labels.PINS}
    assert labels.SOURCE not in made("/home/me/hubs")


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("https://github.com/o/r/", "https://github.com/o/r"),
        ("git@github.com:o/r.git", "https://github.com/o/r"),
        ("github.com:o/r", "https://github.com/o/r"),
        ("ssh://git@github.com/o/r.git", "https://github.com/o/r"),
        ("ssh://git@git.example.org:2222/o/r", "https://git.example.org/o/r"),
        ("git://git.example.org/o/r", "https://git.example.org/o/r"),
        ("http://127.0.0.1:3000/o/r.git", "http://127.0.0.1:3000/o/r"),
        ("https://me:hunter2@git.example.org/o/r", "https://git.example.org/o/r"),
        ("https://me:hunt@er2@git.example.org/o/r", "https://git.example.org/o/r"),
        ("https://token123@git.example.org/o/r", "https://git.example.org/o/r"),
        ("/srv/git/r.git", None),
        ("../r.git", None),
        ("file:///srv/git/r.git", None),
        ("", None),
    ],
)
def test_a_remote_as_others_can_open_it(remote: str, address: str | None) -> None:
    assert labels.public_address(remote) == address


def test_no_secret_gets_into_a_label() -> None:
    pins = (f"git+https://me:hunt@er2@github.com/o/r@{SHA}", f"git+https://github.com/o/r@{SHA}")
    found = made("https://me:hunter2@git.example.org/o/r", pins)
    assert "hunt" not in str(found)
    assert "er2" not in str(found)
    assert json.loads(found[labels.PINS]) == [f"git+https://github.com/o/r@{SHA}"] * 2


def test_pins_come_back() -> None:
    pins = ('a==1 ; python_version < "4"', f"git+https://github.com/o/r@{SHA}#egg=r")
    assert labels.pins_of(made(pins=pins)) == pins
    assert labels.pins_of({}) is None
    assert labels.pins_of({labels.PINS: "{}"}) is None
    assert labels.pins_of({labels.PINS: "no JSON"}) is None

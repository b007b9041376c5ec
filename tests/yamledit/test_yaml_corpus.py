"""The edits on every values file of a real repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from yamltexts import changed, meaning

from hubimages.yamledit import EditRefused, get, line_of, remove_keys, set_scalars

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "2i2c-infrastructure"
FILES = sorted(
    path
    for folder in ("config/clusters", "helm-charts")
    for path in (CORPUS / folder).rglob("*.yaml")
)
VALUES = [path for path in FILES if path.name.endswith("values.yaml")]
NEW = "0.0.1-0.dev.git.99999.h0123abcd"


@pytest.fixture(autouse=True)
def _corpus() -> None:
    if not FILES:
        pytest.skip("the corpus of real configuration is not beside this repository")


def texts(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """Yield what is YAML; chart templates are not."""
    for path in paths:
        with path.open(encoding="utf-8", newline="") as stream:
            text = stream.read()
        try:
            meaning(text)
        except yaml.YAMLError:
            assert "templates" in path.parts or "enc-" in path.name, path
            continue
        yield path, text


def tags(document: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(document, dict):
        if "name" in document and "tag" in document:
            yield (*at, "tag")
        for key, value in document.items():
            yield from tags(value, (*at, key))
    elif isinstance(document, list):
        for i, value in enumerate(document):
            yield from tags(value, (*at, i))


def test_every_tag_of_an_image_changes_in_one_line() -> None:
    count = 0
    for path, text in texts(FILES):
        for at in tags(meaning(text)):
            after = set_scalars(text, {at: NEW})
            before_lines, after_lines = text.splitlines(True), after.splitlines(True)
            assert len(before_lines) == len(after_lines), path
            differing = [
                i
                for i, (a, b) in enumerate(zip(before_lines, after_lines, strict=True), 1)
                if a != b
            ]
            assert differing == [line_of(text, at)], path
            expected = changed(meaning(text), at, lambda here, key: here.__setitem__(key, NEW))
            assert repr(meaning(after)) == repr(expected), path
            count += 1
    assert count >= 10


@pytest.mark.parametrize("prefix", [(), ("basehub",)], ids=["basehub chart", "daskhub chart"])
def test_trying_and_stopping_gives_back_every_values_file(prefix: tuple[str, ...]) -> None:
    count = 0
    for path, text in texts(VALUES):
        image = (*prefix, "jupyterhub", "hub", "image")
        paths = [(*image, "name"), (*image, "tag")]
        after = set_scalars(text, dict.fromkeys(paths, NEW))
        assert get(after, image[:-1])["image"]["tag"] == NEW  # type: ignore[index]
        if has(text, paths[0]):
            continue
        assert remove_keys(after, paths) == text, path
        added = [line for line in after.splitlines() if line not in text.splitlines()]
        assert len(added) <= 6, path
        count += 1
    assert count > 100


def has(text: str, path: tuple[str, ...]) -> bool:
    try:
        get(text, path)
    except (KeyError, EditRefused):
        return False
    return True

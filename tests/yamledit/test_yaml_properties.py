from __future__ import annotations

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from yamltexts import changed, meaning, scalar_paths, texts

from hubimages.yamledit import EditRefused, get, remove_keys, set_scalars
from hubimages.yamledit.tree import BOM, read

VALUES = st.sampled_from(
    ["0.0.1-0.dev.git.9.habc", "v2", "1e3", "12:30", "a, b", "é ü", "", "it's"]
)
IMAGE = ("jupyterhub", "hub", "image")
many = settings(max_examples=300, deadline=None)


def readable(text: str) -> bool:
    try:
        meaning(text)
    except yaml.YAMLError:
        return False
    return True


def missing(text: str, path: tuple[str | int, ...]) -> bool:
    try:
        get(text, path)
    except KeyError:
        return True
    return False


@many
@given(texts(), VALUES, st.data())
def test_setting_a_scalar_that_is_there_changes_that_alone(
    text: str, value: str, data: st.DataObject
) -> None:
    assume(readable(text))
    paths = list(scalar_paths(meaning(text)))
    assume(paths)
    path = data.draw(st.sampled_from(paths))
    try:
        after = set_scalars(text, {path: value})
    except EditRefused:
        assert "*" in text  # nothing but what is shared stands in the way
        return
    expected = changed(meaning(text), path, lambda parent, key: parent.__setitem__(key, value))
    if "*" not in text:
        assert repr(meaning(after)) == repr(expected)
    assert get(after, path) == value
    before_lines, after_lines = text.splitlines(True), after.splitlines(True)
    if len(before_lines) == len(after_lines):
        assert sum(a != b for a, b in zip(before_lines, after_lines, strict=True)) <= 1
    else:
        assert isinstance(get(text, path), str)
        assert "\n" in str(get(text, path)) or " " in str(get(text, path))  # a block scalar


@many
@given(texts(), st.sampled_from([(), ("basehub",), ("a",)]), st.booleans())
def test_removing_what_was_added_gives_back_every_byte(
    text: str, prefix: tuple[str, ...], both: bool
) -> None:
    assume(readable(text))
    paths = [(*prefix, *IMAGE, key) for key in ("name", "tag")[: 1 + both]]
    assume(all(missing(text, path) for path in paths))
    try:
        after = set_scalars(text, {path: f"new {path[-1]}" for path in paths})
    except EditRefused:
        assert "*" in text or has_a_value_in_the_way(text, paths[0])
        return
    assert [get(after, path) for path in paths] == [f"new {path[-1]}" for path in paths]
    assert remove_keys(after, paths) == text


def has_a_value_in_the_way(text: str, path: tuple[str, ...]) -> bool:
    here = meaning(text)
    for part in path[:-1]:
        if not isinstance(here, dict):
            return True
        if part not in here:
            return False
        here = here[part]
    return not isinstance(here, dict)


@many
@given(texts(), st.data())
def test_removing_a_key_leaves_every_other_line(text: str, data: st.DataObject) -> None:
    assume(readable(text) and "*" not in text)
    document = meaning(text)
    siblings = [p for p in scalar_paths(document) if isinstance(p[-1], str)]
    siblings = [p for p in siblings if len(get(text, p[:-1])) > 1]  # type: ignore[arg-type]
    assume(siblings)
    path = data.draw(st.sampled_from(siblings))
    try:
        after = remove_keys(text, [path])
    except EditRefused:
        assert "|" in text or ">" in text  # what is below the key would join a block scalar
        return
    expected = changed(document, path, lambda parent, key: parent.pop(key))
    assert repr(meaning(after)) == repr(expected)


@many
@given(texts())
def test_the_parser_in_c_and_the_one_in_python_agree_on_positions(text: str) -> None:
    assume(readable(text) and meaning(text) is not None)  # of nothing they see other ends
    body = text.removeprefix(BOM)
    assert read(body, yaml.CSafeLoader) == read(body, yaml.SafeLoader)

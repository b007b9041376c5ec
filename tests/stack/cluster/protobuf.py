"""Reads the three kinds that Helm 4 sends as protobuf: where it stores releases, and namespaces.

Shapes and numbers are those of generated.proto in k8s.io/api/core/v1 and k8s.io/apimachinery.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

_MAGIC = b"k8s\x00"
# By field number: the name, and what it holds: text, bytes, or a mapping of text to one of them.
_META = {
    1: ("name", "text"),
    2: ("generateName", "text"),
    3: ("namespace", "text"),
    6: ("resourceVersion", "text"),
    11: ("labels", "texts"),
    12: ("annotations", "texts"),
}
_KINDS = {
    "Secret": {2: ("data", "blobs"), 3: ("type", "text"), 4: ("stringData", "texts")},
    "ConfigMap": {2: ("data", "texts"), 3: ("binaryData", "blobs")},
    "Namespace": {},
}


def decoded(content: bytes) -> dict[str, Any] | None:
    """Return the object as its JSON would have it, or None where it is of another kind."""
    if not content.startswith(_MAGIC):
        return None
    envelope = dict(_fields(content[len(_MAGIC) :]))
    kind = dict(_fields(envelope[1]))[2].decode()
    if kind not in _KINDS:
        return None
    raw = envelope[2]
    meta = next((value for number, value in _fields(raw) if number == 1), b"")
    return {"metadata": _read(meta, _META), **_read(raw, _KINDS[kind])}


def _read(message: bytes, shape: dict[int, tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, value in _fields(message):
        name, what = shape.get(number, ("", ""))
        if what == "text" and value:
            found[name] = value.decode()
        elif what in {"texts", "blobs"}:
            entry = dict(_fields(value))
            held = entry.get(2, b"")
            text = held.decode() if what == "texts" else base64.b64encode(held).decode()
            found.setdefault(name, {})[entry.get(1, b"").decode()] = text
    return found


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each field that has a length; numbers are passed over."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        size, at = _varint(message, at)
        match tag & 7:
            case 0:
                continue
            case 2:
                yield tag >> 3, message[at : at + size]
                at += size
            case other:
                raise ValueError(f"wire type {other}")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (message[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if message[at - 1] < 128:
            return value, at

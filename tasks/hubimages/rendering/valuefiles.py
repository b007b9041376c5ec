"""A hub's values files in the order in which Helm merges them, the encrypted ones never on a disk.

What is decrypted is handed to Helm through a named pipe: a kill at any moment leaves nothing that
could be read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from hubimages import scratch, sops, values
from hubimages.errors import BadFile
from hubimages.fleet import Hub, is_secret
from hubimages.process import Runner
from hubimages.redaction import conceal
from hubimages.scalars import in_template
from hubimages.tree import WorkTree
from hubimages.yamlread import load_mapping

_MOMENT = 0.01  # seconds between two looks whether a pipe's writer has ended


@dataclass(frozen=True, kw_only=True)
class ValueFiles:
    """The values files of one hub below root; secrets are texts of encrypted ones, by path."""

    root: Path
    paths: tuple[str, ...]
    secrets: Mapping[str, str]
    left_out: tuple[str, ...] = ()  # encrypted, and neither there nor decrypted

    @property
    def confidential(self) -> bool:
        """Whether any of it is secret: decrypted here, or where git-crypt keeps it so."""
        return bool(self.secrets) or any(map(is_secret, self.paths))

    @contextmanager
    def flags(self) -> Iterator[list[str]]:
        """Yield the words `-f FILE …` for one helm command."""
        with ExitStack() as stack:
            words: list[str] = []
            for path in self.paths:
                if path in self.secrets:
                    words += ["-f", _word(stack.enter_context(_piped(self.secrets[path])))]
                else:
                    words += ["-f", _word(self.root / path)]
            yield words


def _word(path: Path) -> str:
    """Return a path as Helm takes it, which reads a list in CSV."""
    text = str(path)
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def read(run: Runner, root: Path, hub: Hub, *, without_secrets: bool = False) -> ValueFiles:
    """Find a hub's values files below root, and decrypt what is encrypted.

    With without_secrets, encrypted files are left out where they are not there or cannot be
    decrypted. Raises BadFile, NoSops, NotDecrypted.
    """
    encrypted = [path for path in hub.values_files if _is_encrypted(root, path)]
    gone = [path for path in encrypted if not (root / path).exists()]
    if gone and not without_secrets:
        raise BadFile(gone[0], "is not there, and the hub is made from it.")
    try:
        secrets = sops.decrypt(run, root, [path for path in encrypted if path not in gone])
    except (sops.NoSops, sops.NotDecrypted, sops.Locked):
        if not without_secrets:
            raise
        secrets = {}
    left_out = tuple(path for path in encrypted if path not in secrets)
    paths = tuple(path for path in hub.values_files if path not in left_out)
    for path in {*secrets, *filter(is_secret, paths)}:
        text = secrets.get(path) or WorkTree(root).read(path) or ""
        conceal(_scalars(load_mapping(text, path)))
    return ValueFiles(root=root, paths=paths, secrets=secrets, left_out=left_out)


def _is_encrypted(root: Path, path: str) -> bool:
    """Whether a values file has to be decrypted; raises BadFile where it is not there, or broken."""
    text = WorkTree(root).read(path)
    if text is None:
        if is_secret(path):
            return True
        raise BadFile(path, "is not there, and the hub is made from it.")
    return text.startswith("\0GITCRYPT\0") or values.parse(text, path).encrypted


def _scalars(found: Any) -> Iterator[str]:
    """Yield the texts of a document that could be secrets, also as templates quote them."""
    match found:
        case dict():
            for value in found.values():
                yield from _scalars(value)
        case list():
            for value in found:
                yield from _scalars(value)
        case str():
            yield from (found, found.replace("'", "''"))
            yield from (json.dumps(found, ensure_ascii=plain)[1:-1] for plain in (True, False))
        case int() | float():
            yield from (str(found), in_template(str(found)))
        case _:
            pass


@contextmanager
def _piped(text: str) -> Iterator[Path]:
    """Yield a named pipe out of which a program can read the text once."""
    with scratch.folder("values") as home:
        pipe = home / "values.yaml"
        os.mkfifo(pipe, 0o600)
        writer = Thread(target=_write, args=(pipe, text.encode("utf-8", "surrogateescape")))
        writer.start()
        try:
            yield pipe
        finally:
            _let_end(pipe, writer)


def _let_end(pipe: Path, writer: Thread) -> None:
    """Read what nobody has read, so that the writer ends, also one that has not opened the pipe yet."""
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while writer.is_alive():
            with suppress(BlockingIOError):
                os.read(reader, 65536)
            writer.join(_MOMENT)
    finally:
        os.close(reader)


def _write(pipe: Path, data: bytes) -> None:
    with suppress(BrokenPipeError), pipe.open("wb") as file:
        file.write(data)

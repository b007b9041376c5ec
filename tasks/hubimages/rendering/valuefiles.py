"""A hub's values files in the order in which Helm merges them, the encrypted ones never on a disk.

What is decrypted is handed to Helm through a named pipe: a kill at any moment leaves nothing that
could be read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from hubimages import sops, values
from hubimages.errors import BadFile
from hubimages.fleet import Hub, is_secret
from hubimages.process import Runner, conceal
from hubimages.tree import WorkTree
from hubimages.yamlread import load_mapping


@dataclass(frozen=True, kw_only=True)
class ValueFiles:
    """The values files of one hub below root; secrets are texts of encrypted ones, by path."""

    root: Path
    paths: tuple[str, ...]
    secrets: Mapping[str, str]
    left_out: tuple[str, ...] = ()  # encrypted, and neither there nor decrypted

    @contextmanager
    def flags(self) -> Iterator[list[str]]:
        """Yield the words `-f FILE …` for one helm command."""
        with ExitStack() as stack:
            words: list[str] = []
            for path in self.paths:
                if path in self.secrets:
                    words += ["-f", str(stack.enter_context(_piped(self.secrets[path])))]
                else:
                    words += ["-f", str(self.root / path)]
            yield words


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
    for path, text in secrets.items():
        conceal(_scalars(load_mapping(text, path)))
    left_out = tuple(path for path in encrypted if path not in secrets)
    paths = tuple(path for path in hub.values_files if path not in left_out)
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
    """Yield the texts of a document that could be secrets."""
    match found:
        case dict():
            for value in found.values():
                yield from _scalars(value)
        case list():
            for value in found:
                yield from _scalars(value)
        case str():
            yield found
        case _:
            pass


@contextmanager
def _piped(text: str) -> Iterator[Path]:
    """Yield a named pipe out of which a program can read the text once."""
    with tempfile.TemporaryDirectory(prefix="hubimages-values-") as home:
        pipe = Path(home) / "values.yaml"
        os.mkfifo(pipe, 0o600)
        writer = Thread(target=_write, args=(pipe, text.encode("utf-8", "surrogateescape")))
        writer.start()
        try:
            yield pipe
        finally:
            # where nobody read it, a reader that goes at once lets the writer end
            os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
            writer.join()


def _write(pipe: Path, data: bytes) -> None:
    with suppress(BrokenPipeError), pipe.open("wb") as file:
        file.write(data)

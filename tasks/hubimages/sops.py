"""Encrypted values files, through the `sops` command (https://getsops.io)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.process import Runner

_LIMIT = 60.0  # seconds; the key may be asked for over the network
_LONGEST = 300  # characters of sops' own words
_GITCRYPT = "\0GITCRYPT\0"


class NoSops(Failure):
    """Encrypted files are needed, and there is no `sops` command."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(paths)} {'is' if len(paths) == 1 else 'are'} encrypted, and there is no `sops` command "
            "to decrypt with; without what is in there a hub would be another one.",
            fix="install sops (https://getsops.io) and get the key, or deploy where both are",
        )


class NotDecrypted(Failure):
    """sops could not decrypt a file."""

    def __init__(self, path: str, said: str) -> None:
        super().__init__(
            f"{path} cannot be decrypted: {said}",
            fix=f"sops --decrypt {path} > /dev/null says more; log in to what keeps its key",
        )


class Locked(Failure):
    """A file is encrypted by git-crypt, and this clone is locked."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is encrypted by git-crypt, and this clone is locked.",
            fix="git-crypt unlock, then run the same command again",
        )


def decrypt(run: Runner, root: Path, paths: Sequence[str]) -> dict[str, str]:
    """Return the texts of encrypted files, by path from root; raises NoSops, NotDecrypted, Locked."""
    found = {}
    for path in paths:
        if (root / path).read_bytes().startswith(_GITCRYPT.encode()):
            raise Locked(path)
        try:
            found[path] = run(["sops", "--decrypt", path], cwd=root, timeout=_LIMIT).stdout
        except CommandMissing:
            raise NoSops(paths) from None
        except CommandFailed as error:
            said = " ".join(
                error.stderr.split()
            )  # a report of many lines, the first or last telling
            raise NotDecrypted(path, said[:_LONGEST] or "it did not say why") from None
        except CommandTimedOut as error:
            raise NotDecrypted(path, error.what) from None
    return found

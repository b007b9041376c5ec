"""sops, spoken for by a recorder; what is asked of it, and what its failures mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from hubimages import sops
from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.process import Completed

# As sops 3 says that no key fits.
NO_KEY = """\
Failed to get the data key required to decrypt the SOPS file.

Group 0: FAILED
  arn:aws:kms:us-west-2:1: FAILED

Recovery failed because no master key was able to decrypt the file. In
order for SOPS to recover the file, at least one key has to be successful,
but none were.
"""


class Sops:
    """Says what it is told to."""

    def __init__(self, failure: Failure | None = None) -> None:
        self.failure = failure
        self.asked: list[tuple[Sequence[str], Path | None]] = []

    def __call__(self, argv: Sequence[str], *, cwd: Path | None = None, **_: object) -> Completed:
        self.asked.append((argv, cwd))
        if self.failure:
            raise self.failure
        return Completed(argv=tuple(argv), code=0, stdout=f"text of {argv[-1]}", stderr="")

    stream = __call__


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("sops: {}\n")
    return tmp_path


def decrypt(root: Path, run: Sops) -> Mapping[str, str]:
    return sops.decrypt(run, root, ["a.yaml", "b.yaml"])  # type: ignore[arg-type]


def test_each_file_is_decrypted_below_the_root(root: Path) -> None:
    run = Sops()
    assert decrypt(root, run) == {"a.yaml": "text of a.yaml", "b.yaml": "text of b.yaml"}
    assert run.asked[0] == (["sops", "--decrypt", "a.yaml"], root)  # where its .sops.yaml is


@pytest.mark.parametrize(
    ("failure", "wanted"),
    [
        (CommandMissing("sops"), "a.yaml, b.yaml are encrypted, and there is no `sops` command"),
        (
            CommandFailed("sops", 128, "", NO_KEY),
            "a.yaml cannot be decrypted: Failed to get the data key required to decrypt the SOPS file. Group 0",
        ),
        (CommandFailed("sops", 1, "", ""), "a.yaml cannot be decrypted: it did not say why"),
        (
            CommandTimedOut("sops", 60),
            "a.yaml cannot be decrypted: `sops` gave no answer within 60 s",
        ),
    ],
)
def test_a_failure_names_the_files(root: Path, failure: Failure, wanted: str) -> None:
    with pytest.raises((sops.NoSops, sops.NotDecrypted), match=wanted) as found:
        decrypt(root, Sops(failure))
    assert found.value.fix


def test_one_file_is_one(root: Path) -> None:
    assert "a.yaml is encrypted" in sops.NoSops(["a.yaml"]).what


def test_what_git_crypt_has_locked_is_not_for_sops(root: Path) -> None:
    (root / "a.yaml").write_bytes(b"\0GITCRYPT\0\0\xff\xfe")
    run = Sops()
    with pytest.raises(sops.Locked, match=r"a\.yaml is encrypted by git-crypt"):
        decrypt(root, run)
    assert run.asked == []

"""Values files for Helm: plain ones by their path, encrypted ones through a pipe."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from hubimages import sops
from hubimages.errors import BadFile
from hubimages.fleet import Hub
from hubimages.rendering import valuefiles
from hubimages.rendering.valuefiles import ValueFiles
from hubs import Recorder, said

LONG = "secret: " + "x" * 300_000 + "\n"  # more than a pipe holds


def files(root: Path, **secrets: str) -> ValueFiles:
    paths = ("a.yaml", *secrets, "b, c.yaml")
    return ValueFiles(root=root, paths=paths, secrets=secrets)


def test_the_order_is_that_of_the_hub(tmp_path: Path) -> None:
    with files(tmp_path, one="x: 1\n", two=LONG).flags() as words:
        assert words[::2] == ["-f"] * 4
        plain, one, two, comma = words[1::2]
        assert plain == str(tmp_path / "a.yaml")
        assert comma == f'"{tmp_path}/b, c.yaml"'  # Helm would take it for two
        assert stat.S_ISFIFO(Path(one).stat().st_mode)
        assert stat.S_IMODE(Path(one).stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(one).parent.parent.stat().st_mode) == 0o700
        read = [
            subprocess.check_output([str(shutil.which("cat")), at]).decode() for at in (one, two)
        ]
    assert read == ["x: 1\n", LONG]
    assert not Path(one).exists()


@pytest.mark.parametrize("text", ["x: 1\n", LONG])
def test_what_nobody_reads_holds_nobody_up(tmp_path: Path, text: str) -> None:
    """Also where the writer has not opened its pipe when the reader is given up."""
    for _ in range(20):
        with files(tmp_path, one=text).flags():
            pass


def test_what_is_read_in_part_holds_nobody_up(tmp_path: Path) -> None:
    with files(tmp_path, one=LONG).flags() as words, Path(words[3]).open("rb") as pipe:
        assert pipe.read(10) == b"secret: xx"


def test_what_is_plain_needs_no_pipe(tmp_path: Path) -> None:
    plain = files(tmp_path)
    assert not plain.confidential
    assert files(tmp_path, one="").confidential
    secret = ValueFiles(root=tmp_path, paths=("enc-a.yaml",), secrets={})  # git-crypt, unlocked
    assert secret.confidential


# --- reading them ----------------------------------------------------------------------------------

ENCRYPTED = "a: ENC[x]\nsops: {version: 3.9.0}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {"z.yaml": "a: 1\n", "enc-b.yaml": ENCRYPTED, "a.yaml": "a: 2\n"}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def hub(*files: str) -> Hub:
    return Hub(cluster="c", hub="h", chart="x", chart_override=None, values_files=files)


def read(root: Path, *files: str, code: int = 0, without_secrets: bool = False) -> ValueFiles:
    run = Recorder(lambda argv: said(argv, "a: 3\n", code=code))
    found = hub(*files)
    return valuefiles.read(_Limited(run), root, found, without_secrets=without_secrets)  # type: ignore[arg-type]


class _Limited:
    """The recorder takes no time-out, and sops is never asked without one."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __call__(self, argv: list[str], *, cwd: Path, timeout: float) -> object:
        assert timeout
        return self.recorder(argv, cwd=cwd)


def test_files_are_in_the_order_of_the_hub(root: Path) -> None:
    found = read(root, "z.yaml", "enc-b.yaml", "a.yaml")
    assert found.paths == ("z.yaml", "enc-b.yaml", "a.yaml")
    assert found.secrets == {"enc-b.yaml": "a: 3\n"}
    assert found.left_out == ()


def test_what_cannot_be_decrypted_is_left_out_if_wanted(root: Path) -> None:
    files = ("z.yaml", "enc-b.yaml", "enc-gone.yaml", "a.yaml")
    found = read(root, *files, code=1, without_secrets=True)
    assert found.paths == ("z.yaml", "a.yaml")
    assert found.left_out == ("enc-b.yaml", "enc-gone.yaml")
    with pytest.raises(BadFile, match=r"enc-gone\.yaml: is not there"):
        read(root, *files)
    with pytest.raises(sops.NotDecrypted, match=r"enc-b\.yaml cannot be decrypted"):
        read(root, "enc-b.yaml", code=1)
    with pytest.raises(BadFile, match=r"gone\.yaml: is not there, and the hub is made from it"):
        read(root, "gone.yaml", without_secrets=True)

"""user-image.split over HTTP, with a password in each address, as a process of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from integration.running import HERE
from repositories import RUN, Repository
from tests.splitting import runs
from tests.splitting.served import TYPED, locked


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_with_a_password_that_is_kept_nowhere(tmp_path: Path, more: tuple[str, ...]) -> None:
    served, work = tmp_path / "served", tmp_path / "work"
    source = Repository.init(tmp_path / "source")
    source.commit({"lab/environment.yml": "name: lab\n", "rest": "1\n"}, "Start")
    template = runs.template(tmp_path / "template")
    for made in (source, template):
        RUN(["git", "clone", "--quiet", "--bare", str(made.root), str(served / made.root.name)])
    RUN(["git", "init", "--quiet", "--bare", str(served / "target")])
    work.mkdir()
    trace = tmp_path / "trace"  # every program that git starts, with its words
    RUN(["git", "config", "--global", "credential.helper", f"store --file={tmp_path / 'stored'}"])
    with locked(served) as address:
        where = {
            name: f"http://{TYPED}@{address}/{name}" for name in ("source", "template", "target")
        }
        flags = [f"--{name}={url}" for name, url in where.items()]
        words = [str(HERE / "hubimages"), "user-image.split", "--path=lab", *flags, *more]
        done = subprocess.run(
            ["env", f"GIT_TRACE={trace}", *words],
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    refs = runs.git(served / "target", "for-each-ref", "--format=%(refname)").split()
    assert refs == ([] if more else ["refs/heads/standard"])
    assert not (tmp_path / "stored").exists()
    files = [trace, *(path for path in work.rglob("*") if path.is_file())]
    for text in (done.stdout, done.stderr, *(path.read_text(errors="replace") for path in files)):
        for secret in ("p%40ss", "p@ss", "w/rd"):
            assert secret not in text
    if not more:
        assert "origin there is without the credentials" in done.stderr
        assert runs.git(work / "lab", "remote", "-v").count(f"http://{address}/") == 4

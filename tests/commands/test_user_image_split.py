"""user-image.split, as it is typed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hubimages.commands import ask, boundary
from hubimages.splitting import verifying
from repositories import RUN, Repository
from tests.commands.conftest import PROGRAM, Run
from tests.splitting import runs

FOLDER = "deployments/größe/image"
OLD = "".join(f"line {number}\n" for number in range(40))


@dataclass(frozen=True)
class Place:
    """A source, a template and an empty target, and a folder to work in."""

    root: Path
    source: Repository
    template: Repository

    @property
    def target(self) -> Path:
        return self.root / "target.git"

    @property
    def new(self) -> Path:
        return self.root / "work" / "image"

    def words(self, **instead: str) -> list[str]:
        given = {
            "source": str(self.source.root),
            "path": FOLDER,
            "template": str(self.template.root),
            "target": str(self.target),
            **instead,
        }
        flags = [word for name, value in given.items() if value for word in (f"--{name}", value)]
        return ["user-image.split", *flags]

    def branches(self) -> dict[str, str]:
        lines = runs.git(self.target, "for-each-ref", "--format=%(refname) %(objectname)")
        return dict(line.split() for line in lines.splitlines())

    def left(self) -> list[str]:
        return sorted(path.name for path in (self.root / "work").iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    source = Repository.init(tmp_path / "source")
    source.commit({"old/env.yml": OLD, "old/secret": "rest\n"}, "Old place")
    (source.root / FOLDER).mkdir(parents=True)
    source.git("mv", "old/env.yml", f"{FOLDER}/environment.yml")
    source.commit({}, "Move")
    source.commit({f"{FOLDER}/README.md": "image\n", "README.md": "top\n"}, "Readme")
    source.git("branch", "--move", "master")
    made = Place(
        tmp_path, source, runs.template(tmp_path / "template", {"README.md": "template\n"})
    )
    RUN(["git", "init", "--quiet", "--bare", str(made.target)])
    (tmp_path / "work").mkdir()
    return made


def test_all_of_it(place: Place, invoke: Run) -> None:
    before = place.source.state()
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 0, ran.err
    assert ran.out == ""
    assert re.search(r"the image's would be kept:\n  README\.md\n", ran.err)
    assert "3 of 3 commits concern deployments/größe/image" in ran.err
    assert "followed back to old/env.yml" in ran.err
    assert list(place.branches()) == ["refs/heads/standard"]  # as the template's own
    for step in (
        r"secrets.*: QUAY_PASSWORD \(gh secret set QUAY_PASSWORD",
        r"invoke user-image\.set --hub",
        r"git rm -r 'deployments/größe/image'",
        "archived",
    ):
        assert re.search(step, ran.err), step
    assert place.left() == ["image"]
    assert (place.new / "README.md").read_text() == "image\n"
    assert (place.new / "environment.yml").read_text() == OLD
    assert runs.git(place.new, "remote", "get-url", "source").strip() == str(place.source.root)
    assert runs.git(place.new, "remote", "get-url", "origin").strip() == str(place.target)
    assert (
        runs.git(place.new, "status", "--branch", "--porcelain")
        == "## standard...origin/standard\n"
    )
    assert "README.md" in runs.git(place.new, "log", "-1", "--format=%B")
    assert place.source.state() == before


def test_a_dry_run_does_it_all_and_leaves_nothing(
    place: Place, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(place.root / "work"))
    monkeypatch.setattr("tempfile.tempdir", None)
    ran = invoke(place.root / "work", *place.words(), "--dry-run")
    assert ran.code == 0, ran.err
    assert "✓ verify" in ran.err
    assert re.search(r"would push [0-9a-f]{12} as branch standard to /.*/target\.git", ran.err)
    assert (place.branches(), place.left()) == ({}, [])


def test_a_dry_run_without_its_target(place: Place, invoke: Run) -> None:
    ran = invoke(place.root, *place.words(target=str(place.root / "nowhere")), "--dry-run")
    assert ran.code == 0, ran.err
    assert re.search("warning: whether .*nowhere is empty is not known", ran.err)


@pytest.mark.parametrize("flag", ["source", "path", "template", "target"])
def test_a_missing_value_is_named(place: Place, invoke: Run, flag: str) -> None:
    ran = invoke(place.root / "work", *place.words(**{flag: ""}))
    assert ran.code == 1
    assert f"add --{flag} VALUE" in ran.err


def test_conflicts_are_not_resolved_without_asking(place: Place, invoke: Run) -> None:
    ran = invoke(place.root / "work", *place.words())
    assert ran.code == 1
    assert re.search(r"  README\.md\n.*Keep the image's\?(?s:.*)--yes", ran.err)
    assert (place.branches(), place.left()) == ({}, [])


def test_without_conflicts_nothing_is_asked(place: Place, invoke: Run) -> None:
    place.template.git("rm", "--quiet", "README.md", "environment.yml")
    place.template.commit({}, "Less")
    ran = invoke(place.root / "work", *place.words())
    assert ran.code == 0, ran.err
    assert (place.new / "environment.yml").read_text() == OLD


@pytest.mark.parametrize("question", ["Keep the image's?", "Push it"])
def test_no_is_no(
    place: Place, invoke: Run, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.setattr(ask, "interactive", lambda: True)
    monkeypatch.setattr(ask, "agreed", lambda asked, default: not asked.startswith(question))
    ran = invoke(place.root / "work", *place.words())
    assert (ran.code, place.branches()) == (1, {})
    assert place.left() == ([] if question.startswith("Keep") else ["image"])
    monkeypatch.setattr(ask, "agreed", lambda asked, default: True)
    ran = invoke(place.root / "work", *place.words())
    assert ran.code == 0, ran.err
    assert ("going on from" in ran.err) == question.startswith("Push")


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "no such path": ({"path": "images/nope"}, "has no folder images/nope on its default branch"),
    "a path that was there": ({"path": "old/gone"}, r"it had one until commit [0-9a-f]+ \("),
    "a file": ({"path": f"{FOLDER}/README.md"}, rf"is a file in (?s:.*)--path {FOLDER}$"),
    "a link": ({"path": "link"}, "link is a symbolic link"),
    "the whole": ({"path": "./"}, "no folder inside of a repository"),
    "outside": ({"path": "a/../../b"}, "no folder inside of a repository"),
    "absolute": ({"path": "/images"}, "no folder inside of a repository"),
    "no source": ({"source": "/nonexistent/repo"}, "no git repository at /nonexistent/repo"),
    "no template": ({"template": "/nonexistent/repo"}, "no git repository at /nonexistent/repo"),
    "no target": ({"target": "/nonexistent/repo"}, "is empty is not known, so nothing is pushed"),
    "unreachable": ({"target": "http://127.0.0.1:9/x"}, "is empty is not known"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(place: Place, invoke: Run, case: str) -> None:
    place.source.commit({"old/gone/file": "1\n"})
    place.source.git("rm", "-rq", "old/gone")
    (place.source.root / "link").symlink_to(FOLDER)
    place.source.commit()
    instead, said = REFUSED[case]
    ran = invoke(place.root / "work", *place.words(**instead), "--yes")
    assert ran.code == 1, ran.err
    assert re.search(said, ran.err, re.MULTILINE), ran.err
    assert "→" in ran.err
    assert (place.branches(), place.left()) == ({}, [])


def test_a_target_with_something_in_it(place: Place, invoke: Run) -> None:
    place.template.git("push", "--quiet", str(place.target), "HEAD:refs/heads/other")
    for more in ("--yes", "--dry-run"):
        ran = invoke(place.root / "work", *place.words(), more)
        assert ran.code == 1
        assert "is not empty: it has refs/heads/other" in ran.err
    assert (list(place.branches()), place.left()) == (["refs/heads/other"], [])


def test_empty_repositories(place: Place, invoke: Run) -> None:
    Repository.init(place.root / "empty")
    for name in ("source", "template"):
        ran = invoke(place.root, *place.words(**{name: str(place.root / "empty")}))
        assert "empty has no commit on a default branch" in ran.err


def test_a_shallow_source(place: Place, invoke: Run) -> None:
    shallow = place.root / "shallow"
    RUN(["git", "clone", "--quiet", "--depth=1", f"file://{place.source.root}", str(shallow)])
    ran = invoke(place.root / "work", *place.words(source=str(shallow)), "--yes")
    assert ran.code == 1
    assert "is a shallow clone" in ran.err


def test_nobody_knows_who_commits(
    place: Place, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NAME", "EMAIL"):
        monkeypatch.delenv(f"GIT_COMMITTER_{name}")
        monkeypatch.delenv(f"GIT_AUTHOR_{name}")
    RUN(["git", "config", "--global", "user.useConfigOnly", "true"])
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 1
    assert "git config --global user.name" in ran.err
    assert "--no-commit" not in ran.err  # which split has not


@pytest.mark.parametrize("where", ["core.hooksPath", "init.templateDir"])
def test_the_hooks_of_the_person_are_theirs(place: Place, invoke: Run, where: str) -> None:
    hooks = place.root / "mine" / "hooks"
    hooks.mkdir(parents=True)
    ran_hooks = place.root / "ran"
    names = ("pre-push", "post-checkout", "post-index-change")
    for name in names:
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {ran_hooks}\nexit 1\n")
        (hooks / name).chmod(0o755)
    value = hooks if where == "core.hooksPath" else hooks.parent
    RUN(["git", "config", "--global", where, str(value)])
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 0, ran.err
    assert not ran_hooks.exists()
    own = runs.git(place.new, "config", "--local", "--list")
    assert "hookspath" not in own  # from now on they count there too
    assert "gc.auto" not in own


# --- where the clone goes --------------------------------------------------------------------------


def test_started_in_the_own_clone_it_goes_beside_it(place: Place, invoke: Run) -> None:
    before = place.source.state()
    ran = invoke(place.source.root / "old", *place.words(source=".."), "--yes")
    assert ran.code == 0, ran.err
    assert (place.root / "image" / "environment.yml").exists()
    assert place.source.state() == before


def test_never_inside_of_the_own_clone(place: Place, invoke: Run) -> None:
    ran = invoke(place.source.root, *place.words(directory="new"), "--yes")
    assert ran.code == 1
    assert f"--directory {place.root}/new" in ran.err
    assert not (place.source.root / "new").exists()


def test_a_directory_that_is_there(place: Place, invoke: Run) -> None:
    (place.new / "mine").mkdir(parents=True)
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 1
    assert "not left by an unfinished split" in ran.err
    assert (place.new / "mine").is_dir()


def test_done_is_done(place: Place, invoke: Run) -> None:
    assert invoke(place.root / "work", *place.words(), "--yes").code == 0
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 1
    assert "not left by an unfinished split" in ran.err


# --- run again -------------------------------------------------------------------------------------


def hook(place: Place, name: str, text: str) -> Path:
    path = place.target / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_push_that_is_refused_goes_on_from_there(place: Place, invoke: Run) -> None:
    refusing = hook(place, "pre-receive", "echo no signature >&2; exit 1")
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 1
    assert "no signature" in ran.err
    assert "Done before that, and kept: the verified clone in" in ran.err
    made = runs.git(place.new, "rev-parse", "HEAD").strip()
    refusing.unlink()
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 0, ran.err
    assert "▸ rewrite" not in ran.err
    assert place.branches() == {"refs/heads/standard": made}


def test_what_came_to_the_source_meanwhile_is_not_forgotten(place: Place, invoke: Run) -> None:
    refusing = hook(place, "pre-receive", "exit 1")
    assert invoke(place.root / "work", *place.words(), "--yes").code == 1
    refusing.unlink()
    place.source.commit({f"{FOLDER}/late": "1\n"}, "Late")
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 0, ran.err
    assert (place.new / "late").exists()


def test_work_done_in_an_unfinished_split_is_kept(place: Place, invoke: Run) -> None:
    refusing = hook(place, "pre-receive", "exit 1")
    assert invoke(place.root / "work", *place.words(), "--yes").code == 1
    refusing.unlink()
    (place.new / "mine").write_text("")
    place.source.commit({f"{FOLDER}/late": "1\n"}, "Late")
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 1
    assert "work that was done in it since" in ran.err
    assert (place.new / "mine").exists()


def test_a_clone_that_is_not_right_is_not_pushed(
    place: Place, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(verifying, "differences", lambda *_: [f"line {n}" for n in range(20)])
        ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 1
    assert re.search(r"not pushed:\n    line 0\n(?s:.*)    line 7\n    and 12 more", ran.err)
    assert "kept: the unfinished clone in" in ran.err
    assert (place.branches(), place.left()) == ({}, ["image"])
    assert invoke(place.root / "work", *place.words(), "--yes").code == 0


def test_interrupted(place: Place, invoke: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verifying, "differences", stop)
    ran = invoke(place.root / "work", *place.words(), "--yes")
    assert ran.code == 130
    assert "Nothing had been changed" in ran.err
    assert (place.branches(), place.left()) == ({}, [])


# git is held where its words match, and everything is killed there
POINTS = {
    "before the clone is one": "init",
    "the source comes": "*fetch *:refs/hubimages/source",
    "the template comes": "*fetch *:refs/hubimages/template",
    "renames are followed": "*diff-tree*",
    "the history is written": "*fast-import*",
    "the merge is written": "*commit-tree*",
    "it is looked at": "*rev-list --full-history*",
    "files are written": "*reset --quiet --hard*",
    "remotes are named": "*config --replace-all*",
    "it is pushed": "*push *",
    "it was pushed": "*update-ref -d*",
    "it is tidied up": "*gc --quiet*",
}
_HOLD = """#!/bin/sh
case "$*" in
$HELD) if [ ! -e "$REACHED" ]; then touch "$REACHED"; exec sleep 600; fi ;;
esac
PATH=${PATH#*:} exec git "$@"
"""


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(place: Place, point: str) -> None:
    programs, reached = place.root / "bin", place.root / "reached"
    programs.mkdir()
    held = POINTS[point].replace(" ", "\\ ")
    (programs / "git").write_text(_HOLD.replace("$HELD", held if "*" in held else f"{held}*"))
    (programs / "git").chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "REACHED": str(reached),
        "PYTHONPATH": str(Path(boundary.__file__).parents[2]),
    }

    def start(*more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*PROGRAM, *place.words(), *more],
            cwd=place.root / "work",
            env=env,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    with start("--yes") as child:
        until(lambda: reached.exists() or child.poll() is not None)
        assert child.poll() is None, child.communicate()
        os.killpg(child.pid, signal.SIGKILL)
    with start("--yes") as child:
        _, said = child.communicate()
    assert child.returncode == 0, said
    (branch,) = place.branches().items()
    assert branch == ("refs/heads/standard", runs.git(place.new, "rev-parse", "HEAD").strip())
    assert runs.git(place.new, "log", "--format=%s", "--topo-order", "standard^1").splitlines() == [
        "Readme",
        "Move",
        "Old place",
    ]
    assert runs.git(place.new, "status", "--porcelain") == ""
    assert runs.git(place.new, "fsck", "--full", "--strict", "--unreachable") == ""
    assert [name for name in place.left() if not name.startswith(".hubimages-")] == ["image"]
    assert "left to do by hand" in said


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


# --- secrets ---------------------------------------------------------------------------------------


def test_a_password_is_not_shown(place: Place, invoke: Run) -> None:
    """The server is not there: what is said then has the address in it."""
    source = "http://me:s3cretword@127.0.0.1:9/org/repo"
    ran = invoke(place.root / "work", *place.words(source=source), "--yes")
    assert ran.code == 1
    assert "http://127.0.0.1:9/org/repo" in ran.err
    assert "s3cretword" not in ran.err

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from origins import PYPROJECT, Origin, Serve

from hubimages.errors import CommandTimedOut, Failure
from hubimages.process import Completed, Processes
from hubimages.sources.errors import (
    AmbiguousRef,
    AuthenticationNeeded,
    CommitNotFound,
    NoRoom,
    NotACommit,
    NotAPackage,
    RefNotFound,
    RemoteUnreachable,
    RepositoryNotFound,
)
from hubimages.sources.requests import parse_requirement
from hubimages.sources.resolving import Resolved, resolve


def ask(text: str) -> Resolved:
    return resolve(parse_requirement(text), Processes())


@pytest.fixture
def old_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Talk as with a server that hands out nothing but tips."""
    config = tmp_path / "gitconfig"
    config.write_text("[protocol]\n\tversion = 0\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))


@dataclass
class Watching:
    """Runs programs, notes each with its folder, and asks one more after one of them."""

    after: str = ""
    then: tuple[str, ...] = ()
    heard: str = ""
    seen: list[tuple[Sequence[str], Path | None]] = field(default_factory=list)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> Completed:
        self.seen.append((argv, cwd))
        done = Processes()(argv, cwd=cwd, env=env, stdin=stdin, check=check, timeout=timeout)
        if self.after in argv:
            self.heard = Processes()(self.then, cwd=cwd).stdout
        return done

    def stream(
        self, argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Completed:
        raise AssertionError("nothing here takes long")


# --- refs ------------------------------------------------------------------------------------


def test_without_a_ref_the_default_branch_counts(origin: Origin) -> None:
    commit = origin.git("rev-parse", "trunk")
    origin.git("checkout", "--quiet", "-b", "other")
    origin.commit("elsewhere")
    origin.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert ask(origin.url) == Resolved(
        row=f"git+{origin.url}@{commit}",
        package="hub-thing",
        ref="default branch trunk",
        commit=commit,
    )
    assert ask(f"{origin.url}@HEAD").commit == commit


def test_a_detached_head_is_a_default_without_a_name(origin: Origin) -> None:
    origin.git("checkout", "--quiet", "--detach")
    assert ask(origin.url).ref == "default branch"


def test_branches_tags_and_full_names(origin: Origin) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.git("tag", "light")
    origin.git("tag", "-a", "-m", "x", "name@1.0")
    origin.git("branch", "feature/x@2")
    origin.git("update-ref", "refs/pull/12/head", first)
    second = origin.commit("second")
    assert first != second
    for ref in ("light", "name@1.0", "feature/x@2", "refs/tags/light", "pull/12/head"):
        found = ask(f"git+{origin.url}/.git@{ref}")
        assert (found.commit, found.ref) == (first, ref)
        assert found.row.endswith(f"/.git@{first}")
    assert ask(f"{origin.url}@trunk").commit == second


def test_a_name_of_both_a_branch_and_a_tag_must_be_told_apart(origin: Origin) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.git("tag", "v1")
    origin.git("branch", "v1")
    assert ask(f"{origin.url}@v1").commit == first
    origin.git("tag", "--force", "-a", "-m", "x", "v1")
    assert ask(f"{origin.url}@v1").commit == first
    second = origin.commit("second")
    origin.git("branch", "--force", "v1", second)
    with pytest.raises(AmbiguousRef) as caught:
        ask(f"{origin.url}@v1")
    assert "@refs/heads/v1 or @refs/tags/v1" in caught.value.fix
    assert ask(f"{origin.url}@refs/heads/v1").commit == second
    assert ask(f"{origin.url}@refs/tags/v1").commit == first


def test_a_missing_ref_names_those_like_it(origin: Origin) -> None:
    with pytest.raises(RefNotFound, match="no branch or tag trnk") as caught:
        ask(f"{origin.url}@trnk")
    assert "trunk" in caught.value.fix


def test_an_empty_repository_has_no_default(tmp_path: Path) -> None:
    empty = Origin(tmp_path)
    empty.git("init", "--quiet", "--bare", "empty.git")
    with pytest.raises(RefNotFound, match="no commit on its default branch"):
        ask(f"{empty.url}/empty.git")


def test_tags_of_files_cannot_be_installed(origin: Origin) -> None:
    blob = origin.git("rev-parse", "HEAD:pyproject.toml")
    origin.git("tag", "file", blob)
    origin.git("tag", "-a", "-m", "x", "folder", "HEAD^{tree}")
    for ref in ("file", "folder", blob):
        with pytest.raises(NotACommit):
            ask(f"{origin.url}@{ref}")


# --- commits -----------------------------------------------------------------------------------


def test_a_full_commit_need_not_be_a_tip(origin: Origin) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.commit("second", pyproject_toml=PYPROJECT.format("renamed"))
    found = ask(f"{origin.url}@{first.upper()}")
    assert found == Resolved(
        row=f"git+{origin.url}@{first}", package="hub-thing", ref=f"commit {first}", commit=first
    )


def test_the_digits_of_an_annotated_tag_become_its_commit(origin: Origin) -> None:
    origin.git("tag", "-a", "-m", "x", "v1")
    found = ask(f"{origin.url}@{origin.git('rev-parse', 'v1')}")
    assert found.commit == origin.git("rev-parse", "HEAD")


def test_a_commit_that_is_not_there(origin: Origin) -> None:
    for commit in ("0123456789" * 4, "0123456"):
        with pytest.raises(CommitNotFound, match=f"has no commit {commit}"):
            ask(f"{origin.url}@{commit}")


@pytest.mark.usefixtures("old_protocol")
def test_a_server_that_hands_out_only_tips(origin: Origin) -> None:
    first = origin.git("rev-parse", "HEAD")
    second = origin.commit("second")
    assert ask(f"{origin.url}@{second}").notes == ()
    found = ask(f"{origin.url}@{first}")
    assert (found.commit, found.package) == (first, "thing")
    assert "could not be verified" in found.notes[0]
    short = ask(f"{origin.url}@{first[:10]}")
    assert short.commit == first
    assert "name could not be read" in short.notes[0]


def test_an_abbreviation_becomes_forty_digits(origin: Origin) -> None:
    first = origin.git("rev-parse", "HEAD")
    second = origin.commit("second")
    for commit in (first, second):  # the history is needed for the first, the tips do for the other
        found = ask(f"{origin.url}@{commit[:7].upper()}")
        assert (found.commit, found.row) == (commit, f"git+{origin.url}@{commit}")


def test_an_abbreviation_may_be_a_branch(origin: Origin) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.git("branch", "abcdef1")
    origin.commit("second")
    assert (ask(f"{origin.url}@abcdef1").commit, ask(f"{origin.url}@abcdef1").ref) == (
        first,
        "abcdef1",
    )


def test_an_abbreviation_of_two_commits_is_refused(origin: Origin) -> None:
    # Two empty commits of one author, at seconds that give both the digits 1f6c2af.
    author = "author A <a@b> {0} +0000\ncommitter A <a@b> {0} +0000\ndata 1\n\n"
    stream = "".join(f"commit refs/heads/at{n}\n{author.format(n)}" for n in (3009, 6359))
    git = Processes()
    git(["git", "fast-import", "--quiet"], cwd=origin.path, stdin=stream)
    with pytest.raises(CommitNotFound, match="several commits that begin with 1f6c2af"):
        ask(f"{origin.url}@1f6c2af")
    tree = origin.git("rev-parse", "HEAD^{tree}")
    merge = origin.git("commit-tree", tree, "-p", "at3009", "-p", "at6359", "-m", "both")
    origin.git("update-ref", "refs/heads/both", merge)
    origin.git("branch", "-D", "at3009", "at6359")
    with pytest.raises(CommitNotFound, match="several commits that begin with 1f6c2af"):
        ask(f"{origin.url}@1f6c2af")


# --- addresses ---------------------------------------------------------------------------------


def test_addresses_of_a_host(origin: Origin, host: str) -> None:
    origin.git("update-ref", "refs/pull/12/head", "HEAD")
    origin.git("tag", "-a", "-m", "x", "@scope/name@1.0")
    origin.git("branch", "feature/x")
    first = origin.git("rev-parse", "HEAD")
    origin.commit("second")
    for path, ref in {
        "pull/12": "pull request 12",
        "pull/12/files": "pull request 12",
        f"pull/12/commits/{first}": f"commit {first}",
        f"commit/{first}": f"commit {first}",
        f"commit/{first[:8]}": f"commit {first}",
        "releases/tag/%40scope%2Fname%401.0": "@scope/name@1.0",
        "tree/feature/x": "feature/x",
        f"tree/{first}": f"commit {first}",
    }.items():
        found = ask(f"{host}/team/thing/{path}")
        assert found == Resolved(f"git+{host}/team/thing@{first}", "hub-thing", ref, first)


@pytest.mark.parametrize("what", ["pull/99", "releases/tag/v9", "tree/nowhere/x"])
def test_addresses_of_what_is_not_there(origin: Origin, host: str, what: str) -> None:
    with pytest.raises(RefNotFound):
        ask(f"{host}/team/thing/{what}")


def test_a_folder_behind_a_branch_is_the_subdirectory(origin: Origin, host: str) -> None:
    commit = origin.commit("more", a__b__pyproject_toml=PYPROJECT.format("inner"))
    origin.git("branch", "feature/x")
    for ref in ("trunk", "feature/x", "HEAD", commit):
        found = ask(f"{host}/team/thing/tree/{ref}/a/b")
        assert found.row == f"git+{host}/team/thing@{commit}#subdirectory=a/b"
        assert found.package == "inner"
    origin.git("tag", "feature", "HEAD^")
    assert ask(f"{host}/team/thing/tree/feature/x/a/b").commit == commit
    given = ask(f"{host}/team/thing/tree/trunk/docs#subdirectory=a/b")
    assert given.row == f"git+{host}/team/thing@{commit}#subdirectory=a/b"


# --- rows and names ------------------------------------------------------------------------------


def test_released_asks_nobody() -> None:
    recorder = Recorder()
    found = resolve(parse_requirement("Foo[a]==1.2"), recorder)
    assert found == Resolved("Foo[a]==1.2", "foo", "1.2", None)
    assert not recorder.asked


def test_the_row_has_a_name_only_where_it_must(origin: Origin) -> None:
    commit = origin.git("rev-parse", "HEAD")
    url = f"git+{origin.url}"
    rows = {
        f"{url}@trunk#egg=Hub_Thing": f"{url}@{commit}#egg=Hub_Thing",
        f"Hub.Thing @ {url}@trunk": f"{url}@{commit}",
        f"Hub.Thing[b,a] @ {url}@trunk": f"hub-thing[a,b] @ {url}@{commit}",
        f"{url} ; os_name == 'x'": f"hub-thing @ {url}@{commit} ; os_name == 'x'",
    }
    for text, row in rows.items():
        found = ask(text)
        assert (found.row, found.package, found.notes) == (row, "hub-thing", ())


def test_another_name_than_the_package_has_is_remarked(origin: Origin) -> None:
    found = ask(f"other @ git+{origin.url}")
    assert found.package == "other"
    assert "calls itself hub-thing, not other" in found.notes[0]


def test_a_repository_without_a_package_names_the_folders_that_have_one(origin: Origin) -> None:
    origin.git("rm", "--quiet", "pyproject.toml")
    commit = origin.commit(
        "moved", hub__setup_py="from setuptools import setup; setup(name='in-hub')"
    )
    with pytest.raises(NotAPackage, match=f"at {commit} of .*one: hub") as caught:
        ask(origin.url)
    assert "#subdirectory=DIR" in caught.value.fix
    assert ask(f"{origin.url}#subdirectory=hub").package == "in-hub"
    with pytest.raises(NotAPackage, match="in subdirectory nowhere"):
        ask(f"{origin.url}#subdirectory=nowhere")


def test_a_package_may_keep_its_name_to_itself(origin: Origin) -> None:
    origin.commit("dynamic", pyproject_toml="[build-system]\nrequires = []\n")
    assert ask(origin.url).package == "thing"


def test_large_files_stay_where_they_are(origin: Origin) -> None:
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.commit("data", data_bin="x" * 100_000)
    watching = Watching(after="FETCH_HEAD^{commit}", then=("git", "count-objects", "-v"))
    assert resolve(parse_requirement(origin.url), watching).package == "hub-thing"
    assert "in-pack: 3\n" in watching.heard  # commit, folder and pyproject.toml


def test_a_server_without_filters_sends_everything(origin: Origin) -> None:
    origin.git("config", "uploadpackfilter.allow", "false")
    origin.git("config", "uploadpack.allowFilter", "true")
    first = origin.git("rev-parse", "HEAD")
    origin.commit("second")
    assert ask(f"{origin.url}@{first[:9]}").package == "hub-thing"


# --- failures ------------------------------------------------------------------------------------


def status(code: int, serve: Serve) -> str:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        if code == 401:
            request.send_header("WWW-Authenticate", 'Basic realm="x"')
        request.send_header("Content-Length", "0")
        request.end_headers()

    return serve(answer)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, AuthenticationNeeded),
        (403, AuthenticationNeeded),
        (404, RepositoryNotFound),
        (500, RemoteUnreachable),
    ],
)
def test_what_a_host_answers(code: int, error: type[Failure], serve: Serve) -> None:
    host = status(code, serve)
    with pytest.raises(error, match=f"{host}/o/r") as caught:
        ask(f"{host}/o/r@main")
    assert caught.value.fix


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/o/r"
        with pytest.raises(RemoteUnreachable, match=r"(?i)connect"):
            ask(url)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(RepositoryNotFound):
        ask((tmp_path / "nowhere").as_uri())


@dataclass
class Recorder:
    """A Runner that answers every command alike and remembers what it was asked."""

    stderr: str = ""
    hangs: bool = False
    asked: list[tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=list)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> Completed:
        self.asked.append((argv, env or {}))
        if "config" in argv:
            return Completed(argv=tuple(argv), code=0, stdout="ssh -i key\n", stderr="")
        if self.hangs:
            assert timeout
            raise CommandTimedOut("git ls-remote", timeout)
        return Completed(argv=tuple(argv), code=128, stdout="", stderr=self.stderr)

    def stream(
        self, argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Completed:
        raise AssertionError("nothing here takes long")


def test_a_host_that_hangs() -> None:
    with pytest.raises(RemoteUnreachable, match="no answer within 60 s"):
        resolve(parse_requirement("o/r"), Recorder(hangs=True))


@pytest.mark.parametrize(
    ("stderr", "error", "says"),
    [
        (
            "git@h: Permission denied (publickey).\nfatal: Could not read",
            AuthenticationNeeded,
            "publickey",
        ),
        ("Warning: added\nHost key verification failed.\n", AuthenticationNeeded, "Host key"),
        (
            "ERROR: Repository not found.\nfatal: Could not read\n",
            RepositoryNotFound,
            "no git repository",
        ),
        ("ssh: Could not resolve hostname h: x\nfatal: y\n", RemoteUnreachable, "resolve hostname"),
        ("fatal: write error: No space left on device\n", NoRoom, "no room left on the disk"),
        ("fatal: unable to access 'https://me:hush@h/': SSL", RemoteUnreachable, "SSL"),
        ("", RemoteUnreachable, "no reason"),
    ],
)
def test_what_git_says(stderr: str, error: type[Failure], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        resolve(parse_requirement("git@h:o/r"), Recorder(stderr))
    assert "hush" not in str(caught.value)


def test_git_may_not_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    with pytest.raises(RemoteUnreachable):
        resolve(parse_requirement("git@h:o/r"), recorder)
    argv, env = recorder.asked[-1]
    assert "ls-remote" in argv
    assert (env["GIT_TERMINAL_PROMPT"], env["GIT_ASKPASS"], env["LC_ALL"]) == ("0", "", "C")
    assert env["GIT_SSH_COMMAND"] == "ssh -i key -oBatchMode=yes"
    monkeypatch.setenv("GIT_SSH_COMMAND", "mine")
    with pytest.raises(RemoteUnreachable):
        resolve(parse_requirement("git@h:o/r"), recorder)
    assert "GIT_SSH_COMMAND" not in recorder.asked[-1][1]


def test_nothing_is_left_behind(origin: Origin) -> None:
    watching = Watching()
    resolve(parse_requirement(origin.url), watching)
    with pytest.raises(CommitNotFound):
        resolve(parse_requirement(f"{origin.url}@0123456"), watching)
    folders = {folder for _, folder in watching.seen if folder}
    assert len(folders) == 2
    assert not [folder for folder in folders if folder.exists()]

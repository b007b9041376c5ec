"""Addresses with and without secrets, and what git gets of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubimages.splitting import target
from hubimages.splitting.address import Address
from hubimages.splitting.failures import BadAddress
from hubimages.splitting.target import Empty, Filled, Unknown
from repositories import RUN, Repository
from tests.splitting.served import TYPED, locked


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://github.com/o/r", "https://github.com/o/r"),
        ("https://me:token@github.com/o/r.git", "https://github.com/o/r.git"),
        ("https://token@github.com:8443/o/r", "https://github.com:8443/o/r"),
        ("http://u:p%40@[::1]:80/r", "http://[::1]:80/r"),
        ("ssh://git@github.com/o/r", "ssh://git@github.com/o/r"),
        ("ssh://git:pw@github.com/o/r", "ssh://git@github.com/o/r"),
        ("git@github.com:o/r.git", "git@github.com:o/r.git"),
        ("file:///srv/r", "file:///srv/r"),
    ],
)
def test_an_address_has_no_secret(text: str, url: str) -> None:
    found = Address.parse(text)
    assert found.url == url
    assert "token" not in repr(found)
    assert found.has_credentials == (text.startswith("http") and "@" in text)


def test_what_is_no_address_is_refused_without_its_secret() -> None:
    with pytest.raises(BadAddress) as caught:
        Address.parse("https://me:token@[::1/r")
    assert "token" not in str(caught.value)


def test_a_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Address.parse("../a b").url == str(tmp_path.parent / "a b")


def test_settings_of_the_person_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.email")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "me@example.org")
    found = Address.parse("https://me@github.com/o/r").environ
    assert found["GIT_CONFIG_COUNT"] == "2"
    assert found["GIT_CONFIG_KEY_1"] == "credential.https://github.com.username"
    assert "GIT_CONFIG_KEY_0" not in found


# --- a server that wants a password ----------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    RUN(["git", "init", "--quiet", "--bare", str(tmp_path / "served" / "empty.git")])
    with locked(tmp_path / "served") as address:
        yield address


def test_the_password_reaches_the_server_and_nothing_else(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolated: Path
) -> None:
    stored = tmp_path / "stored"
    RUN(["git", "config", "--global", "credential.helper", f"store --file={stored}"])
    monkeypatch.setenv(
        "GIT_TRACE", str(tmp_path / "trace")
    )  # every argv, also of git's own children
    with_password = Address.parse(f"http://{TYPED}@{server}/empty.git")
    remote = with_password.remote(RUN)
    assert target.look(remote) == Empty()
    repo = Repository.init(tmp_path / "repo")
    commit = repo.commit({"a": "1\n"})
    assert remote.git("push", with_password.url, "HEAD:refs/heads/x", cwd=repo.root).code == 0
    assert target.look(remote) == Filled({"refs/heads/x": commit})
    assert "ss:w" not in (tmp_path / "trace").read_text()
    assert "http" in (tmp_path / "trace").read_text()
    assert not stored.exists()
    assert isinstance(target.look(Address.parse(f"http://{server}/empty.git").remote(RUN)), Unknown)


# --- three answers ---------------------------------------------------------------------------------


def test_what_is_not_there_is_not_empty(tmp_path: Path) -> None:
    answer = target.look(Address.parse(str(tmp_path / "nowhere")).remote(RUN))
    assert isinstance(answer, Unknown)
    assert "no git repository" in answer.failure.what


def test_only_a_tag_is_not_empty(tmp_path: Path) -> None:
    repo = Repository.init(tmp_path / "repo")
    commit = repo.commit()
    repo.git("tag", "v1")
    RUN(["git", "init", "--quiet", "--bare", str(tmp_path / "target")])
    repo.git("push", "--quiet", str(tmp_path / "target"), "v1")
    answer = target.look(Address.parse(str(tmp_path / "target")).remote(RUN))
    assert answer == Filled({"refs/tags/v1": commit})
    assert not target.has(answer, "main", commit)

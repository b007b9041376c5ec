from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hubimages.registry.answers import Unanswered
from hubimages.registry.logins import IdentityToken, Logins, Password, login_command
from tests.registry.conftest import basic


def keep(docker_config: Path, **content: object) -> None:
    docker_config.write_text(json.dumps(content))


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a credential helper `fake` on the PATH; it answers from files beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "docker-credential-fake"
    program.write_text(
        f'#!/bin/sh\nread -r server\necho "$1 $server" >> {folder}/asked\ncat {folder}/says\n'
        f"test ! -e {folder}/fails\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_no_configuration_no_login(docker_config: Path) -> None:
    assert Logins().find("quay.io") is None
    keep(docker_config, proxies={"default": {}})
    assert Logins().find("quay.io") is None


@pytest.mark.parametrize(
    ("key", "registry"),
    [
        ("quay.io", "quay.io"),
        ("https://quay.io", "quay.io"),
        ("https://quay.io/v1/", "quay.io"),
        ("localhost:5000", "localhost:5000"),
        ("https://index.docker.io/v1/", "docker.io"),
    ],
)
def test_a_login_in_the_file(docker_config: Path, key: str, registry: str) -> None:
    keep(docker_config, auths={key: {"auth": basic("anna", "a:s3cret")}, "ghcr.io": {}})
    logins = Logins()
    assert logins.find(registry) == Password("anna", "a:s3cret")
    assert logins.find("ghcr.io") is None
    assert logins.find("other.example") is None
    assert "s3cret" not in repr(logins.find(registry))


def test_an_identity_token_in_the_file(docker_config: Path) -> None:
    keep(docker_config, auths={"quay.io": {"auth": basic("x", ""), "identitytoken": "s3cret"}})
    assert Logins().find("quay.io") == IdentityToken("s3cret")


@pytest.mark.parametrize(
    ("config", "registry", "asked"),
    [
        ({"credsStore": "fake"}, "quay.io", "quay.io"),
        ({"credHelpers": {"quay.io": "fake"}}, "quay.io", "quay.io"),
        ({"credsStore": "fake"}, "docker.io", "https://index.docker.io/v1/"),
        ({"credsStore": "none", "credHelpers": {"quay.io": "fake"}}, "quay.io", "quay.io"),
    ],
)
def test_a_credential_helper_is_asked_once(
    docker_config: Path, helper: Path, config: dict[str, object], registry: str, asked: str
) -> None:
    keep(docker_config, **config)
    (helper / "says").write_text(json.dumps({"Username": "anna", "Secret": "s3cret"}))
    logins = Logins()
    assert logins.find(registry) == logins.find(registry) == Password("anna", "s3cret")
    assert (helper / "asked").read_text() == f"get {asked}\n"


def test_a_helper_with_a_token(docker_config: Path, helper: Path) -> None:
    keep(docker_config, credsStore="fake")
    (helper / "says").write_text(json.dumps({"Username": "<token>", "Secret": "s3cret"}))
    assert Logins().find("quay.io") == IdentityToken("s3cret")


def test_a_helper_that_has_no_login(docker_config: Path, helper: Path) -> None:
    keep(docker_config, credsStore="fake")
    (helper / "says").write_text("credentials not found in native keychain\n")
    (helper / "fails").touch()
    assert Logins().find("quay.io") is None


@pytest.mark.parametrize("says", ["s3cret but no JSON", "[]", "{}", '{"Username": "s3cret"}'])
@pytest.mark.parametrize("fails", [True, False])
def test_a_helper_that_fails(docker_config: Path, helper: Path, says: str, fails: bool) -> None:
    keep(docker_config, credsStore="fake")
    (helper / "says").write_text(says)
    if fails:
        (helper / "fails").touch()
    with pytest.raises(Unanswered, match=r"`docker-credential-fake`.* failed") as caught:
        Logins().find("quay.io")
    assert "s3cret" not in str(caught.value)
    assert "docker login quay.io" in caught.value.fix


def test_a_helper_that_is_not_installed(docker_config: Path) -> None:
    keep(docker_config, credsStore="nowhere")
    with pytest.raises(Unanswered, match=r"`docker-credential-nowhere`, which is not on the PATH"):
        Logins().find("quay.io")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"auths": [1]}',
        '{"auths": {"quay.io": "s3cret"}}',
        '{"auths": {"quay.io": {"auth": "s3cret!"}}}',
        '{"auths": {"quay.io": {"auth": ""}}}',
        '{"credHelpers": ["s3cret"]}',
        '{"credsStore": {"s3cret": 1}}',
        "\x00\xff",
    ],
)
def test_a_broken_file_is_named(docker_config: Path, text: str) -> None:
    docker_config.write_text(text, encoding="latin-1")
    with pytest.raises(Unanswered, match="cannot be read as it should be") as caught:
        Logins().find("quay.io")
    assert str(docker_config) in caught.value.what
    assert "s3cret" not in str(caught.value)


def test_login_commands() -> None:
    assert login_command("docker.io") == "docker login"
    assert login_command("quay.io") == "docker login quay.io"

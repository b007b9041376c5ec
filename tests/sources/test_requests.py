from __future__ import annotations

import pytest

from hubimages.sources.errors import BadRequirement, CredentialsInUrl
from hubimages.sources.requests import GitRequest, Kind, Released, parse_requirement

SHA = "0123456789abcdef0123456789abcdef01234567"
GH = "https://github.com/o/r"


@pytest.mark.parametrize(
    ("text", "url", "kind", "ref"),
    [
        ("o/r", GH, "default", ""),
        (" O-1/R.x.git ", "https://github.com/O-1/R.x", "default", ""),
        ("o/r@main", GH, "name", "main"),
        ("o/r@feature/x@2", GH, "name", "feature/x@2"),
        ("github.com/o/r@main", GH, "name", "main"),
        (f"{GH}", GH, "default", ""),
        (f"{GH}/?tab=readme-ov-file#readme", GH, "default", ""),
        (f"{GH}.git@v1", f"{GH}.git", "name", "v1"),
        (f"{GH}@feature/x", GH, "name", "feature/x"),
        (f"{GH}@pull/12/head", GH, "name", "pull/12/head"),
        (f"{GH}/commit/{SHA}", GH, "name", SHA),
        (f"{GH}/commits/main", GH, "name", "main"),
        (f"{GH}/tree/feature/x%23y/", GH, "tree", "feature/x#y"),
        (f"{GH}/tree/main?tab=readme", GH, "tree", "main"),
        (f"{GH}/releases/tag/%40scope%2Fname%401.0", GH, "tag", "@scope/name@1.0"),
        (f"{GH}/pull/12", GH, "pull", "12"),
        (f"{GH}/pull/12/files#diff-1", GH, "pull", "12"),
        (f"{GH}/pull/12/commits", GH, "pull", "12"),
        (f"{GH}/pull/12/commits/{SHA}", GH, "name", SHA),
        ("http://127.0.0.1:81/o/r/pull/3#issuecomment-1", "http://127.0.0.1:81/o/r", "pull", "3"),
        ("https://gitlab.com/a/b/c/d.git", "https://gitlab.com/a/b/c/d.git", "default", ""),
        ("git@h:o/r.git", "ssh://git@h/o/r.git", "default", ""),
        ("git@h:o/r.git@fix/x", "ssh://git@h/o/r.git", "name", "fix/x"),
        ("ssh://git@h:22/o/r@v1", "ssh://git@h:22/o/r", "name", "v1"),
        ("git+ssh://git@h/o/r@v1", "ssh://git@h/o/r", "name", "v1"),
        ("git://h/r", "git://h/r", "default", ""),
        ("file:///srv/r@v1", "file:///srv/r", "name", "v1"),
    ],
)
def test_a_repository_and_what_of_it(text: str, url: str, kind: Kind, ref: str) -> None:
    assert parse_requirement(text) == GitRequest(url=url, kind=kind, ref=ref)


def test_fragments_are_kept_as_given() -> None:
    fragment = "subdirectory=a/b&egg=Na_me[x]"
    for text in (f"o/r@v1#{fragment}", f"git+{GH}@v1#{fragment}", f"{GH}@v1#{fragment}"):
        request = parse_requirement(text)
        assert request == GitRequest(
            url=GH, kind="name", ref="v1", fragment=fragment, name="na-me", extras=("x",)
        )


def test_a_name_with_extras_and_marker() -> None:
    request = parse_requirement(f"Na.me[b, a] @ git+{GH}@v1#subdirectory=x ; python_version<'4'")
    assert request == GitRequest(
        url=GH,
        kind="name",
        ref="v1",
        fragment="subdirectory=x",
        name="na-me",
        extras=("a", "b"),
        marker='python_version < "4"',
    )


def test_a_marker_behind_a_bare_url() -> None:
    request = parse_requirement(f"git+{GH}@v1 ; python_version<'4'")
    assert request == GitRequest(url=GH, kind="name", ref="v1", marker="python_version<'4'")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Foo==1.2", "1.2"),
        ("foo[a] == 1 ; python_version<'4'", "1"),
        ("foo==1.0+local", "1.0+local"),
    ],
)
def test_released(text: str, version: str) -> None:
    assert parse_requirement(text) == Released(text, "foo", version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "foo",
        "foo>=1",
        "foo==1.*",
        "foo===1",
        "foo==1,<2",
        "foo==1 --hash=sha256:00",
        "foo==1 # note",
        "foo==1\nbar==2",
        "foo @ https://h/x.whl",
        "./folder",
        "/srv/r",
        "-e git+https://h/o/r",
        "o/r@",
        "o/r@ref with space",
        "o/r@\x1b[31mred",
        "o/r#12",
        f"{GH}@",
        f"{GH}@main -r x",
        f"{GH}/blob/main/setup.py",
        f"{GH}/pull/new/branch",
        "https://github.com/o",
        "git+ssh://git@h:o/r",
        "svn+https://h/o/r",
        "ext::sh",
    ],
)
def test_what_cannot_be_pinned_is_answered_with_examples(text: str) -> None:
    with pytest.raises(BadRequirement) as caught:
        parse_requirement(text)
    assert "jupyterhub/oauthenticator@main" in caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        "https://hush@github.com/o/r",
        "https://me:hush@github.com/o/r@main",
        "https://me:hu@hush@github.com/o/r",
        "https://me:a/hush@github.com/o/r",
        "https://github.com/o?token=hush",
        "git+https://me:hush@github.com/o/r?x",
        "name @ git+https://oauth2:hush@gitlab.com/o/r@main",
        "ssh://git:hush@github.com/o/r",
        "git+git://hush@h/r",
        "me:hush@github.com:o/r",
        "hush@github.com/o/r",
    ],
)
def test_a_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises((CredentialsInUrl, BadRequirement)) as caught:
        parse_requirement(text)
    assert "hush" not in str(caught.value)

from __future__ import annotations

import pytest

from hubimages.sources.location import Location

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "url", "ref"),
    [
        ("https://h/o/r", "https://h/o/r", None),
        ("https://h/o/r/", "https://h/o/r", None),
        ("HTTPS://h/o/r.git@main", "https://h/o/r.git", "main"),
        ("https://h/o/r@feature/x", "https://h/o/r", "feature/x"),
        ("https://h/o/r@name@1.2.3", "https://h/o/r", "name@1.2.3"),
        ("https://h/o/r@@scope/name@1.2.3", "https://h/o/r", "@scope/name@1.2.3"),
        ("https://h/@scope/r@v1", "https://h/@scope/r", "v1"),
        ("https://h/a@b/r.git@fix/a@b", "https://h/a@b/r.git", "fix/a@b"),
        (f"https://h/a@b/r@{SHA}", "https://h/a@b/r", SHA),
        ("https://h/o/r@", "https://h/o/r", ""),
        ("http://127.0.0.1:8080/o/r@main", "http://127.0.0.1:8080/o/r", "main"),
        ("http://[::1]:8080/o/r@main", "http://[::1]:8080/o/r", "main"),
        ("ssh://git@h/o/r.git", "ssh://git@h/o/r.git", None),
        ("ssh://git@h:2222/o/r@v1", "ssh://git@h:2222/o/r", "v1"),
        ("git+ssh://git@h/o/r.git@v1", "ssh://git@h/o/r.git", "v1"),
        ("git@h:o/r.git", "ssh://git@h/o/r.git", None),
        ("git@h:o/r.git@feature/x@2", "ssh://git@h/o/r.git", "feature/x@2"),
        ("git@h:o/r@v1", "ssh://git@h/o/r", "v1"),
        ("git@h:/srv/r.git", "ssh://git@h/srv/r.git", None),
        ("git+git@h:o/r", "ssh://git@h/o/r", None),
        ("git://h/r", "git://h/r", None),
        ("file:///srv/me@work/r@feature/x", "file:///srv/me@work/r", "feature/x"),
        ("file:///srv/r.git@name@1.2", "file:///srv/r.git", "name@1.2"),
    ],
)
def test_where_the_url_ends_and_the_ref_begins(text: str, url: str, ref: str | None) -> None:
    assert Location.parse(text) == Location(url, ref)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "r",
        "./r",
        "/srv/r",
        "https://h",
        "https://h/",
        "https:///o/r",
        "https://h/o/r?token=x",
        "https://h/o/ r",
        "ssh://git@h:o/r",
        "ssh://-oProxyCommand=x/r",
        "ext::sh -c x",
        "svn+https://h/o/r",
    ],
)
def test_what_is_no_git_url(text: str) -> None:
    assert Location.parse(text) is None


def test_fragment() -> None:
    at = Location.parse("git+https://h/o/r@v1#egg=Name[a]&subdirectory=/some/dir%20x/")
    assert at
    assert (at.egg, at.subdirectory) == ("Name[a]", "some/dir x")
    assert Location("https://h/o/r", None, "subdirectory=.").subdirectory == ""


def test_repository_is_the_same_for_all_ways_to_write_it() -> None:
    ways = ["https://H/O/R.git", "ssh://me@h:22/o/r", "http://h:80/o/r/", "git@h:o/r.GIT"]
    assert {at.repository for way in ways if (at := Location.parse(way))} == {"h/o/r"}
    assert Location("https://h:8443/o/r").repository == "h:8443/o/r"

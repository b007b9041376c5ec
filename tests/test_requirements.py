from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubimages.requirements import (
    ListedTwice,
    NotListed,
    OpenEnd,
    Pin,
    options,
    parse,
    put,
    reason,
    take,
)

A = "a" * 40
B = "b" * 40
OAUTH = "git+https://github.com/jupyterhub/oauthenticator"
CORPUS = Path(__file__).parents[2] / "shared/corpus/2i2c-infrastructure"


def pin(text: str) -> Pin:
    (found,) = parse(text)
    return found


# --- parse -----------------------------------------------------------------------------------


def test_parse_reads_every_part_of_a_line() -> None:
    text = (
        f"OAuth_Enticator[mwoauth,a] @ {OAUTH}.git@{A}#subdirectory=x/&egg=y ; python_version<'4'"
    )
    assert pin(f"{text}  # why") == Pin(
        text=text,
        name="oauth-enticator",
        url="https://github.com/jupyterhub/oauthenticator.git",
        commit=A,
        extras=("a", "mwoauth"),
        marker='python_version < "4"',
        subdirectory="x",
    )


def test_parse_passes_over_what_is_no_requirement() -> None:
    text = "\ufeff-r other.txt\n--index-url https://x\n-f dir\n\n  # note\n-c c.txt\nfoo==1\n"
    assert [(p.name, p.version, p.line) for p in parse(text)] == [("foo", "1", 7)]


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("foo", "foo", None),
        ("foo>=1", "foo", None),
        ("foo==1.*", "foo", None),
        ("foo==1,<3", "foo", None),
        ("Foo.Bar === 1+local", "foo-bar", "1+local"),
        ("./here", None, None),
        ("https://host/x.whl", None, None),
        ("foo @ https://host/x.whl", "foo", None),
    ],
)
def test_parse_name_and_version(text: str, name: str | None, version: str | None) -> None:
    found = pin(text)
    assert (found.name, found.version, found.url) == (name, version, None)


def test_parse_joins_continued_lines() -> None:
    text = "foo==1 \\\r\n  --hash=sha256:aa \\\r\n  --hash=sha256:bb  # pinned\r\nbar==2"
    foo, bar = parse(text)
    assert (foo.line, foo.end_line, foo.version) == (1, 3, "1")
    assert foo.text == "foo==1   --hash=sha256:aa   --hash=sha256:bb"
    assert (bar.line, bar.end_line, bar.text) == (4, 4, "bar==2")


def test_a_comment_ends_a_continued_line_and_never_starts_one() -> None:
    assert [p.text for p in parse("foo==1 \\\n# note \\\nbar==2 \\")] == ["foo==1", "bar==2"]


@pytest.mark.parametrize("flag", ["-e ", "--editable ", "--editable=", "-e"])
def test_parse_editable(flag: str) -> None:
    found = pin(f"{flag}{OAUTH}@main#egg=Name[x]")
    assert (found.editable, found.name, found.extras, found.commit) == (
        True,
        "name",
        ("x",),
        "main",
    )
    assert not found.is_full_commit


def test_a_marker_may_follow_a_bare_url() -> None:
    found = pin(f"{OAUTH}@{A} ; python_version < '4'")
    assert (found.commit, found.marker) == (A, "python_version < '4'")
    assert found.is_full_commit
    assert found.package == "oauthenticator"


def test_package_of_what_has_no_name() -> None:
    assert pin(f"git+https://h/o/Some_Repo.git@{A}").package == "some-repo"
    assert pin("./here").package == "./here"


# --- same package ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        f"{OAUTH}.git@{B}",
        f"{OAUTH}/@{B}",
        f"git+https://GitHub.com/JupyterHub/OAuthenticator@{B}",
        f"git+http://github.com:80/jupyterhub/oauthenticator@{B}",
        f"git+ssh://git@github.com:22/jupyterhub/oauthenticator.git@{B}",
        f"git+git@github.com:jupyterhub/oauthenticator.git@{B}",
        f"git+https://${{TOKEN}}@github.com/jupyterhub/oauthenticator@{B}",
        f"git+https://github.com/fork/oauthenticator@{B}",
        f"OAuthenticator @ git+https://h/o/other@{B}",
        "oauthenticator==17.1",
    ],
)
def test_same_package(other: str) -> None:
    assert pin(f"{OAUTH}@{A}").same_package(pin(other))
    assert pin(other).same_package(pin(f"{OAUTH}@{A}"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"{OAUTH}@{A}", "jupyterhub-oauthenticator==1", False),
        (f"{OAUTH}@{A}", f"git+https://github.com:8443/x/tool@{A}", False),
        ("git+https://h/o/m@x#subdirectory=a", "git+https://h/o/m@x#subdirectory=b", False),
        ("git+https://h/o/m@x#subdirectory=a", "git+https://h/p/m@x#subdirectory=b", False),
        ("git+https://h/o/m@x#subdirectory=a", "git+https://h/o/m@x", False),
        ("git+https://h/o/m@x#subdirectory=a", "git+https://h/o/m@y#subdirectory=./a/", True),
        ("n @ git+https://h/o/m@x#subdirectory=a", "n @ git+https://h/o/m@x#subdirectory=b", True),
        ("n @ git+https://h/o/m@x", "k @ git+https://h/p/m@x", False),
        ("n @ git+https://h/o/m@x", "k @ git+https://h/o/m@x", True),
    ],
)
def test_same_package_in_shared_repositories(one: str, other: str, same: bool) -> None:
    assert pin(one).same_package(pin(other)) is same


# --- put -----------------------------------------------------------------------------------------


def test_put_replaces_in_place_and_keeps_everything_else() -> None:
    text = f"\ufeff# Zürich\r\n\r\n {OAUTH}.git@{A}   # see #7\r\nfoo==1\n\r\nlast"
    edited = put(text, f"{OAUTH}@{B}")
    assert edited.text == f"\ufeff# Zürich\r\n\r\n{OAUTH}@{B}   # see #7\r\nfoo==1\n\r\nlast"
    assert edited.replaced
    assert edited.replaced.line == 3


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "new==1\n"),
        ("\ufeff", "\ufeffnew==1\n"),
        ("a\n", "a\nnew==1\n"),
        ("a", "a\nnew==1"),
        ("a\r\nb", "a\r\nb\r\nnew==1"),
        ("a\r\nb\nc\r\n", "a\r\nb\nc\r\nnew==1\r\n"),
        ("a\r\nb\nc\n", "a\r\nb\nc\nnew==1\n"),
    ],
)
def test_put_adds_a_line_at_the_end(before: str, after: str) -> None:
    assert put(before, "new==1").text == after
    assert take(after, "new").text == before


def test_put_writes_one_line_of_reason() -> None:
    text = put("foo==1\n", f"{OAUTH}@{A}", reason="fixes\r\n-r evil.txt\x1b[31m\u2028x").text
    assert text == f"foo==1\n# reason: fixes -r evil.txt [31m x\n{OAUTH}@{A}\n"
    again = put(text, f"{OAUTH}@{B}").text
    assert again == text.replace(A, B)
    third = put(again, f"{OAUTH}@{A}", reason="better").text
    assert third == f"foo==1\n# reason: better\n{OAUTH}@{A}\n"
    assert take(third, "oauthenticator").text == "foo==1\n"


def test_put_adds_a_reason_above_a_line_that_had_none() -> None:
    text = f"# about foo\r\n{OAUTH}@{A}"
    assert (
        put(text, f"{OAUTH}@{A}", reason="why").text
        == f"# about foo\r\n# reason: why\r\n{OAUTH}@{A}"
    )


def test_a_reason_line_that_ends_a_continued_line_belongs_to_that_line() -> None:
    text = f"foo==1 \\\n# reason: foo's\n{OAUTH}@{A}\n"
    assert put(text, f"{OAUTH}@{B}", reason="new").text == (
        f"foo==1 \\\n# reason: foo's\n# reason: new\n{OAUTH}@{B}\n"
    )
    assert take(text, "oauthenticator").text == "foo==1 \\\n# reason: foo's\n"


def test_put_carries_extras_and_marker_over() -> None:
    old = "OAuthenticator[mwoauth]==17 ; python_version < '4'  # x\n"
    row = f'oauthenticator[mwoauth] @ {OAUTH}@{A} ; python_version < "4"'
    assert put(old, f"{OAUTH}@{A}").text == f"{row}  # x\n"
    assert put(f"{row}\n", "oauthenticator==18").text == (
        'oauthenticator[mwoauth]==18 ; python_version < "4"\n'
    )
    own = f"oauthenticator[googlegroups] @ {OAUTH}@{A}"
    assert (
        put(old, own).text
        == f'oauthenticator[googlegroups] @ {OAUTH}@{A} ; python_version < "4"  # x\n'
    )


def test_a_marker_is_carried_to_a_package_without_a_name() -> None:
    url = "git+https://h/o/mono"
    old = f"{url}@{A}#subdirectory=a ; python_version < '4'\n"
    assert put(old, f"{url}@{B}#subdirectory=a").text == old.replace(A, B)


def test_put_finds_the_package_by_the_name_learnt_elsewhere() -> None:
    row = f"git+https://github.com/jupyterhub/kubespawner@{A}"
    text = "jupyterhub-kubespawner==7\nkubespawner==1\n"
    edited = put(text, row, package="jupyterhub-kubespawner")
    assert edited.text == f"{row}\nkubespawner==1\n"


@pytest.mark.parametrize(
    "line",
    [
        f"{OAUTH}@{A}",
        f"oauthenticator @ {OAUTH}@{A.upper()}",
        f"{OAUTH}@{A} # note",
        f"{OAUTH}@{A} \\\n  --config-settings=x=y",
    ],
)
def test_put_changes_nothing_where_the_line_says_the_same(line: str) -> None:
    assert put(line, f"{OAUTH}@{A}").text == line


def test_put_replaces_a_continued_line_with_its_hashes() -> None:
    text = "a\noauthenticator==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb  # c\nz\n"
    assert put(text, f"{OAUTH}@{A}").text == f"a\n{OAUTH}@{A}  # c\nz\n"


def test_put_refuses_a_package_that_is_listed_twice() -> None:
    with pytest.raises(ListedTwice, match="on lines 1 and 3"):
        put("oauthenticator==1\n\nOAuthenticator>=2\n", f"{OAUTH}@{A}")


@pytest.mark.parametrize("text", ["foo==1 \\\n", "x\nfoo==1 \\"])
def test_put_refuses_to_be_swallowed_by_a_continued_line(text: str) -> None:
    with pytest.raises(OpenEnd, match="Line "):
        put(text, f"{OAUTH}@{A}")


@pytest.mark.parametrize("row", ["a==1\nb==2", "a==1 # c", "a==1\n", "-r x", "", "a==1 \\"])
def test_put_takes_one_line_only(row: str) -> None:
    with pytest.raises(ValueError, match=r"pin|unpack"):
        put("", row)


# --- take ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "oauthenticator",
        "OAuthenticator",
        "jupyterhub/OAuthenticator",
        "jupyterhub/oauthenticator.git",
        f"{OAUTH}@{A}",
    ],
)
def test_take_by_any_of_its_names(name: str) -> None:
    edited = take(f"a\r\n{OAUTH}@{A} # x\r\nother==1", name)
    assert edited.text == "a\r\nother==1"
    assert edited.replaced == pin(f"\n{OAUTH}@{A}")


def test_take_prefers_the_package_to_the_repository() -> None:
    text = f"hub @ git+https://h/o/tool@{A}\ntool==1\n"
    assert take(text, "tool").text == text.splitlines(keepends=True)[0]
    assert take(text, "o/tool").text == "tool==1\n"


def test_take_says_what_is_there() -> None:
    with pytest.raises(NotListed, match="oauth is not") as caught:
        take(f"{OAUTH}@{A}\nfoo==1\n", "oauth")
    assert "foo, oauthenticator" in caught.value.fix


def test_take_refuses_to_choose() -> None:
    rows = [f"git+https://h/o/mono@{A}#subdirectory={d}" for d in "ab"]
    with pytest.raises(ListedTwice):
        take("\n".join(rows), "mono")
    assert take("\n".join(rows), rows[1]).text == rows[0]


# --- over many texts -----------------------------------------------------------------------------

LINES = st.sampled_from(
    [
        "",
        "  ",
        "# note",
        "# reason: old",
        "foo==1",
        "foo==1 \\",
        "  --hash=sha256:aa",
        "-r x.txt",
        "é # ü",
    ]
)
TEXTS = st.builds(
    lambda bom, lines, end: bom + "".join(a + b for a, b in lines) + end,
    st.sampled_from(["", "\ufeff"]),
    st.lists(st.tuples(LINES | st.text(), st.sampled_from(["\n", "\r\n", "\r"]))),
    LINES,
)


@given(TEXTS, st.none() | st.text())
def test_take_undoes_put(text: str, reason: str | None) -> None:
    row = f"git+https://example.org/o/certainly-absent@{A}"
    try:
        edited = put(text, row, reason=reason)
    except OpenEnd:
        return
    assert parse(edited.text)[-1].text == row
    assert parse(edited.text)[:-1] == parse(text)
    assert put(edited.text, row).text == edited.text
    assert take(edited.text, "certainly-absent").text == text


@given(TEXTS)
def test_replacing_touches_one_line(text: str) -> None:
    row = f"git+https://example.org/o/certainly-absent@{A}"
    try:
        there = put(f"{row} # kept\n", "other==1").text + text
        edited = put(there, row.replace(A, B))
    except OpenEnd:
        return
    assert edited.text == there.replace(A, B)


def test_every_file_of_the_corpus() -> None:
    files = sorted(CORPUS.glob("helm-charts/images/**/*requirements.txt"))
    if not files:
        pytest.skip(f"the corpus is not at {CORPUS}")
    for file in files:
        text = file.read_bytes().decode()
        pins = parse(text)
        assert all(p.package for p in pins)
        added = put(text, f"git+https://github.com/o/new-thing@{A}", reason="try").text
        assert take(added, "o/new-thing").text == text
        for one in pins:
            assert put(text, one.text).text == text
            lines = take(text, one.package).text.splitlines()
            assert len(lines) == len(text.splitlines()) - 1


# --- options ---------------------------------------------------------------------------------


def test_options_are_what_is_no_requirement() -> None:
    text = (
        "\ufeff--index-url  https://example.org/simple  # ours\n\n# a comment\n"
        "-r other.txt\r\na==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        f"-e git+https://github.com/o/r@{A}\nb @ {OAUTH}@{B}\n"
    )
    assert options(text) == (
        "--index-url https://example.org/simple",
        "-r other.txt",
        "a --hash=sha256:00 --hash=sha256:11",
    )


def test_an_exact_line_carries_nothing_over() -> None:
    text = "thing[all]==1 ; python_version > '3'  # note\n"
    assert put(text, "thing==2", exact=True).text == "thing==2  # note\n"


def test_the_reason_above_a_pin() -> None:
    text = "# reason: faster\nthing==1\nother==2\n"
    thing, other = parse(text)
    assert reason(text, thing) == "faster"
    assert reason(text, other) is None

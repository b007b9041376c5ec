"""The user guide: it builds without a warning or a dead link, and names only what there is."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import fields
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import pytest
from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext

from docs._ext import deadlinks
from hubimages.commands import namespace
from hubimages.config import Settings
from hubimages.policies.table import POLICIES
from repositories import RUN

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
COMMANDS = set(namespace.task_names)
_IN_CI = bool(os.environ.get("CI"))  # here, since `isolated` takes it out of a test's environment
_CLOSED = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")

# What the guide describes and the code does not have yet: (command, flag or ""), and keys.
COMING: set[tuple[str, str]] = set()
COMING_KEYS: set[str] = set()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the finished pages, built with warnings as errors and no network."""
    if not _IN_CI and not all(map(find_spec, ("sphinx", "myst_parser", "pydata_sphinx_theme"))):
        pytest.skip("Sphinx is not installed; script/bootstrap installs it")
    folder = tmp_path_factory.mktemp("guide")
    words = ["-m", "sphinx", "--nitpicky", "--fail-on-warning", "--keep-going", "--quiet"]
    # doctrees beside the pages, and not in them; no byte code into the sources
    paths = ["-d", str(folder / "doctrees"), str(DOCS), str(folder / "html")]
    done = RUN(
        [sys.executable, *words, *paths],
        env=_CLOSED | {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        check=False,
    )
    assert (done.code, done.stderr) == (0, "")
    return folder / "html"


# --- the pages ------------------------------------------------------------------------------------


def test_every_command_is_in_the_reference(built: Path) -> None:
    page = (built / "reference" / "commands.html").read_text()
    for context in namespace.to_contexts():
        section = page.partition(f'id="cmd-{context.name.replace(".", "-")}"')[2]
        section = unescape(re.sub("<[^>]+>", "", section.partition("<section")[0]))
        for argument in context.args.values():
            assert re.search(rf"--{argument.names[0]}\b", section), f"{context.name} {argument}"


def test_every_key_and_policy_is_in_the_reference(built: Path) -> None:
    for name, wanted in (
        ("configuration", [field.name for field in fields(Settings)]),
        ("policies", list(POLICIES)),
    ):
        page = (built / "reference" / f"{name}.html").read_text()
        assert [one for one in wanted if f'<span class="pre">{one}</span>' not in page] == []


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("configuration", {field.name for field in fields(Settings)} | COMING_KEYS),
        ("policies", set(POLICIES)),
    ],
)
def test_nothing_is_said_of_what_is_not_there(name: str, there: set[str]) -> None:
    text = (DOCS / "reference" / f"{name}.md").read_text()
    block = re.search(r"^```\{\w+\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block
    assert {line.partition(": ")[0] for line in block[1].splitlines()} - there == set()


def test_every_command_stands_beside_an_old_step() -> None:
    text = (DOCS / "coming-from-manual.md").read_text()
    assert [
        name for name in sorted(COMMANDS) if f"`{name}" not in text.replace("hubimages ", "")
    ] == []


# --- links ----------------------------------------------------------------------------------------


def test_no_dead_link(built: Path) -> None:
    assert deadlinks.dead_links(built) == []
    assert len(list(built.rglob("*.html"))) > len(PAGES)


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<h1 id="one"></h1><a href="b.html#two">there</a>')
    (tmp_path / "b.html").write_text(
        '<h1 id="two"></h1><a href="a.html#one"></a><a href="a.html#none"></a>'
        '<a href="c.html"></a><img src="d.png"><a href="#two"></a><a href="https://example.org/x"></a>'
    )
    assert deadlinks.dead_links(tmp_path) == [
        "b.html: a.html#none",
        "b.html: c.html",
        "b.html: d.png",
    ]


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES], ids=lambda path: path.stem)
def test_files_that_are_linked_are_there(path: Path) -> None:
    """As GitHub shows the sources, where no Sphinx has turned their links into others."""
    links = re.findall(
        r"\]\(([^)#\s]+)", re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S)
    )
    local = [link for link in links if not re.match(r"\w+:", link)]
    assert [link for link in local if not (path.parent / link).exists()] == []


# --- commands that the pages name -----------------------------------------------------------------


def commands(text: str) -> Iterator[str]:
    """Yield each command of a page: at a prompt, as a step of a workflow, or as code in a sentence."""
    joined = text.replace("\\\n", " ")
    yield from re.findall(r"^(?:\$ |- run: )?(?:hubimages|invoke) (.+)$", joined, re.MULTILINE)
    sentences = re.sub(r"^( *)```.*?^\1```", "", joined, flags=re.MULTILINE | re.DOTALL)
    for span in re.findall(r"`([^`]+)`", " ".join(sentences.split())):
        program, _, words = span.partition(" ")
        if program in {"hubimages", "invoke"} and words:
            yield words
        elif program in COMMANDS and words.startswith("--"):
            yield span


def is_coming(words: list[str]) -> bool:
    """Whether a command, or one of its flags, is to come and not here yet."""
    name = words[0]
    if name not in COMMANDS:
        return (name, "") in COMING
    there = {f"--{flag}" for flag in Parser(namespace.to_contexts()).contexts[name].flag_names()}
    return any((name, word) in COMING and word not in there for word in words[1:])


def wrong(command: str) -> str | None:
    """Return what Invoke says against a command, or None."""
    words = shlex.split(re.split(r" (?:>>?|\|) ", command)[0], comments=True)
    if words[0] == "--help":
        words = words[1:]
    if words[0] in {"…", "--list"} or is_coming(words):
        return None
    try:
        Parser(contexts=namespace.to_contexts(), initial=ParserContext()).parse_argv(words)
    except ParseError as error:
        return f"{command}: {error}"
    return None if words[0] in COMMANDS else f"{command}: no such command"


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES], ids=lambda path: path.stem)
def test_commands_are_there_with_their_flags(path: Path) -> None:
    assert [why for command in commands(path.read_text()) if (why := wrong(command))] == []


def test_a_wrong_command_is_found() -> None:
    text = "Say `hubimages check --registry`, `status --chekc` or\n`hubimages build --all`.\n\n```sh\n$ invoke explain --tag T \\\n  --no\n```\n"
    assert list(commands(text)) == [
        "explain --tag T    --no",
        "check --registry",
        "status --chekc",
        "build --all",
    ]
    assert [bool(wrong(command)) for command in commands(text)] == [True, False, True, True]

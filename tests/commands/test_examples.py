"""The examples in the commands' help: there for each, and such that they can be copied.

A line `Example: invoke …` at the end of a task's docstring is one.
"""

from __future__ import annotations

import re
import shlex

import pytest
from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext

from hubimages.commands import namespace

BLANK = re.compile(r"\b[A-Z]{3,}\b|…|\.\.\.|<|\$")  # CLUSTER/HUB and the like


def lines(name: str) -> list[str]:
    doc = namespace[name].__doc__ or ""
    return [line.strip() for line in doc.strip().splitlines()]


def examples(name: str) -> list[str]:
    return [line.removeprefix("Example: ") for line in lines(name) if line.startswith("Example: ")]


def parsed(example: str) -> str | None:
    """Return the task that an example runs; raises ParseError for what Invoke would not take."""
    words = shlex.split(example)
    end = next((at for at, word in enumerate(words) if word in {">", ">>", "|", "&&"}), len(words))
    assert words[0] == "invoke"
    parser = Parser(contexts=namespace.to_contexts(), initial=ParserContext())
    _, *calls = parser.parse_argv(words[1:end])
    (call,) = calls
    assert not call.missing_positional_args
    return call.name


@pytest.mark.parametrize("name", sorted(namespace.task_names))
def test_help_ends_with_examples_that_can_be_typed(name: str) -> None:
    found = examples(name)
    assert 1 <= len(found) <= 2, f"end the docstring of {name} with a line `Example: invoke {name}`"
    assert [line.startswith("Example: ") for line in lines(name)][-len(found) :] == [True] * len(
        found
    )
    for example in found:
        assert parsed(example) == name
        assert not BLANK.search(example), "real values, which can be copied"


@pytest.mark.parametrize(
    "example",
    ["invoke build-hub --imgae hub", "invoke bulid-hub", "invoke build-hub --image", "invoke x.y"],
)
def test_an_example_with_a_mistake_fails(example: str) -> None:
    with pytest.raises(ParseError):
        parsed(example)

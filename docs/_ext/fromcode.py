"""Reference pages from the code: commands and their flags, configuration keys, policies.

What the code says of itself (names, flags, defaults, order) is taken from it when the guide is
built. What it does not say, a sentence for each key and policy, stands in the page as
`name: sentence`; one that is missing is a warning, and so fails the build.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

from hubimages import config
from hubimages.commands import namespace
from hubimages.policies.table import POLICIES

_log = getLogger(__name__)


class _Written(SphinxDirective):
    """A directive that is replaced by Markdown."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return what the Markdown reads as."""
        lines = "\n".join(self.markdown())
        return self.parse_text_to_nodes(lines, allow_section_headings=True)

    def markdown(self) -> Iterator[str]:
        """Give the lines one by one."""
        raise NotImplementedError

    def sentences(self, names: list[str]) -> dict[str, str]:
        """Return the page's own sentence for each name; warns of a name without one."""
        said = dict(line.split(": ", 1) for line in self.content if line.strip())
        for name in names:
            if name not in said:
                _log.warning("nothing is said of `%s`", name, location=self.get_location())
        return said


class Overview(_Written):
    """A row for each command, with the first line of its --help."""

    def markdown(self) -> Iterator[str]:
        yield from ("| command | what it does |", "| --- | --- |")
        for name in namespace.task_names:
            yield f"| [`{name}`](#{_label(name)}) | {_cell(_help(name)[0])} |"


class Commands(_Written):
    """A section for each command: its --help, its example, its flags."""

    def markdown(self) -> Iterator[str]:
        for context in namespace.to_contexts():
            name = str(context.name)
            about = _help(name)
            examples = [line for line in about if line.startswith("Example: ")]
            yield from ("", f"({_label(name)})=", f"## `{name}`", "")
            yield from (line for line in about if line not in examples)
            for example in examples:
                words = example.removeprefix("Example: invoke ")
                yield from ("", "```console", f"$ hubimages {words}", "```")
            yield from ("", "| flag | |", "| --- | --- |")
            for argument in context.args.values():
                yield f"| {_flag(argument)} | {_cell(argument.help or '')} |"


class Settings(_Written):
    """A row for each configuration key, with its default."""

    def markdown(self) -> Iterator[str]:
        defaults = config.defaults()
        said = self.sentences([field.name for field in fields(config.Settings)])
        yield from ("| key | default | |", "| --- | --- | --- |")
        for key, default in defaults.items():
            shown = default if isinstance(default, str) and default else json.dumps(default)
            yield f"| `{key}` | `{shown}` | {_cell(said.get(key, ''))} |"


class Policies(_Written):
    """A section for each policy, in the order in which they are asked."""

    def markdown(self) -> Iterator[str]:
        said = self.sentences(list(POLICIES))
        for name, check in POLICIES.items():
            rule = (inspect.getdoc(inspect.getmodule(check)) or "").partition("\n\n")[0]
            severity, _, finds = said.get(name, "").partition(": ")
            yield from ("", f"({name})=", f"## `{name}`", "", rule, "")
            yield f"**{severity.capitalize()}:** {finds}."


def _help(command: str) -> list[str]:
    return (inspect.getdoc(namespace[command].body) or "").splitlines()


def _label(command: str) -> str:
    return "cmd-" + command.replace(".", "-")


def _flag(argument: Any) -> str:
    names = ", ".join(f"`{'-' if len(name) == 1 else '--'}{name}`" for name in argument.names)
    if not argument.takes_value:
        return names
    default = f", default `{argument.default}`" if argument.default not in ("", None) else ""
    return f"{names} {argument.name.upper()}{default}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("command-overview", Overview)
    app.add_directive("commands", Commands)
    app.add_directive("settings", Settings)
    app.add_directive("policies", Policies)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

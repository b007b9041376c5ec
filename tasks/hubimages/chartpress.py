"""Running chartpress itself, on one image, in a scratch worktree.

https://github.com/jupyterhub/chartpress
"""

from __future__ import annotations

import io
import shutil
import string
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hubimages.errors import BadFile, CommandFailed, Failure
from hubimages.process import Runner

_TAIL = 30  # lines: enough to see which step of the build it was


class BuildFailed(Failure):
    """The build ended with an error, for instance that of a RUN line."""

    def __init__(self, error: CommandFailed) -> None:
        tail = "\n".join(f"    {line}" for line in _said(error.stdout).splitlines()[-_TAIL:])
        super().__init__(
            f"The build failed with exit code {error.status}:\n{tail}",
            fix="mend what it names in the Dockerfile or the requirements, and commit",
        )
        self.said = error.stdout


def _said(output: str) -> str:
    """Return what was written but for chartpress's traceback, where that only says that docker failed."""
    before, mark, trace = output.rstrip().rpartition("Traceback (most recent call last):\n")
    ours = mark and "CalledProcessError" not in trace.splitlines()[-1]
    return output.rstrip() if ours or not mark else before.rstrip()


def command() -> str:
    """Return the chartpress of this Python environment, or the name for the PATH to resolve."""
    beside = Path(sys.executable).with_name("chartpress")
    return str(beside) if beside.exists() else shutil.which("chartpress") or "chartpress"


def cut_down(
    text: str,
    chart: int,
    key: str,
    labels: Mapping[str, str],
    branch: str,
    options: Sequence[str] = (),
) -> str:
    """Return a chartpress.yaml with just one image of one chart (by its place), labelled.

    options are given to the build command too. Its values paths are taken out, since nothing reads the scratch values.yaml, and BRANCH is
    filled in, since a detached worktree has none. The tag does not depend on either.
    """
    yaml = YAML(typ="safe", pure=True)  # as chartpress reads it, with merge keys followed
    yaml.default_flow_style = False
    out = io.StringIO()
    try:
        config = yaml.load(text)
        entry = config["charts"][chart]
        words = [*options, *(f"--label={name}={value}" for name, value in labels.items())]
        entry["images"] = {key: _with_options(entry["images"][key], words, branch)}
        yaml.dump({**config, "charts": [entry]}, out)
    except (YAMLError, ValueError) as error:
        raise BadFile("chartpress.yaml", f"chartpress cannot use it: {error}") from None
    return out.getvalue()


def _with_options(options: dict[str, Any], words: Sequence[str], branch: str) -> dict[str, Any]:
    """Return an image's settings as its one build needs them; ValueError for a bad template."""
    theirs = options.get("extraBuildCommandOptions") or []
    arguments = options.get("buildArgs") or {}
    return {
        **{name: value for name, value in options.items() if name != "valuesPath"},
        "buildArgs": {name: _with_branch(str(value), branch) for name, value in arguments.items()},
        "extraBuildCommandOptions": [
            *(_with_branch(str(option), branch) for option in theirs),
            *map(_literal, words),
        ],
    }


def _literal(text: str) -> str:
    """Return text so that chartpress's str.format gives it back."""
    return text.replace("{", "{{").replace("}", "}}")


def _with_branch(template: str, branch: str) -> str:
    """Fill {BRANCH} into a template of chartpress, leaving its other fields to chartpress."""
    parts = string.Formatter().parse(template)
    out = ""
    for literal, field, spec, conversion in parts:
        out += _literal(literal)
        if field == "BRANCH":
            out += _literal(branch)
        elif field is not None:
            out += (
                "{"
                + field
                + (f"!{conversion}" if conversion else "")
                + (f":{spec}" if spec else "")
                + "}"
            )
    return out


def argv(builder: str, platform: str) -> list[str]:
    """Return the words that build, whatever an engine or registry may already have."""
    words = [command(), "--force-build", "--builder", builder]
    return [*words, "--platform", platform] if builder == "docker-buildx" else words


def build(
    run: Runner,
    folder: Path,
    *,
    builder: str,
    platform: str,
    env: Mapping[str, str | None] | None = None,
) -> None:
    """Build what the chartpress.yaml in folder describes, into the engine; nothing is pushed.

    env leads the docker that chartpress calls to its builder. Raises BuildFailed.
    """
    try:
        run.stream(argv(builder, platform), cwd=folder, env=env)
    except CommandFailed as error:
        raise BuildFailed(error) from error

"""Having git-filter-repo write the history that is left."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import hubimages
from hubimages.errors import CommandFailed
from hubimages.git import Git
from hubimages.splitting import inside
from hubimages.splitting.failures import NoFilterRepo, NotRewritten
from hubimages.splitting.shrinking import Shrunk
from hubimages.splitting.tracing import Stored, Traced

_CALLBACK = "import hubimages.splitting.inside as plan; plan.apply(commit, FileChange)"
# Messages and encodings stay as they are, also where a message names a commit of the old history;
# what is left out and what stays is our plan's to say.
_OPTIONS = (
    *("--force", "--quiet", "--partial"),
    *("--preserve-commit-hashes", "--preserve-commit-encoding"),
    *("--replace-refs", "delete-no-add"),
    *("--prune-empty", "never", "--prune-degenerate", "never"),
)


def ready() -> str:
    """Return git-filter-repo's version; raises NoFilterRepo where this Python has it not."""
    try:
        return importlib.metadata.version("git-filter-repo")
    except importlib.metadata.PackageNotFoundError:
        raise NoFilterRepo from None


def rewrite(git: Git, ref: str, traced: Traced, shrunk: Shrunk) -> dict[str, str]:
    """Rewrite a ref's history to what is left, and return the new commits by the old ones.

    ref is at the tip before and afterwards. Raises NotRewritten.
    """
    # -P: a file of the repository that is named like a module is not to be run
    argv = [sys.executable, "-P", "-m", "git_filter_repo", *_OPTIONS]
    source = str(Path(hubimages.__file__).parents[1])
    python = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory(prefix="hubimages-") as scratch:
        plan = Path(scratch) / "plan"
        with plan.open("w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in _plan(git, traced, shrunk))
        env = {inside.PLAN: str(plan), "PYTHONPATH": python}
        try:
            git.run([*argv, "--refs", ref, "--commit-callback", _CALLBACK], cwd=git.root, env=env)
        except CommandFailed as error:
            raise NotRewritten(error) from error
    lines = (git.common / "filter-repo" / "commit-map").read_text(encoding="ascii").splitlines()
    new = dict(line.split() for line in lines[1:])
    found = {old: new[old] for old in shrunk.parents}
    git("update-ref", ref, found[shrunk.instead[traced.tip]])
    return found


def _plan(git: Git, traced: Traced, shrunk: Shrunk) -> Iterable[str]:
    tops: dict[str, set[str]] = {"": set()}
    for commit, parents in shrunk.parents.items():
        one = traced.belongings[commit]
        if one.earlier and one.tree not in tops:
            names = git("ls-tree", "-z", "--name-only", one.tree).stdout.split("\0")
            tops[one.tree] = set(names)
        files = [(path, *stored) for path, stored in shown(one.earlier, tops.get(one.tree, set()))]
        yield json.dumps(
            {"commit": commit, "parents": parents, "tree": one.tree, "files": sorted(files)}
        )


def shown(earlier: Mapping[str, Stored], top: set[str]) -> list[tuple[str, Stored]]:
    """Return the files that keep their earlier path beside a folder with these names at its top.

    Where both would have the same name, there is room for the folder's alone.
    """
    return [(path, stored) for path, stored in earlier.items() if path.partition("/")[0] not in top]

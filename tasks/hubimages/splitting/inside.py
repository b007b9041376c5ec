"""What git-filter-repo is given: this runs in its process, for each commit, parents first."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

PLAN = "HUBIMAGES_SPLIT_PLAN"  # the variable that says where the plan is
_TREE = b"040000"
_marks: dict[str, int] = {}  # git-filter-repo's own numbers of the commits that are left


@cache
def _plan() -> dict[str, Any]:
    lines = Path(os.environ[PLAN]).read_text(encoding="ascii").splitlines()
    return {one["commit"]: one for one in map(json.loads, lines)}


def apply(commit: Any, change: Any) -> None:
    """Give a commit the parents and the tree of the plan, or leave it out.

    change is git-filter-repo's class of that name (FileChange), commit its Commit.
    """
    name = commit.original_id.decode("ascii")
    plan = _plan().get(name)
    if plan is None:
        commit.skip(new_id=None)
        return
    commit.parents = [_marks[parent] for parent in plan["parents"]]
    _marks[name] = commit.id
    commit.file_changes = [change(b"DELETEALL")]
    if plan["tree"]:
        commit.file_changes.append(change(b"M", b"", plan["tree"].encode("ascii"), _TREE))
    for path, mode, blob in plan["files"]:
        name_of_file = path.encode("utf-8", "surrogateescape")
        commit.file_changes.append(
            change(b"M", name_of_file, blob.encode("ascii"), mode.encode("ascii"))
        )

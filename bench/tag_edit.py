"""Time a tag edit in a 2,000-line values file against a ruamel round trip of it.

    python bench/tag_edit.py

Prints one line: the median times and their ratio (the target is 0.3), and how many lines of the
file each way changes (added and removed ones, as `git diff --numstat` counts them).
"""

from __future__ import annotations

import difflib
import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tasks"))

from ruamel.yaml import YAML

from hubimages.yamledit import set_scalars

LINES = 2000
ROUNDS = 7
PATH = ("jupyterhub", "hub", "image", "tag")
OLD = "0.0.1-0.dev.git.1234.h0123abcd"
NEW = "0.0.1-0.dev.git.1240.h89abcdef"

HEAD = f"""\
# values of a hub, as people write them
extra:
    enabled: true   # indented by four
jupyterhub:
  hub:
    image:
      name: "quay.io/example/hub"
      tag: "{OLD}"   # set by chartpress
  singleuser:
    profileList:
"""
PROFILE = """\
      # profile {n}
      - display_name: 'Profile {n}: small'
        description: >-
          A machine with {n} GB of memory, for work that
          takes an afternoon.
        default: {default}
        kubespawner_override:
          mem_limit: {n}G
          cpu_limit: 0.{n}
          image: "quay.io/example/user-image:{n}"
          node_selector: {{node.kubernetes.io/instance-type: n2-highmem-{n}}}

"""


def values_file() -> str:
    """Return a values file of LINES lines."""
    text, n = HEAD, 0
    while text.count("\n") < LINES:
        n += 1
        text += PROFILE.format(n=n, default="true" if n == 1 else "false")
    return "".join(text.splitlines(keepends=True)[:LINES])


def round_trip(text: str) -> str:
    """Set the tag as chartpress does: load with ruamel, change, dump."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, offset=2, sequence=4)
    document = yaml.load(text)
    document["jupyterhub"]["hub"]["image"]["tag"] = NEW
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def splice(text: str) -> str:
    """Set the tag as this project does."""
    return set_scalars(text, {PATH: NEW})


def seconds(edit: Callable[[str], str], text: str) -> float:
    """Return how long one edit takes."""
    start = time.perf_counter()
    edit(text)
    return time.perf_counter() - start


def changed(before: str, after: str) -> int:
    """Return how many lines a diff adds and removes."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return sum(line.startswith(("+ ", "- ")) for line in lines)


def main() -> None:
    """Measure both ways in turns and print the ratio of the medians."""
    text = values_file()
    assert splice(text) == text.replace(OLD, NEW)
    ours, theirs = zip(
        *((seconds(splice, text), seconds(round_trip, text)) for _ in range(ROUNDS)), strict=True
    )
    a, b = statistics.median(ours), statistics.median(theirs)
    print(
        f"tag edit in {LINES} lines: {a * 1000:.0f} ms, ruamel {b * 1000:.0f} ms, "
        f"ratio {a / b:.2f} (target 0.30); changed lines {changed(text, splice(text))}, "
        f"ruamel {changed(text, round_trip(text))} (one line edited counts as 2)"
    )


if __name__ == "__main__":
    main()

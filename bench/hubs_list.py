"""Time `hubs.list --json` against a bare CSafeLoader loop over the same YAML files.

    python bench/hubs_list.py

Two rows, each a whole process against a whole process: 500 YAML files, and the time per hub of a
fleet of 10,000 hubs against that of one of 1,000 (1.0 is linear).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import fleet
from timing import ratio

TASKS = Path(__file__).resolve().parents[1] / "tasks"
PROGRAM = (sys.executable, "-c", "from hubimages.commands.program import main; main()")
LOOP = """\
import sys, yaml
for path in sys.stdin.read().split():
    with open(path) as file:
        yaml.load(file, Loader=yaml.CSafeLoader)
"""
# Modules are compiled once, as in an installed package.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(TASKS)}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)
FILES = 500
PER_HUB = (fleet.PER_CLUSTER + 2) / fleet.PER_CLUSTER  # YAML files for each hub


def made(folder: Path, hubs: int) -> list[Path]:
    """Write a fleet into a repository of its own."""
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return fleet.write(folder, hubs)


def ours(folder: Path, hubs: int) -> None:
    """List the fleet, and see that every hub is there."""
    done = subprocess.run(
        [*PROGRAM, "hubs.list", "--json"],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    assert done.stdout.count(b'"hub_image": {') == hubs


def loop(files: list[Path]) -> None:
    """Load every file and do nothing with it."""
    names = "\n".join(map(str, files)).encode()
    subprocess.run([sys.executable, "-c", LOOP], input=names, check=True, env=ENVIRONMENT)


def main() -> None:
    """Measure both rows."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        hubs = int(FILES / PER_HUB)
        files = made(root / "500", hubs)
        ours(root / "500", hubs)  # compiles the modules
        ratio(
            f"hubs.list --json over {len(files)} YAML files ({hubs} hubs)",
            lambda: ours(root / "500", hubs),
            lambda: loop(files),
            target=2.0,
            rounds=7,
        )
        made(root / "1000", 1000)
        made(root / "10000", 10_000)
        ratio(
            "hubs.list --json of 10,000 hubs against ten times 1,000",
            lambda: ours(root / "10000", 10_000),
            lambda: [ours(root / "1000", 1000) for _ in range(10)],
            target=1.1,
            rounds=3,
        )


if __name__ == "__main__":
    main()

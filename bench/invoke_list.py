"""Time `invoke --list` here against `invoke --list` of an empty tasks.py.

python bench/invoke_list.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from timing import ratio

ROOT = Path(__file__).resolve().parents[1]


def listing(folder: Path) -> None:
    """Run invoke --list in a folder."""
    command = [sys.executable, "-m", "invoke", "--list"]
    subprocess.run(command, cwd=folder, check=False, capture_output=True)


with tempfile.TemporaryDirectory() as name:
    empty = Path(name)
    (empty / "tasks.py").touch()
    ratio(
        "invoke --list",
        lambda: listing(ROOT),
        lambda: listing(empty),
        target=1.2,
        rounds=15,
    )

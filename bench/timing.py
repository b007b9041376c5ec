"""Times two ways of doing one thing in turn, so that a machine that slows down slows both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def ratio(
    what: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    target: float,
    rounds: int,
    before: Callable[[], object] = lambda: None,
) -> None:
    """Run both rounds times, alternating, and print medians (seconds) and the median ratio.

    before is called ahead of each run, and is not timed.
    """
    pairs = [(_timed(ours, before), _timed(theirs, before)) for _ in range(rounds)]
    ratios = sorted(a / b for a, b in pairs)
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"{what}: {a:.3f} s against {b:.3f} s, ratio {statistics.median(ratios):.2f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f} in {rounds} rounds), target {target}"
    )


def _timed(act: Callable[[], object], before: Callable[[], object]) -> float:
    before()
    start = time.perf_counter()
    act()
    return time.perf_counter() - start

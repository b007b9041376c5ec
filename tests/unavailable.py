"""What happens to a test whose part of the stack cannot be had here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stack import StackUnavailable

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


@contextmanager
def or_skip() -> Iterator[None]:
    """Skip where this machine cannot have the stack; in CI that is a failure."""
    try:
        yield
    except StackUnavailable as missing:
        if IN_CI:
            raise
        pytest.skip(f"no stack: {missing}")

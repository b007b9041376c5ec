"""What a policy finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """One thing that is wrong, and the line to look at; path is relative to the repository's root."""

    severity: Severity
    path: str
    line: int = 1
    message: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Finding(Flaw):
    """A flaw, and the name of the policy that it is against."""

    policy: str

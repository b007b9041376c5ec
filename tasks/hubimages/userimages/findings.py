"""What a check of a user image finds: a yes, a no or a don't know for each point."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

Name = Literal[
    "found",
    "platform",
    "size",
    "tag",
    "public",
    "registry",
    "singleuser",
    "serves",
    "login",
    "user",
    "home",
    "jupyterhub-version",
    "built-by",
]
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Check:
    """One point; ok is None where it could not be told, fix is how to mend it or what to consider."""

    name: Name
    ok: bool | None
    detail: str
    fix: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """All points of one image; digest is what its tag names in the registry, if that could be told."""

    ref: str
    digest: str | None
    checks: tuple[Check, ...]

    @property
    def unfit(self) -> bool:
        """Whether it fails a point; what could not be told fails none."""
        return any(check.ok is False for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return the document of the contract, with each fix as the end of its detail."""
        checks = [
            {
                "name": check.name,
                "ok": check.ok,
                "detail": f"{check.detail} → {check.fix}" if check.fix else check.detail,
            }
            for check in self.checks
        ]
        return {"ref": self.ref, "digest": self.digest, "checks": checks}


def tail(text: str, lines: int = 12, width: int = 300) -> str:
    """Return the last lines of what an image printed, without what would steer a terminal."""
    kept = [line[:width].rstrip() for line in _CONTROL.sub("", text).splitlines() if line.strip()]
    return "\n".join(f"      {line}" for line in kept[-lines:])


def plain(text: str, width: int = 300) -> str:
    """Return a word or sentence that an image said, on one line and not too long."""
    return " ".join(_CONTROL.sub("", text).split())[:width]

"""A release: what Helm calls one installation of a chart, and the revisions that it had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Release:
    """Where a release is: its name, its namespace, and the context of the kubeconfig."""

    name: str
    namespace: str
    context: str

    @property
    def flags(self) -> tuple[str, ...]:
        """The words that lead helm and kubectl to its namespace; they name contexts differently."""
        return ("--namespace", self.namespace)

    def __str__(self) -> str:
        """Return it as messages name it."""
        return f"release {self.name} in namespace {self.namespace} (context {self.context})"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision of a release, as `helm history` lists it; updated is when it began."""

    number: int
    status: (
        str  # deployed, superseded, failed, pending-install, pending-upgrade, pending-rollback …
    )
    updated: datetime | None
    description: str

    @property
    def deployed(self) -> bool:
        """Whether this is what the release runs."""
        return self.status == "deployed"

    @property
    def pending(self) -> bool:
        """Whether it has not ended: it is under way, or was cut off."""
        return self.status.startswith("pending-") or self.status == "uninstalling"


def revision(raw: dict[str, Any]) -> Revision:
    """Read one entry of `helm history --output json`."""
    return Revision(
        number=int(raw.get("revision") or 0),
        status=str(raw.get("status") or ""),
        updated=_time(str(raw.get("updated") or "")),
        description=str(raw.get("description") or ""),
    )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None

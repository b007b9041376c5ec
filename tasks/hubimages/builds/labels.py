"""The labels that make an image explain itself, wherever its commit may have gone.

https://github.com/opencontainers/image-spec/blob/main/annotations.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

REVISION = "org.opencontainers.image.revision"
SOURCE = "org.opencontainers.image.source"
CREATED = "org.opencontainers.image.created"
BASE_NAME = "org.opencontainers.image.base.name"
PINS = "hubimages.pins"  # a JSON list of requirement lines, as they stood in the requirements files
BUILT_AS = "hubimages.built-as"  # name:tag; a copy under another name was promoted from there

_SCP = re.compile(r"^(?:[^@/]+@)?([^:/]+):(?!//)(.+)$")
_USERINFO = re.compile(r"(?<=://)[^/\s]*@")  # to the last @: a password may have one in it


def labels(
    *,
    revision: str,
    source: str | None,
    base: str | None,
    pins: Sequence[str],
    built_as: str | None = None,
) -> dict[str, str]:
    """Return the labels of an image that is built now."""
    found = {
        REVISION: revision,
        CREATED: datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        PINS: json.dumps([without_login(pin) for pin in pins]),
    }
    if source and (address := public_address(source)):
        found[SOURCE] = address
    if base:
        found[BASE_NAME] = base
    if built_as:
        found[BUILT_AS] = built_as
    return found


def without_login(text: str) -> str:
    """Return a pin or an address without the login that an address in it may hold."""
    return _USERINFO.sub("", text)


def public_address(remote: str) -> str | None:
    """Return a git remote's address as others can open it, or None for a folder of this machine.

    Without credentials, and with https for ssh.
    """
    remote = remote.strip()
    if found := _SCP.match(remote):
        remote = f"https://{found[1]}/{found[2]}"
    remote = _USERINFO.sub("", remote)
    remote = re.sub(r"^(ssh|git)://([^/:]+)(:\d+)?", r"https://\2", remote)
    if not re.match(r"https?://", remote):
        return None
    return remote.removesuffix("/").removesuffix(".git")


def pins_of(found: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the pins that an image's labels name, or None where they name none."""
    try:
        pins = json.loads(found.get(PINS, ""))
    except ValueError:
        return None
    return tuple(map(str, pins)) if isinstance(pins, list) else None

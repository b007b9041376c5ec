"""What a build works with."""

from __future__ import annotations

from dataclasses import dataclass

from hubimages.console import Console
from hubimages.engine import Engine
from hubimages.git import Git
from hubimages.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The repository, the engine and the registry, and where progress is shown."""

    git: Git
    engine: Engine
    registry: Registry
    console: Console

"""The Docker engine and buildx's builders, through the `docker` command.

The same contexts, logins and builders as by hand.
"""

from hubimages.engine.docker import Engine, LocalImage, State
from hubimages.engine.failures import (
    BuilderSilent,
    NoBuildx,
    NoDocker,
    NoEngine,
    NoPermission,
    NotStarted,
    PullFailed,
    PushFailed,
    UnknownBuilder,
)

__all__ = [
    "BuilderSilent",
    "Engine",
    "LocalImage",
    "NoBuildx",
    "NoDocker",
    "NoEngine",
    "NoPermission",
    "NotStarted",
    "PullFailed",
    "PushFailed",
    "State",
    "UnknownBuilder",
]

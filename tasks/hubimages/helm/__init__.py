"""Helm, through the `helm` command; its versions 3 and 4."""

from hubimages.helm.command import Helm
from hubimages.helm.failures import (
    BadRelease,
    ClusterSilent,
    HelmFailed,
    HelmTooOld,
    NoHelm,
)
from hubimages.helm.release import Release, Revision

__all__ = [
    "BadRelease",
    "ClusterSilent",
    "Helm",
    "HelmFailed",
    "HelmTooOld",
    "NoHelm",
    "Release",
    "Revision",
]

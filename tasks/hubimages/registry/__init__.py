"""A small client of the OCI distribution API, with three answers: there, not there, don't know."""

from hubimages.registry.answers import (
    Answer,
    Granted,
    Image,
    Manifest,
    NotLoggedIn,
    NotThere,
    PushRights,
    Refused,
    RepositoryMissing,
    There,
    Unknown,
)
from hubimages.registry.client import Registry

__all__ = [
    "Answer",
    "Granted",
    "Image",
    "Manifest",
    "NotLoggedIn",
    "NotThere",
    "PushRights",
    "Refused",
    "Registry",
    "RepositoryMissing",
    "There",
    "Unknown",
]

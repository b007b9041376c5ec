"""A small client of the OCI distribution API, with three answers: there, not there, don't know."""

from hubimages.registry.answers import (
    Answer,
    Copied,
    Copying,
    Differs,
    Granted,
    Image,
    Manifest,
    NotLoggedIn,
    NotThere,
    PushRights,
    Refused,
    RepositoryMissing,
    Taken,
    There,
    Unknown,
)
from hubimages.registry.client import Registry

__all__ = [
    "Answer",
    "Copied",
    "Copying",
    "Differs",
    "Granted",
    "Image",
    "Manifest",
    "NotLoggedIn",
    "NotThere",
    "PushRights",
    "Refused",
    "Registry",
    "RepositoryMissing",
    "Taken",
    "There",
    "Unknown",
]

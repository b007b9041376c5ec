"""From what a person types to a pin: an address or a name in, one commit out."""

from hubimages.sources.requests import GitRequest, Released, parse_requirement
from hubimages.sources.resolving import Resolved, resolve

__all__ = ["GitRequest", "Released", "Resolved", "parse_requirement", "resolve"]

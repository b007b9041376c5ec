"""The real stack on loopback: a Docker engine, registries, a git server, a base image.

Each part is a context manager that ends what it started. Used by tests/integration as
fixtures and by script/demo as a program (`python -m stack`, see __main__).
"""

from stack.base import base_image
from stack.daemon import StackUnavailable, exit_on_sigterm
from stack.engine import Dockerd, Engine, copy_image, engine
from stack.faulty import FaultyRegistry
from stack.gitserver import GitServer, Repository
from stack.hubrepo import BUILD_OPTIONS, HubRepository, hub_repository
from stack.registry import Registry, docker_config, registry

__all__ = [
    "BUILD_OPTIONS",
    "Dockerd",
    "Engine",
    "FaultyRegistry",
    "GitServer",
    "HubRepository",
    "Registry",
    "Repository",
    "StackUnavailable",
    "base_image",
    "copy_image",
    "docker_config",
    "engine",
    "exit_on_sigterm",
    "hub_repository",
    "registry",
]

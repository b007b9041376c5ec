"""The stack on loopback: a Docker engine, registries, a git server, a base image, all of them real;
and for deployments the real Helm and kubectl, a chart repository, and a cluster that is not.

Each part is a context manager that ends what it started. Used by tests/integration as
fixtures and by script/demo as a program (`python -m stack`, see __main__).
"""

from stack.base import base_image
from stack.chartrepo import CHARTS, ChartRepository, package
from stack.cluster import Cluster, Release
from stack.daemon import StackUnavailable, exit_on_sigterm
from stack.engine import Dockerd, Engine, copy_image, engine
from stack.faulty import FaultyRegistry
from stack.gitserver import GitServer, Repository
from stack.health import HubHealth
from stack.helm import HelmTools, helm_3, helm_tools
from stack.hubrepo import BUILD_OPTIONS, HubRepository, hub_repository
from stack.registry import Registry, docker_config, registry

__all__ = [
    "BUILD_OPTIONS",
    "CHARTS",
    "ChartRepository",
    "Cluster",
    "Dockerd",
    "Engine",
    "FaultyRegistry",
    "GitServer",
    "HelmTools",
    "HubHealth",
    "HubRepository",
    "Registry",
    "Release",
    "Repository",
    "StackUnavailable",
    "base_image",
    "copy_image",
    "docker_config",
    "engine",
    "exit_on_sigterm",
    "helm_3",
    "helm_tools",
    "hub_repository",
    "package",
    "registry",
]

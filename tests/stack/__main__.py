"""Bring the stack up around a command, or until Ctrl-C.

    python -m stack [--version V] [--package NAME==VERSION] run COMMAND [ARGUMENT …]
    python -m stack [--version V] [--package NAME==VERSION] up

The command finds in its environment:

    DOCKER_HOST        the engine, with the base image in it
    STACK_REGISTRY     host:port of a registry without password
    STACK_GIT          URL of a git server
    STACK_PACKAGE      with --package: `URL@COMMIT` of that release in a repository there

and, where Helm can be had (its packages are for x86-64), what deployments are tried on:

    PATH               with a real helm and kubectl first
    KUBECONFIG         leads to a stand-in for a cluster, by the context `example`
    STACK_CHARTS       URL of a chart repository with a stand-in for the jupyterhub chart
    STACK_HUB          host:port at which a hub's health is answered
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hubimages.errors import Failure
from stack import (
    ChartRepository,
    Cluster,
    GitServer,
    HubHealth,
    StackUnavailable,
    base_image,
    engine,
    exit_on_sigterm,
    helm_tools,
    registry,
)


def main() -> int:
    """Run the program and return its exit code: the command's own, or 1."""
    parser = argparse.ArgumentParser(
        prog="python -m stack", usage=(__doc__ or "").partition("\n\n")[2]
    )
    parser.add_argument("--version", default="4.3.3")
    parser.add_argument("--package", default="")
    parser.add_argument("act", choices=["run", "up"])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if (options.act == "run") != bool(options.command):
        parser.error("`run` takes a command, `up` takes none")
    exit_on_sigterm()
    try:
        with ExitStack() as stack:
            env = _up(stack, options.version, options.package)
            if options.act == "run":
                return _run_inside(options.command, env)
            print("\n".join(f"{name}={value}" for name, value in env.items()), flush=True)  # noqa: T201
            sys.stdin.read() if sys.stdin.isatty() else _forever()
    except Failure as failure:
        _say(f"error: {failure}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _up(stack: ExitStack, version: str, package: str) -> dict[str, str]:
    with _timed("engine"):
        docker = stack.enter_context(engine())
    with _timed("base image"):
        base_image(docker, version)
    with _timed("registry"):
        images = stack.enter_context(registry())
    with _timed("git server"):
        git = stack.enter_context(GitServer())
        env = {**docker.env, "STACK_REGISTRY": images.address, "STACK_GIT": git.url}
        if package:
            name, _, number = package.partition("==")
            released = git.released(name, number)
            env["STACK_PACKAGE"] = f"{released.url}@{released.git('rev-parse', 'HEAD')}"
    with _timed("helm and a stand-in for a cluster"):
        env |= _cluster(stack, version)
    return env


def _cluster(stack: ExitStack, version: str) -> dict[str, str]:
    """Bring up what deployments are tried on; nothing where Helm cannot be had."""
    try:
        tools = helm_tools()
    except StackUnavailable as missing:
        _say(f"stack: no deployments, since {missing.what}")
        return {}
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stack-")))
    cluster = stack.enter_context(Cluster())
    health = stack.enter_context(HubHealth())
    return {
        "PATH": tools.path(4, folder / "bin"),
        "KUBECONFIG": str(cluster.kubeconfig(folder / "kubeconfig", "example", "example")),
        "STACK_CHARTS": stack.enter_context(ChartRepository(version)).url,
        "STACK_HUB": health.url.removeprefix("http://"),
    }


def _run_inside(command: list[str], env: dict[str, str]) -> int:
    """Run the command in the terminal that we have; end it when we are ended."""
    with subprocess.Popen(command, env={**os.environ, **env}) as child:
        try:
            return child.wait()
        except BaseException:
            child.terminate()
            raise


def _forever() -> None:
    while True:
        time.sleep(3600)


@contextmanager
def _timed(what: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    _say(f"stack: {what} {time.monotonic() - start:.1f} s")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


sys.exit(main())

"""Running a user image as a hub would, with nothing of this machine or its network in reach.

Two containers share a network that leads nowhere: a stand-in for the hub (standin.py, on the
image's own Python), and the image with its own entry point and the command that a hub gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

from hubimages.engine import Engine, LocalImage, NotStarted, State
from hubimages.errors import Failure
from hubimages.userimages.containers import BOUNDS, MEMORY, running_containers, until_ended
from hubimages.userimages.findings import plain
from hubimages.userimages.said import Facts, Served, last_json, read_facts, read_served

HOME = "/home/jovyan"
_USER, _TOKEN = "ada", "stand-in"
_SERVED = f"/user/{_USER}/"
_FACTS_SECONDS = 60.0  # a large image's Python is slow to start the first time
_GRACE = 100.0  # seconds beyond the server's own: the stand-in may wait six times for an answer
# empty, of root and group 100: as Kubernetes hands over a new volume with fsGroup 100. A volume
# and no --tmpfs, to which some engines give the mode of the folder below it.
_VOLUME = (
    f"type=volume,dst={HOME},volume-nocopy,volume-opt=type=tmpfs,volume-opt=device=tmpfs,"
    '"volume-opt=o=gid=100,mode=2775,size=512m"'
)


class NotRun(Failure):
    """An image could not be run on this engine, which says nothing of the image on a hub."""


class NoPython(Failure):
    """An image has no Python that runs, and so no jupyterhub-singleuser either."""


def look_inside(engine: Engine, image: LocalImage) -> Facts:
    """Return what is in an image; raises NoPython and NotRun.

    The script goes through the image's entry point, which in some sets the PATH; where that
    starts nothing, it is started without.
    """
    script = _script("inside.py")
    command = ["python3", "-c", script, image.user]
    report, said = _facts(engine, image, command, ())
    if report is None:
        again, said_again = _facts(engine, image, command[1:], ("--entrypoint=python3",))
        if again is None:
            if _starts(engine, image):
                raise NotRun(
                    "jupyterhub-singleuser starts in it, but python3, to look around, does not.",
                    fix="have python3 on its PATH, for uid 1000 to run, and check again",
                )
            raise NoPython(
                f"python3 could not be run in it as uid 1000: {said_again or said}",
                fix="have python3 on its PATH, for uid 1000 to run",
            )
        report = again
    return read_facts(report)


def _facts(
    engine: Engine, image: LocalImage, command: list[str], options: tuple[str, ...]
) -> tuple[dict[str, Any] | None, str]:
    """Return the report, or None and the last that was said."""
    with running_containers(engine) as (name, label):
        options = ("--network=none", "--workdir=/tmp", *options)
        try:
            _start(engine, image, command, name, options, label)
            until_ended(engine, name, (), _FACTS_SECONDS)
            log = engine.logs(name)
        except NotStarted as failure:
            log = failure.said
    if "exec format error" in log:
        raise NotRun(
            f"This engine cannot run {image.platform} images.",
            fix="docker run --privileged --rm tonistiigi/binfmt --install all, or run this elsewhere",
        )
    return last_json(log, "python"), plain((log.strip().splitlines() or [""])[-1])


def _starts(engine: Engine, image: LocalImage) -> bool:
    """Whether jupyterhub-singleuser tells its version, as it can without a python3 on the PATH."""
    with running_containers(engine) as (name, label):
        command, options = ["jupyterhub-singleuser", "--version"], ("--network=none",)
        try:
            _start(engine, image, command, name, options, label)
        except NotStarted:
            return False
        until_ended(engine, name, (), _FACTS_SECONDS)
        state = engine.state(name)
        return state is not None and not state.running and state.code == 0


def serve(
    engine: Engine, image: LocalImage, facts: Facts, *, ref: str, hub: str, seconds: float
) -> Served:
    """Start the image as a hub of version `hub` would, and return what came of it.

    The server has so many seconds to answer. Raises NotRun where the engine would not run it.
    """
    wanted = {"prefix": _SERVED, "user": _USER, "token": _TOKEN, "version": hub, "seconds": seconds}
    python = facts.python if facts.python.startswith("/") else "python3"
    with running_containers(engine) as (name, label):
        standin, server = f"{name}-hub", f"{name}-server"
        alone = ("--network=none", f"--mount={_VOLUME}", f"--entrypoint={python}", "--workdir=/tmp")
        inside = (f"--network=container:{standin}", f"--volumes-from={standin}", *_environment(ref))
        try:
            _start(
                engine,
                image,
                ["-c", _script("standin.py"), json.dumps(wanted)],
                standin,
                alone,
                label,
            )
            _start(engine, image, ["jupyterhub-singleuser"], server, inside, label)
        except NotStarted as failure:
            if engine.state(server) is None:
                raise NotRun(failure.what, fix=failure.fix) from failure
            return Served(ended=State(False, 127, False), log=plain(failure.said))
        until_ended(engine, standin, (server,), seconds + _GRACE)
        state = engine.state(server)
        ended = state if state and not state.running else None
        return read_served(engine.logs(standin), ended, engine.logs(server))


def _start(
    engine: Engine,
    image: LocalImage,
    command: list[str],
    name: str,
    options: tuple[str, ...],
    label: tuple[str, ...],
) -> None:
    every = (*label, *BOUNDS, *options)
    engine.start(image.id, command, name=name, platform=image.platform, options=every)


def _environment(ref: str) -> Iterator[str]:
    """Yield what KubeSpawner sets, as `--env` options."""
    api = "http://127.0.0.1:8081/hub/api"
    scopes = json.dumps([f"access:servers!server={_USER}/", f"access:servers!user={_USER}"])
    variables = {
        "JUPYTERHUB_API_TOKEN": _TOKEN,
        "JPY_API_TOKEN": _TOKEN,
        "JUPYTERHUB_API_URL": api,
        "JUPYTERHUB_ACTIVITY_URL": f"{api}/users/{_USER}/activity",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{_USER}",
        "JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED": "0",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{_SERVED}oauth_callback",
        "JUPYTERHUB_OAUTH_SCOPES": scopes,
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes,
        "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": "[]",
        "JUPYTERHUB_PUBLIC_URL": "",
        "JUPYTERHUB_PUBLIC_HUB_URL": "",
        "JUPYTERHUB_SERVER_NAME": "",
        "JUPYTERHUB_SERVICE_PREFIX": _SERVED,
        "JUPYTERHUB_SERVICE_URL": f"http://0.0.0.0:8888{_SERVED}",
        "JUPYTERHUB_USER": _USER,
        "JUPYTER_IMAGE": ref,
        "JUPYTER_IMAGE_SPEC": ref,
        "MEM_LIMIT": str(MEMORY),
    }
    for name, value in variables.items():
        yield f"--env={name}={value}"


def _script(name: str) -> str:
    return resources.files("hubimages.userimages").joinpath(name).read_text(encoding="utf-8")

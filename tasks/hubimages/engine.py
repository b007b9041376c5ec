"""The Docker engine, through the `docker` command: the same contexts, logins and builders as by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubimages.errors import CommandFailed, CommandMissing, Failure
from hubimages.process import Completed, Runner

_LIMIT = 60.0  # seconds for a question to the engine; a healthy one answers in well under one
_OURS = "hubimages"  # the label of our containers
_DOCKERS_OWN = (
    125  # exit code of `docker run` where docker itself failed, not the program in the image
)


class NoDocker(Failure):
    """There is no `docker` command."""

    def __init__(self) -> None:
        super().__init__(
            "There is no `docker` command on the PATH, and images are built with it.",
            fix="install it: https://docs.docker.com/engine/install/ (on Debian: sudo apt-get install docker.io)",
        )


class NoEngine(Failure):
    """The `docker` command is there, the engine does not answer."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"The Docker engine does not answer: {said}",
            fix="start it (sudo systemctl start docker, or Docker Desktop), or check `docker context ls`",
        )


class NoPermission(Failure):
    """The engine is there, but this person may not use its socket."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"The Docker engine's socket is not open to you: {said}",
            fix="sudo usermod -aG docker $USER, then log out and in again",
        )


class NoBuildx(Failure):
    """The wanted platform needs buildx, which the docker command lacks."""

    def __init__(self, platform: str, machine: str) -> None:
        super().__init__(
            f"Building for {platform} on a {machine} engine goes through buildx, and `docker buildx` is not there.",
            fix="install it: https://docs.docker.com/go/buildx/ (on Debian: sudo apt-get install docker-buildx)",
        )


class PushFailed(Failure):
    """docker push ended with an error; the image is still in the engine."""

    def __init__(self, image: str, error: CommandFailed) -> None:
        super().__init__(
            f"{image} could not be pushed. {error.what}",
            fix="run the same command again; the image is kept",
        )


class PullFailed(Failure):
    """docker pull ended with an error."""

    def __init__(self, image: str, error: CommandFailed) -> None:
        super().__init__(
            f"{image} could not be pulled. {error.what}",
            fix=f"docker pull {image} says more; docker login, if the image is not public",
        )


class NotStarted(Failure):
    """A container could not be started."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(
            f"The container {name} could not be started: {said}",
            fix="docker info says whether the engine is well",
        )
        self.said = said


@dataclass(frozen=True)
class State:
    """How a container is doing; code is its exit code, 0 while it runs."""

    running: bool
    code: int
    out_of_memory: bool


@dataclass(frozen=True, kw_only=True)
class LocalImage:
    """An image in the engine."""

    id: str
    platform: str
    user: str
    labels: Mapping[str, str]
    diff_ids: tuple[str, ...] = ()  # of its layers unpacked, from the lowest up


@dataclass(frozen=True)
class Engine:
    """The engine that `docker` talks to."""

    run: Runner

    def ask(self, *words: str, check: bool = True) -> Completed:
        """Run docker, its failures to reach an engine made plain."""
        try:
            done = self.run(["docker", *words], check=False, timeout=_LIMIT)
        except CommandMissing:
            raise NoDocker from None
        said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""
        if done.code and "permission denied" in said.lower() and "connect" in said.lower():
            raise NoPermission(said)
        if done.code and any(word in said.lower() for word in _UNREACHABLE):
            raise NoEngine(said)
        if done.code and check:
            raise CommandFailed(f"docker {' '.join(words)}", done.code, done.stdout, done.stderr)
        return done

    def platform(self) -> str:
        """Return the engine's own platform, such as linux/amd64; raises NoDocker, NoEngine, NoPermission."""
        out = self.ask("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}").stdout.strip()
        return out.replace("x86_64", "amd64").replace("aarch64", "arm64")

    def has_buildx(self) -> bool:
        """Whether `docker buildx` is there."""
        return self.run(["docker", "buildx", "version"], check=False, timeout=_LIMIT).code == 0

    def image(self, reference: str) -> LocalImage | None:
        """Return the image that the engine has under a name, or None."""
        done = self.ask("image", "inspect", reference, check=False)
        if done.code:
            return None
        found = json.loads(done.stdout)[0]
        config = found.get("Config") or {}
        variant = f"/{found['Variant']}" if found.get("Variant") else ""
        return LocalImage(
            id=found["Id"],
            platform=f"{found['Os']}/{found['Architecture']}{variant}",
            user=config.get("User") or "",
            labels=config.get("Labels") or {},
            diff_ids=tuple((found.get("RootFS") or {}).get("Layers") or ()),
        )

    def push(self, reference: str) -> None:
        """Push a tag, showing docker's own progress; raises PushFailed."""
        try:
            self.run.stream(["docker", "push", reference])
        except CommandFailed as error:
            raise self.cause(PushFailed(reference, error)) from error

    def pull(self, reference: str, platform: str) -> None:
        """Pull an image, showing docker's own progress; raises PullFailed."""
        try:
            self.run.stream(["docker", "pull", "--platform", platform, reference])
        except CommandFailed as error:
            raise self.cause(PullFailed(reference, error)) from error

    def cause(self, failure: Failure) -> Failure:
        """Return why a docker command failed: the failure itself, or that the engine has gone."""
        try:
            self.platform()
        except Failure as gone:
            return gone
        return failure

    def python(
        self,
        image: str,
        script: str,
        arguments: Sequence[str],
        *,
        name: str,
        platform: str,
        seconds: float,
    ) -> Completed:
        """Run a Python script inside an image, without a network, and remove the container.

        The container is removed also where we are interrupted; where we are killed, it ends with
        the script, since --rm is the engine's own doing. Raises NoEngine where it went meanwhile.
        """
        words = ["docker", "run", "--rm", "--interactive", "--name", name, "--label", _OURS]
        words += ["--network", "none"]
        words += ["--platform", platform, "--workdir", "/tmp", "--entrypoint", "python3"]  # noqa: S108 - in the image
        try:
            done = self.run(
                [*words, image, "-", *arguments], stdin=script, check=False, timeout=seconds
            )
        except BaseException:
            self.run(["docker", "rm", "--force", name], check=False, timeout=_LIMIT)
            raise
        if done.code == _DOCKERS_OWN:
            self.platform()
        return done

    def start(
        self,
        image: str,
        command: Sequence[str],
        *,
        name: str,
        platform: str,
        options: Sequence[str] = (),
    ) -> None:
        """Start a container and leave it running; options are those of `docker run`.

        Raises NotStarted, and NoEngine where it went meanwhile. Whether or not it started, a
        container of that name may be there then: remove() it.
        """
        words = ["docker", "run", "--detach", "--name", name, "--label", _OURS]
        words += ["--platform", platform, *options, image, *command]
        done = self.run(words, check=False, timeout=_LIMIT)
        if done.code:
            self.platform()
            said = (done.stderr.strip().splitlines() or ["it did not say why"])[0]
            raise NotStarted(name, said)

    def state(self, name: str) -> State | None:
        """Return how a container is doing, or None where there is none of that name."""
        done = self.ask("container", "inspect", "--format", "{{json .State}}", name, check=False)
        if done.code:
            return None
        said = json.loads(done.stdout)
        return State(bool(said["Running"]), int(said["ExitCode"]), bool(said["OOMKilled"]))

    def logs(self, name: str, lines: int = 200) -> str:
        """Return the last lines that a container wrote, of both streams."""
        done = self.ask("logs", "--tail", str(lines), name, check=False)
        return done.stdout + done.stderr

    def containers(self, prefix: str, label: str) -> dict[str, str]:
        """Return the containers, running or not, whose names begin so, each with its label."""
        form = f'{{{{.Names}}}}\t{{{{.Label "{label}"}}}}'
        words = ("ps", "--all", "--filter", f"name=^{prefix}", "--format", form)
        lines = self.ask(*words).stdout.splitlines()
        return {name: said for name, _, said in (line.partition("\t") for line in lines)}

    def remove(self, *names: str) -> None:
        """End and remove containers with the volumes that are theirs alone; missing ones are fine."""
        self.run(["docker", "rm", "--force", "--volumes", *names], check=False, timeout=_LIMIT)

    def forget_stopped(self) -> None:
        """Remove the containers of scripts that were interrupted between creation and start.

        Only those older than any start takes, since another run may be just there.
        """
        words = ["docker", "container", "prune", "--force", "--filter", f"label={_OURS}"]
        self.run([*words, "--filter", "until=5m"], check=False, timeout=_LIMIT)


_UNREACHABLE = (
    "cannot connect to the docker daemon",
    "is the docker daemon running",
    "error during connect",
    "failed to connect to the docker api",
    "connection refused",
    "no such host",
    "connection reset",
    "unexpected eof",
)

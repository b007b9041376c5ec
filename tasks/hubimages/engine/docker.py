"""The Docker engine, through the `docker` command: the same contexts, logins and builders as by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubimages.engine.failures import (
    NoDocker,
    NoEngine,
    NoPermission,
    NotStarted,
    PullFailed,
    PushFailed,
)
from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.process import Completed, Runner

_OURS = "hubimages"  # the label of our containers
_DOCKERS_OWN = (
    125  # exit code of `docker run` where docker itself failed, not the program in the image
)


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
    """The engine that `docker` talks to: that of a context, or else docker's own choice.

    seconds is the time for a question to it; a healthy one answers in well under one.
    """

    run: Runner
    context: str = ""
    seconds: float = 60.0

    @property
    def words(self) -> tuple[str, ...]:
        """The words that begin every docker command to this engine."""
        # the flag, since the variable DOCKER_HOST comes before every other choice of a context
        return ("docker", "--context", self.context) if self.context else ("docker",)

    @property
    def env(self) -> dict[str, str | None]:
        """The variables that lead other programs' docker and buildx to this engine."""
        if not self.context:
            return {}
        found: dict[str, str | None] = {}
        if self.context != "default":  # which is where DOCKER_HOST leads
            found["DOCKER_HOST"] = None
        return {**found, "DOCKER_CONTEXT": self.context, "BUILDX_BUILDER": self.context}

    def ask(self, *words: str, check: bool = True) -> Completed:
        """Run docker, its failures to reach an engine made plain."""
        try:
            done = self._run(*words)
        except CommandMissing:
            raise NoDocker from None
        except CommandTimedOut as silent:
            raise NoEngine(f"no answer within {self.seconds:.0f} s", self.context) from silent
        said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""
        if done.code and "permission denied" in said.lower() and "connect" in said.lower():
            raise NoPermission(said)
        if done.code and any(word in said.lower() for word in _UNREACHABLE):
            raise NoEngine(said, self.context)
        if done.code and check:
            raise CommandFailed(f"docker {' '.join(words)}", done.code, done.stdout, done.stderr)
        return done

    def _run(self, *words: str) -> Completed:
        return self.run([*self.words, *words], check=False, timeout=self.seconds)

    def platform(self) -> str:
        """Return the engine's own platform, such as linux/amd64; raises NoDocker, NoEngine, NoPermission."""
        out = self.ask("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}").stdout.strip()
        return out.replace("x86_64", "amd64").replace("aarch64", "arm64")

    def has_buildx(self) -> bool:
        """Whether `docker buildx` is there."""
        return self._run("buildx", "version").code == 0

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

    def stores_in_containerd(self) -> bool:
        """Whether it keeps images in containerd's store, which lets it export layer caches."""
        return (
            "io.containerd.snapshotter" in self.ask("info", "--format", "{{.DriverStatus}}").stdout
        )

    def push_as(self, reference: str, other: str) -> None:
        """Push an image under another name too, which the engine forgets again; raises PushFailed."""
        self.ask("tag", reference, other)
        try:
            self.push(other)
        finally:
            self._run("image", "rm", "--no-prune", other)

    def push(self, reference: str) -> None:
        """Push a tag, showing docker's own progress; raises PushFailed."""
        try:
            self.run.stream([*self.words, "push", reference])
        except CommandFailed as error:
            raise self.cause(PushFailed(reference, error)) from error

    def pull(self, reference: str, platform: str) -> None:
        """Pull an image, showing docker's own progress; raises PullFailed."""
        try:
            self.run.stream([*self.words, "pull", "--platform", platform, reference])
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
        words = [*self.words, "run", "--rm", "--interactive", "--name", name, "--label", _OURS]
        words += ["--network", "none"]
        words += ["--platform", platform, "--workdir", "/tmp", "--entrypoint", "python3"]  # noqa: S108 - in the image
        try:
            done = self.run(
                [*words, image, "-", *arguments], stdin=script, check=False, timeout=seconds
            )
        except BaseException:
            self._run("rm", "--force", name)
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
        words = ["run", "--detach", "--name", name, "--label", _OURS]
        words += ["--platform", platform, *options, image, *command]
        done = self._run(*words)
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
        self._run("rm", "--force", "--volumes", *names)

    def forget_stopped(self) -> None:
        """Remove the containers of scripts that were interrupted between creation and start.

        Only those older than any start takes, since another run may be just there.
        """
        words = ("container", "prune", "--force", "--filter", f"label={_OURS}")
        self._run(*words, "--filter", "until=5m")


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

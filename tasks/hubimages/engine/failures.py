"""What can go wrong with docker and its engine, each with the next step."""

from __future__ import annotations

from collections.abc import Sequence

from hubimages.errors import CommandFailed, Failure


class NoDocker(Failure):
    """There is no `docker` command."""

    def __init__(self) -> None:
        super().__init__(
            "There is no `docker` command on the PATH, and images are built with it.",
            fix="install it: https://docs.docker.com/engine/install/ (on Debian: sudo apt-get install docker.io)",
        )


class NoEngine(Failure):
    """The `docker` command is there, the engine does not answer."""

    def __init__(self, said: str, context: str = "") -> None:
        which = f"The Docker engine of context {context}" if context else "The Docker engine"
        super().__init__(
            f"{which} does not answer: {said}",
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
    """What is wanted needs buildx, which the docker command lacks."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} goes through buildx, and `docker buildx` is not there.",
            fix="install it: https://docs.docker.com/go/buildx/ (on Debian: sudo apt-get install docker-buildx)",
        )


class UnknownBuilder(Failure):
    """A builder was named that neither buildx nor docker has."""

    def __init__(self, name: str, builders: Sequence[str], contexts: Sequence[str]) -> None:
        has = f"buildx has {', '.join(builders) or 'none of its own'}; docker has the contexts "
        super().__init__(
            f"There is no buildx builder and no docker context called {name}.",
            fix=f"--builder-name with one that there is ({has}{', '.join(contexts)}), or make it: "
            f"docker buildx create --name {name} …, docker context create {name} …",
        )


class BuilderSilent(Failure):
    """A buildx builder is known, and what it stands for does not answer."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(
            f"The builder {name} does not answer: {said}",
            fix=f"docker buildx inspect --bootstrap {name} says more; --builder-name takes another",
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

"""Checking one user image: what its registry says, and what comes of running it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hubimages.engine import Engine, LocalImage
from hubimages.errors import CommandTimedOut, Failure
from hubimages.reference import Reference
from hubimages.registry import Image
from hubimages.userimages import containers, origins, running, verdicts
from hubimages.userimages.findings import Check, Report
from hubimages.userimages.hubversion import HubVersion
from hubimages.userimages.published import Published
from hubimages.userimages.running import NoPython

SECONDS = 60  # for a server to answer


@dataclass(frozen=True, kw_only=True)
class Question:
    """An image and what it is to be measured by; seconds is what its server has to answer."""

    published: Published
    hub: HubVersion
    seconds: float = SECONDS

    @property
    def ref(self) -> Reference:
        """The image."""
        return self.published.ref


def check(question: Question, engine: Engine) -> Report:
    """Look at an image in every way that this machine can; raises nothing that is expected."""
    ran = tuple(_run(question, engine))
    return Report(
        ref=str(question.ref),
        digest=question.published.digest,
        checks=(*question.published.checks(), *ran),
    )


def _run(question: Question, engine: Engine) -> Iterator[Check]:
    """Yield what needs an engine; all of it unknown, with the reason, where one is wanting."""
    try:
        image = _brought(question, engine)
        containers.sweep(engine)
        checks = list(_ran(question, engine, image))
    except CommandTimedOut as failure:
        checks = [*verdicts.unknown(failure.what, "see whether the engine is overloaded")]
    except Failure as failure:
        checks = [*verdicts.unknown(failure.what, failure.fix)]
    if checks[-1].name != "built-by":
        checks.append(origins.built_by(question.ref.repository, _labels(question), ()))
    yield from checks


def _ran(question: Question, engine: Engine, image: LocalImage) -> Iterator[Check]:
    try:
        facts = running.look_inside(engine, image)
    except NoPython as failure:
        yield Check("singleuser", False, failure.what, failure.fix)
        yield from list(verdicts.unknown("there is no Python in it to run"))[1:]
        return
    command = verdicts.singleuser(facts)
    served = None
    if command.ok:
        version = question.hub.version or facts.version or "0"
        served = running.serve(
            engine, image, facts, ref=str(question.ref), hub=version, seconds=question.seconds
        )
    yield command
    if served:
        yield verdicts.serves(served)
        yield verdicts.login(served)
    else:
        yield Check("serves", None, "not tried, for want of jupyterhub-singleuser")
        yield Check("login", None, "not tried, for want of jupyterhub-singleuser")
    yield verdicts.user(facts, served, image.user)
    yield verdicts.home(facts, served)
    yield verdicts.version(facts, served, question.hub)
    yield origins.built_by(question.ref.repository, image.labels, facts.traces)


def _brought(question: Question, engine: Engine) -> LocalImage:
    """Return the image in the engine, pulled if need be; raises what stands in the way."""
    engine.platform()  # whether there is an engine, before anything is said of images
    published, ref = question.published, question.ref
    name = str(ref)
    if isinstance(published.image, Image):
        if published.image.manifest is None:
            raise Failure(
                f"It is not for {published.platform}, so it was not run.",
                fix=f"build it with --platform {published.platform}",
            )
        # by digest, so that what runs is what the tag names now, and no tag of the engine's moves
        name = f"{ref.name}@{published.image.digest}"
    image = engine.image(name)
    if image is None and isinstance(published.image, Image):
        engine.pull(name, published.platform)
        image = engine.image(name)
    if image is None:
        raise Failure(
            "Neither its registry nor the engine has it, so it was not run.",
            fix=f"docker push {ref}, or docker pull {ref}",
        )
    if not f"{image.platform}/".startswith(f"{published.platform}/"):
        raise Failure(
            f"The engine has it for {image.platform}, not {published.platform}.",
            fix=f"docker pull --platform {published.platform} {ref}",
        )
    return image


def _labels(question: Question) -> dict[str, str]:
    image = question.published.image
    return dict(image.manifest.labels) if isinstance(image, Image) and image.manifest else {}

"""Pushing what was proven, and looking at what the registry then has."""

from __future__ import annotations

from typing import assert_never

from hubimages.builds.plan import Plan
from hubimages.builds.preflight import RegistrySilent
from hubimages.builds.tools import Tools
from hubimages.engine import LocalImage
from hubimages.errors import Failure
from hubimages.registry import Image as Pushed
from hubimages.registry import NotThere, Unknown


class TagTaken(Failure):
    """Somebody pushed another image under the tag in the meantime."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} came to be in the registry while this was building, and it is another image. It stays as it is.",
            fix="run the same command again: it will use the image that is there",
        )


class NotTheSame(Failure):
    """After the push the registry has something else than what was proven."""

    def __init__(self, name: str, ours: str, theirs: str) -> None:
        super().__init__(
            f"{name} was pushed, but the registry now has {theirs} where {ours} was proven.",
            fix="do not use this tag; find out who else pushes to it, then make a new commit and build that",
        )


class NotSeen(Failure):
    """After the push the registry does not show what it has."""

    def __init__(self, name: str, answer: Unknown) -> None:
        super().__init__(
            f"{name} was pushed, but whether the registry has it could not be seen, so nothing was recorded. {answer.why}",
            fix="run the same command again once the registry answers: what is there is not pushed again",
        )


class NotBuilt(Failure):
    """chartpress ended well, and the image is not there under the tag that was expected."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"chartpress built, but {name} is not in the engine with the labels of this build.",
            fix="this is a defect of hubimages, or of a chartpress newer than it knows; run chartpress --version",
        )


def push(plan: Plan, image: LocalImage, tools: Tools) -> tuple[str, bool]:
    """Push what was proven; return the registry's digest and whether a push was needed."""
    with tools.console.step("push"):
        if (there := _agreed(plan, image, tools, after_push=False)) is not None:
            tools.console.detail("the registry has this very image already")
            return there, False
        held = tools.engine.image(plan.full_name)
        if held is None or held.id != image.id:
            raise NotBuilt(plan.full_name)  # somebody moved the tag in the engine since the proof
        tools.engine.push(plan.full_name)
        tools.console.did(f"pushed {plan.full_name}")
        digest = _agreed(plan, image, tools, after_push=True)
        if digest is None:
            raise NotSeen(plan.full_name, Unknown("It says that there is no such tag."))
        tools.console.detail(f"✓ the registry has what was proven: {digest}")
    return digest, True


def _agreed(plan: Plan, image: LocalImage, tools: Tools, *, after_push: bool) -> str | None:
    """Return the registry's digest where it has the very image, None where it has no such tag."""
    answer = tools.registry.inspect(plan.reference, plan.request.platform)
    match answer:
        case NotThere():
            return None
        case Unknown() if after_push:
            raise NotSeen(plan.full_name, answer)
        case Unknown():
            raise RegistrySilent(plan.full_name, answer)
        case Pushed(digest=digest, manifest=manifest):
            # an image's id is the digest of its configuration, or of its manifest where the
            # engine keeps images in containerd's store
            theirs = {digest, *((manifest.digest, manifest.config_digest) if manifest else ())}
            if image.id in theirs:
                return digest
            if after_push:
                raise NotTheSame(plan.full_name, image.id, digest)
            raise TagTaken(plan.full_name)
        case _:
            assert_never(answer)

"""Promoting the very image that was tried: nothing is built, the registry gets it under another name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from hubimages import images, samebits, tags
from hubimages.builds import labels
from hubimages.config import Settings
from hubimages.engine import Engine
from hubimages.errors import Failure
from hubimages.git import Git
from hubimages.images import Image
from hubimages.promotion.plan import Plan
from hubimages.reference import Reference, split_tag
from hubimages.registry import Image as Pushed
from hubimages.registry import NotThere, Registry, Unknown
from hubimages.registry.answers import (
    Copied,
    Differs,
    NotLoggedIn,
    Refused,
    RepositoryMissing,
    Taken,
)
from hubimages.tree import CommitTree, Overlaid

_INSTEAD = "leave out --same-bits: the image is then built anew, and compared with the tried one"


class OtherBits(Failure):
    """The tried image is not what a build would make of the promoted inputs, so it is not copied."""

    def __init__(self, tried: str, why: Sequence[str]) -> None:
        lines = "\n".join(f"  ✗ {line}" for line in why)
        super().__init__(f"{tried} cannot be promoted as it is:\n{lines}", fix=_INSTEAD)


class NeedsPush(Failure):
    """--same-bits was given without --push."""

    def __init__(self) -> None:
        super().__init__(
            "--same-bits copies the tried image in the registry, and without --push nothing goes there.",
            fix="add --push",
        )


class NotCopied(Failure):
    """The registry did not take the copy."""


@dataclass(frozen=True)
class Tried:
    """The tried image in its registry."""

    reference: Reference
    digest: str


def find(
    plan: Plan, head: str, git: Git, registry: Registry, engine: Engine, settings: Settings
) -> Tried:
    """Return the tried image, having made sure that its bits may be promoted; raises OtherBits."""
    reference = Reference.parse(plan.tried)
    answer = registry.inspect(reference, settings.platform)
    match answer:
        case Pushed():
            pass
        case NotThere():
            raise OtherBits(plan.tried, [f"{reference.registry} does not have it (any more)."])
        case Unknown(why=why):
            raise OtherBits(plan.tried, [f"Whether it is there is not known. {why}"])
        case _:
            assert_never(answer)
    found = list(_why_not(plan, answer, head, git, registry, engine, settings))
    if found:
        raise OtherBits(plan.tried, found)
    return Tried(reference, answer.digest)


def _why_not(
    plan: Plan,
    found: Pushed,
    head: str,
    git: Git,
    registry: Registry,
    engine: Engine,
    settings: Settings,
) -> Iterator[str]:
    commit = tags.commit(git, split_tag(plan.tried)[1] or "")
    if commit is None:
        yield "The commit that its tag names is not in this clone, so its inputs cannot be compared."
        return
    if other := samebits.platform_difference(found.platforms, settings.platform):
        yield other
    if found.manifest is None:
        return
    says = found.manifest.labels.get(labels.REVISION)
    if labels.PINS not in found.manifest.labels or says != commit:
        yield f"Its labels do not say that it was built from {commit[:12]}, as its tag does."
        return
    then = images.load(CommitTree(git, commit), settings)
    tried = next((image for image in then.all if image.name == plan.experiment.name), None)
    if tried is None:
        yield f"{then.path} of its commit has no image {plan.experiment.name}."
        return
    production = _production(git, head, plan, settings)
    yield from samebits.differences(tried, production)
    if other := samebits.base_difference(
        production.base, found.manifest.diff_ids, registry, engine, settings.platform
    ):
        yield other


def _production(git: Git, head: str, plan: Plan, settings: Settings) -> Image:
    """Return the production image as it will be, with the edits that are still to be made."""
    return images.load(Overlaid(CommitTree(git, head), plan.edited), settings).production


def copy(registry: Registry, tried: Tried, target: Reference) -> Copied:
    """Give the tried image the target's name and tag; raises NotCopied."""
    answer = registry.copy(tried.reference, tried.digest, target)
    match answer:
        case Copied():
            return answer
        case Taken(digest=digest):
            raise NotCopied(
                f"{target} is in the registry, and it is another image ({digest}). It stays as it is.",
                fix=_INSTEAD,
            )
        case Differs(digest=digest):
            raise NotCopied(
                f"{target} was written as {tried.digest}, and now it is {digest or 'not there'}.",
                fix="find out who else pushes to it, and do not use this tag",
            )
        case NotThere():
            raise NotCopied(f"{tried.reference} is not in its registry any more.", fix=_INSTEAD)
        case (
            NotLoggedIn(why, fix)
            | Refused(why, fix)
            | RepositoryMissing(why, fix)
            | Unknown(why, fix)
        ):
            raise NotCopied(
                f"{tried.reference} was not copied. {why}",
                fix=fix or "run the same command again once the registry answers",
            )
        case _:
            assert_never(answer)

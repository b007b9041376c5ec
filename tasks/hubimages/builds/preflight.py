"""Everything that can be known to go wrong, asked before anything is built.

Each function raises one of the classes of failure, or yields warnings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from hubimages import agreement, charts
from hubimages.agreement import BaseMismatch, Doubt
from hubimages.builds import labels
from hubimages.builds.plan import Plan
from hubimages.errors import Failure
from hubimages.git import Git
from hubimages.reference import split_tag
from hubimages.registry import (
    Granted,
    Image,
    NotLoggedIn,
    NotThere,
    Refused,
    Registry,
    RepositoryMissing,
    Unknown,
)


class ShallowClone(Failure):
    """The clone has no full history, so the tag would count too few commits."""

    def __init__(self) -> None:
        super().__init__(
            "This clone is shallow: the tag counts commits, and here it would be made up.",
            fix="git fetch --unshallow (in GitHub's checkout action: fetch-depth: 0)",
        )


class NotInTheBuild(Failure):
    """Files of the image are not committed, and what is built is what is committed."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        shown = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
        super().__init__(
            f"Uncommitted changes would not be in the build: {shown}. The tag names a commit, "
            "so what is built is what is committed.",
            fix="commit them (git add … && git commit) or set them aside (git stash --include-untracked)",
        )


class RegistrySilent(Failure):
    """The registry did not say whether the tag is there, and a push could overwrite it."""

    def __init__(self, name: str, answer: Unknown) -> None:
        super().__init__(
            f"Whether {name} is in the registry is not known, so nothing is pushed. {answer.why}",
            fix=answer.fix or "run the same command again once the registry answers",
        )


class NoPushRights(Failure):
    """The registry does not take a push from this login."""


class LoginMissing(NoPushRights):
    """The registry takes pushes, and no login is kept for it."""


class NoRepository(NoPushRights):
    """The registry has no such repository, and a push does not make it."""


class OtherPlatform(Failure):
    """The tag is in the registry, but not for the wanted platform."""

    def __init__(self, name: str, platform: str, found: tuple[str, ...]) -> None:
        super().__init__(
            f"{name} is in the registry for {', '.join(found)}, not for {platform}, and a tag is never overwritten.",
            fix="make a new commit that touches the image, which gives a new tag, and build that",
        )


class OtherRevision(Failure):
    """The tag is in the registry, and its image says that it was built from another commit."""

    def __init__(self, name: str, says: str, expected: str) -> None:
        super().__init__(
            f"{name} is in the registry, and its label says that it was built from {says[:12]}, not from "
            f"{expected[:12]} as the tag says. It is not used, and a tag is never overwritten.",
            fix="find out who pushed it; a new commit that touches the image gives a new tag to build",
        )


class NoCommits(Failure):
    """The repository has no commit yet, so there is nothing to build."""

    def __init__(self) -> None:
        super().__init__(
            "This repository has no commits yet, and an image's tag is named after one.",
            fix='git add . && git commit -m "Start"',
        )


def head(git: Git) -> str:
    """Return the commit to build; raises ShallowClone for a clone whose tags would be wrong."""
    if git.shallow:
        raise ShallowClone
    if git.head is None:
        raise NoCommits
    return git.head


def unpushed(plan: Plan, git: Git) -> Iterator[str]:
    """Yield a warning where the commit that the tag is named after is on no remote branch."""
    if not git.remote_branches_with(plan.tag.revision):
        yield (
            f"commit {plan.tag.revision[:12]}, which the tag is named after, is on no remote branch. If its branch "
            "is squashed when it is merged, the tag will name a commit that nobody has (git push first; "
            "merge without squashing)."
        )


def behind(git: Git) -> Iterator[str]:
    """Yield a warning where the branch's upstream has commits that HEAD has not, as last fetched."""
    count = git.try_ask("rev-list", "--count", "HEAD..@{upstream}")
    if count not in (None, "0"):
        yield (
            f"{count} commit(s) of the upstream are not in this branch yet. `git pull --rebase` after this "
            "would rewrite the commit that the tag is named after (git pull first)."
        )


def warnings(plan: Plan) -> Iterator[str]:
    """Yield what does not stand in the way but should be known; raises BaseMismatch."""
    for (chart, path), keys in plan.images.sharing_values_path().items():
        yield (
            f"{' and '.join(keys)} share valuesPath {path} of {chart} in {plan.images.path}: plain chartpress would write the "
            f"last one into production values. This build records {plan.images.production_key} alone."
        )
    verdict = agreement.compare(
        f"`{plan.image.key}`", plan.image.base, charts.jupyterhub(plan.image.tree, plan.image.chart)
    )
    match verdict:
        case BaseMismatch():
            raise verdict
        case Doubt():
            yield verdict.why
        case None:
            pass
        case _:
            assert_never(verdict)


def tag(plan: Plan, registry: Registry) -> Iterator[str]:
    """Refuse a push over what is there or could be there, or that the registry would not take.

    Yields warnings; raises RegistrySilent, NoPushRights, OtherPlatform or OtherRevision.
    """
    match plan.registry:
        case Image():
            yield from _there(plan, plan.registry)
        case Unknown() if plan.request.push:
            raise RegistrySilent(plan.full_name, plan.registry)
        case Unknown(why=why):
            yield f"the registry does not say whether {plan.full_name} is there. {why}"
        case NotThere():
            if plan.request.push:
                rights(registry, plan)
        case _:
            assert_never(plan.registry)


def _there(plan: Plan, found: Image) -> Iterator[str]:
    """Look whether the image behind an existing tag is what this commit would give."""
    if found.manifest is None:
        raise OtherPlatform(plan.full_name, plan.request.platform, found.platforms)
    there = found.manifest.labels
    # without ours, a revision is that of the base image, whose labels every image has too
    revision = there.get(labels.REVISION) if labels.PINS in there else None
    if revision is None:
        yield f"{plan.full_name} was not built by build-hub: no label says what it was built from."
    elif revision != plan.tag.revision and not _promoted(plan, there):
        raise OtherRevision(plan.full_name, revision, plan.tag.revision)


def _promoted(plan: Plan, found: Mapping[str, str]) -> bool:
    """Whether an image is an experiment's, copied here by a promotion: it has this commit's pins."""
    from hubimages import pins
    from hubimages.lifecycle.changes import same
    from hubimages.requirements import parse

    built_as = split_tag(found.get(labels.BUILT_AS, ""))[0]
    others = {image.name for image in plan.images.all} - {plan.image.name}
    wanted = [labels.without_login(pin.text) for pin in pins.of(plan.image)]
    return built_as in others and same(
        parse("\n".join(labels.pins_of(found) or ())), parse("\n".join(wanted))
    )


def rights(registry: Registry, plan: Plan) -> None:
    """Ask the registry whether a push could begin; raises NoPushRights or RegistrySilent."""
    answer = registry.push_rights(plan.image.reference)
    match answer:
        case Granted():
            return
        case NotLoggedIn(why, fix):
            raise LoginMissing(why, fix=fix)
        case Refused(why, fix):
            raise NoPushRights(why, fix=fix)
        case RepositoryMissing(why, fix):
            raise NoRepository(why, fix=fix)
        case Unknown():
            raise RegistrySilent(plan.full_name, answer)
        case _:
            assert_never(answer)

"""Carrying out a build plan: build, prove, push; and look again after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from posixpath import dirname
from typing import assert_never

from filelock import Timeout

from hubimages import chartpress, edits, locks, pins, scratch
from hubimages.builds import labels, proof
from hubimages.builds.plan import Plan
from hubimages.builds.preflight import RegistrySilent
from hubimages.console import Console
from hubimages.engine import Engine, LocalImage
from hubimages.errors import BadFile, Failure
from hubimages.git import Git
from hubimages.registry import Image as Pushed
from hubimages.registry import NotThere, Registry, Unknown
from hubimages.requirements import Pin


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


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a build works with."""

    git: Git
    engine: Engine
    registry: Registry
    console: Console


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a build made of an image that the registry did not have."""

    digest: str | None  # in the registry, where it was to be pushed
    built: bool
    pushed: bool


Approve = Callable[[Sequence[proof.Package]], None]


def build(plan: Plan, builder: str, tools: Tools, approve: Approve | None = None) -> Made:
    """Build, prove and push what the plan says; raises BuildFailed, ProofFailed, PushFailed …

    approve is shown what is installed in the proven image, and may raise before it is pushed.
    """
    wanted = pins.of(plan.image)
    with _alone(plan, tools.console):
        image, built = _image(plan, builder, wanted, tools)
        with tools.console.step("prove"):
            proven = proof.prove(tools.engine, image, plan.full_name, wanted)
            for line in proven.lines:
                tools.console.detail(f"✓ {line}")
        tools.console.did("proved it")
        if approve:
            approve(proven.packages)
        if not plan.request.push:
            return Made(digest=None, built=built, pushed=False)
        digest, pushed = _push(plan, image, tools)
        return Made(digest=digest, built=built, pushed=pushed)


@contextmanager
def _alone(plan: Plan, console: Console) -> Iterator[None]:
    """Let one build of a tag run at a time on this machine; others build, this one waits."""
    lock = locks.lock(plan.full_name)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        console.say(f"Another build of {plan.full_name} is running here; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _image(
    plan: Plan, builder: str, wanted: Sequence[Pin], tools: Tools
) -> tuple[LocalImage, bool]:
    """Return the image, and whether it had to be built."""
    if earlier := _kept(plan, tools.engine):
        tools.console.say(
            f"{plan.full_name} was built here before, from the same commit: not built again."
        )
        return earlier, False
    with tools.console.step("build"):
        image = _built(plan, builder, wanted, tools)
    tools.console.did(f"built {plan.full_name} (in the engine)")
    return image, True


def _kept(plan: Plan, engine: Engine) -> LocalImage | None:
    """Return the image of an earlier build of the same commit that the engine still has.

    Only one with our labels counts: a plain chartpress may have put uncommitted files under
    the same tag.
    """
    found = engine.image(plan.full_name)
    if found is None or found.labels.get(labels.REVISION) != plan.tag.revision:
        return None
    fits = f"{found.platform}/".startswith(f"{plan.request.platform}/")  # arm64 is arm64/v8 there
    ours = labels.PINS in found.labels and fits
    return found if ours else None


def _built(plan: Plan, builder: str, wanted: Sequence[Pin], tools: Tools) -> LocalImage:
    image = plan.image
    text = image.tree.read(plan.images.path)
    if text is None:
        raise BadFile(plan.images.path, "is not there.")
    stamp = labels.labels(
        revision=plan.tag.revision,
        source=tools.git.remote_url(),
        base=str(image.base) if image.base else None,
        pins=[pin.text for pin in wanted],
        built_as=plan.full_name,
    )
    # the classic builder keeps the container of a RUN that failed, unless it is told not to
    options = ("--force-rm",) if builder == "docker-build" else ()
    branch = tools.git.branch()
    config = chartpress.cut_down(text, image.chart_index, image.key, stamp, branch, options)
    # all the charts' folder, since what is needed may be a link to elsewhere in it
    needed = (dirname(plan.images.path) or ".", image.chart, *image.inputs)
    with scratch.worktree(tools.git, plan.head, tuple(dict.fromkeys(needed))) as tree:
        at = tree / plan.images.path
        edits.write(at, config)
        try:
            chartpress.build(
                tools.git.run, at.parent, builder=builder, platform=plan.request.platform
            )
        except chartpress.BuildFailed as failure:
            raise tools.engine.cause(failure) from failure
    found = tools.engine.image(plan.full_name)
    if found is None or found.labels.get(labels.CREATED) != stamp[labels.CREATED]:
        raise NotBuilt(plan.full_name)
    return found


def _push(plan: Plan, image: LocalImage, tools: Tools) -> tuple[str, bool]:
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

"""Carrying out a build plan: build, prove, push, record; and look again after each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import assert_never

from filelock import Timeout

from hubimages import chartpress, edits, locks, scratch
from hubimages.build import labels, proof
from hubimages.build.plan import Plan, Result, kept, recording
from hubimages.build.preflight import RegistrySilent
from hubimages.console import Console
from hubimages.engine import Engine, LocalImage
from hubimages.errors import BadFile, Failure
from hubimages.git import Git
from hubimages.registry import Image, NotThere, Registry, There, Unknown


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


def build(plan: Plan, builder: str, tools: Tools) -> Result:
    """Build, prove and push what the plan says, record it, and return what was done."""
    built = pushed = False
    digest = plan.registry.digest if isinstance(plan.registry, There) else None
    if digest is None:
        with _alone(plan, tools.console):
            image, built = _image(plan, builder, tools)
            _prove(plan, image, tools)
            if plan.request.push:
                digest, pushed = _push(plan, image, tools)
    else:
        tools.console.say(f"{plan.full_name} is in the registry already: nothing to build or push.")
    return Result(
        image=plan.image.key,
        name=plan.image.name,
        tag=plan.tag.text,
        digest=digest,
        built=built,
        pushed=pushed,
        revision=plan.tag.revision,
        values_changed=_record(plan, tools) if digest is not None else False,
    )


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


def _image(plan: Plan, builder: str, tools: Tools) -> tuple[LocalImage, bool]:
    """Return the image, and whether it had to be built."""
    if earlier := kept(plan, tools.engine):
        tools.console.say(
            f"{plan.full_name} was built here before, from the same commit: not built again."
        )
        return earlier, False
    with tools.console.step("build"):
        image = _built(plan, builder, tools)
    tools.console.did(f"built {plan.full_name} (in the engine)")
    return image, True


def _built(plan: Plan, builder: str, tools: Tools) -> LocalImage:
    image = plan.image
    text = image.tree.read(plan.images.path)
    if text is None:
        raise BadFile(plan.images.path, "is not there.")
    stamp = labels.labels(
        revision=plan.tag.revision,
        source=plan.source,
        base=str(image.base) if image.base else None,
        pins=[pin.text for pin in plan.pins],
    )
    config = chartpress.cut_down(text, image.chart_index, image.key, stamp, tools.git.branch())
    needed = (plan.images.path, image.chart, *image.inputs)
    with scratch.worktree(tools.git, "HEAD", tuple(dict.fromkeys(needed))) as tree:
        at = tree / plan.images.path
        edits.write(at, config)
        chartpress.build(tools.git.run, at.parent, builder=builder, platform=plan.request.platform)
    found = tools.engine.image(plan.full_name)
    if found is None or found.labels.get(labels.CREATED) != stamp[labels.CREATED]:
        raise NotBuilt(plan.full_name)
    return found


def _prove(plan: Plan, image: LocalImage, tools: Tools) -> None:
    with tools.console.step("prove"):
        for line in proof.prove(tools.engine, image, plan.full_name, plan.pins):
            tools.console.detail(f"✓ {line}")
    tools.console.did("proved it")


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
        digest = _agreed(plan, image, tools, after_push=True)
        if digest is None:
            raise RegistrySilent(
                plan.full_name, Unknown("It was pushed, and the registry does not have it.")
            )
        tools.console.detail(f"✓ the registry has what was proven: {digest}")
    tools.console.did(f"pushed {plan.full_name}")
    return digest, True


def _agreed(plan: Plan, image: LocalImage, tools: Tools, *, after_push: bool) -> str | None:
    """Return the registry's digest where it has the very image, None where it has no such tag."""
    answer = tools.registry.inspect(plan.reference, plan.request.platform)
    match answer:
        case NotThere():
            return None
        case Unknown():
            raise RegistrySilent(plan.full_name, answer)
        case Image(digest=digest, manifest=manifest):
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


def _record(plan: Plan, tools: Tools) -> bool:
    """Write a production image's tag into values.yaml and commit it; return whether it changed."""
    edit = recording(plan, tools.git)
    if edit is None:
        return False
    with tools.console.step("record"):
        message = f"Use {plan.image.key} image {plan.tag.text}\n\n{plan.full_name}, built from {plan.tag.revision}.\n"
        edits.apply(tools.git, [edit], message, commit=plan.request.commit)
        tools.console.detail(f"{edit.path}: tag {plan.tag.text}")
    tools.console.did(f"recorded the tag in {edit.path}")
    return True

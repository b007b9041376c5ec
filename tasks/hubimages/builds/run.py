"""Carrying out a build plan: build, prove, push; and look again after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname

from filelock import Timeout

from hubimages import chartpress, edits, locks, pins, scratch
from hubimages.builds import cache, labels, proof, pushing
from hubimages.builds.builder import Builder
from hubimages.builds.cache import Cache
from hubimages.builds.plan import Plan
from hubimages.builds.pushing import NotBuilt
from hubimages.builds.tools import Tools
from hubimages.console import Console
from hubimages.engine import Engine, LocalImage
from hubimages.errors import BadFile
from hubimages.requirements import Pin


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a build made of an image that the registry did not have."""

    digest: str | None  # in the registry, where it was to be pushed
    built: bool
    pushed: bool


Approve = Callable[[Sequence[proof.Package]], None]


def build(plan: Plan, builder: Builder, tools: Tools, approve: Approve | None = None) -> Made:
    """Build, prove and push what the plan says; raises BuildFailed, ProofFailed, PushFailed …

    approve is shown what is installed in the proven image, and may raise before it is pushed.
    """
    wanted = pins.of(plan.image)
    with _alone(plan, tools.console):
        found = cache.find(plan, builder, tools.engine, tools.registry, tools.console.warn)
        image, built = _image(plan, builder, found, wanted, tools)
        with tools.console.step("prove"):
            proven = proof.prove(tools.engine, image, plan.full_name, wanted)
            for line in proven.lines:
                tools.console.detail(f"✓ {line}")
        tools.console.did("proved it")
        if approve:
            approve(proven.packages)
        if not plan.request.push:
            return Made(digest=None, built=built, pushed=False)
        digest, pushed = pushing.push(plan, image, tools)
        cache.push(found, plan.full_name, tools.engine, tools.console)
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
    plan: Plan, builder: Builder, cached: Cache, wanted: Sequence[Pin], tools: Tools
) -> tuple[LocalImage, bool]:
    """Return the image, and whether it had to be built."""
    if earlier := _kept(plan, tools.engine):
        tools.console.say(
            f"{plan.full_name} was built here before, from the same commit: not built again."
        )
        return earlier, False
    with tools.console.step("build"):
        if builder.name:
            tools.console.detail(str(builder))
        image = _built(plan, builder, cached, wanted, tools)
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


def _built(
    plan: Plan, builder: Builder, cached: Cache, wanted: Sequence[Pin], tools: Tools
) -> LocalImage:
    stamp = labels.labels(
        revision=plan.tag.revision,
        source=tools.git.remote_url(),
        base=str(plan.image.base) if plan.image.base else None,
        pins=[pin.text for pin in wanted],
        built_as=plan.full_name,
    )
    # all the charts' folder, since what is needed may be a link to elsewhere in it
    needed = (dirname(plan.images.path) or ".", plan.image.chart, *plan.image.inputs)
    with scratch.worktree(tools.git, plan.head, tuple(dict.fromkeys(needed))) as tree:
        at = tree / plan.images.path
        try:
            _chartpress(plan, builder, at, stamp, cached.options, tools)
        except chartpress.BuildFailed as failure:
            if not cache.is_blamed(cached, failure.said):
                raise tools.engine.cause(failure) from failure
            tools.console.warn("the build failed over its layer cache; it is built without it.")
            _chartpress(plan, builder, at, stamp, (), tools)
    found = tools.engine.image(plan.full_name)
    if found is None or found.labels.get(labels.CREATED) != stamp[labels.CREATED]:
        raise NotBuilt(plan.full_name)
    return found


def _chartpress(
    plan: Plan,
    builder: Builder,
    config: Path,
    stamp: Mapping[str, str],
    options: Sequence[str],
    tools: Tools,
) -> None:
    """Have chartpress build the one image, by a chartpress.yaml that is written for it."""
    image = plan.image
    text = image.tree.read(plan.images.path)
    if text is None:
        raise BadFile(plan.images.path, "is not there.")
    # the classic builder keeps the container of a RUN that failed, unless it is told not to
    options = (*options, "--force-rm") if builder.program == "docker-build" else options
    branch = tools.git.branch()
    written = chartpress.cut_down(text, image.chart_index, image.key, stamp, branch, options)
    edits.write(config, written)
    chartpress.build(
        tools.git.run,
        config.parent,
        builder=builder.program,
        platform=plan.request.platform,
        env=builder.env,
    )

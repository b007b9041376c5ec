"""What build-hub does: asks, shows the steps, and calls hubimages.builds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

from invoke.context import Context

from hubimages import scratch
from hubimages.builds import preflight
from hubimages.builds.plan import Plan, Request, expected, look
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.bodies import build_text, building
from hubimages.commands.boundary import console
from hubimages.commands.proposing import Proposing, proposing
from hubimages.commands.session import Session, emit, start
from hubimages.config import BuilderChoice
from hubimages.errors import BadConfiguration
from hubimages.images import Image, Images, load
from hubimages.tree import CommitTree


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for on the command line; what is empty goes by the configuration."""

    push: bool
    platform: str
    builder: str
    builder_name: str
    cache: bool
    dry_run: bool
    no_commit: bool
    pr: bool
    yes: bool
    json: bool


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A command that has looked: what it works with, and the images of the commit to build."""

    session: Session
    propose: Proposing
    images: Images
    head: str

    def plan(self, image: Image, wanted: Wanted, *, push: bool) -> Plan:
        """Ask git and the registry about an image."""
        settings = self.session.settings
        request = Request(
            image=image,
            push=push,
            platform=settings.platform,
            builder=settings.builder,
            commit=not wanted.no_commit,
            builder_name=settings.builder_name,
            cache=settings.cache,
        )
        return look(request, self.images, self.head, self.session.git, self.session.registry)


def begin(c: Context, wanted: Wanted) -> Begun:
    """Read the settings, with the flags laid over them, and what is committed."""
    found = start(c)
    settings = found.settings
    settings = replace(
        settings,
        platform=wanted.platform or settings.platform,
        builder=_builder(wanted.builder) or settings.builder,
        builder_name=wanted.builder_name or settings.builder_name,
        cache=wanted.cache or settings.cache,
    )
    session = replace(found, settings=settings)
    propose = proposing(session, pr=wanted.pr, no_commit=wanted.no_commit, dry_run=wanted.dry_run)
    session.registry.prepare()
    with session.console.step("look"):
        if not wanted.dry_run:
            scratch.sweep(session.git)
        head = preflight.head(session.git)
        images = load(CommitTree(session.git, head), settings)
    return Begun(session=session, propose=propose, images=images, head=head)


def build_hub(c: Context, image: str, wanted: Wanted) -> None:
    """Build, prove and push one hub image; record the production image's tag."""
    begun = begin(c, wanted)
    session, images = begun.session, begun.images
    key = image or _which(images, session.settings.experiment)
    push = wanted.push or (not image and _push(images, key, yes=wanted.yes))
    with session.console.step("preflight"):
        plan = begun.plan(images.named(key), wanted, push=push)
        for warning in (*preflight.unpushed(plan, session.git), *preflight.warnings(plan)):
            session.console.warn(warning)
        edit = building.to_record(plan, begun.propose)
        if wanted.dry_run:
            build_text.show_plan(session, plan, edit, pr=wanted.pr)
            if wanted.json:
                emit(expected(plan, values_changed=edit is not None))
            return
        for warning in preflight.tag(plan, session.registry):
            session.console.warn(warning)
        builder = None
        if not plan.there:
            from hubimages.builds.builder import choose

            builder = choose(plan.request.asked, session.engine)
    settle_uncommitted(plan.uncommitted, yes=wanted.yes)
    result = building.carry_out(session, plan, builder, propose=begun.propose)
    build_text.tell(session, plan, result, pr=wanted.pr)
    if wanted.json:
        emit(result)


def _builder(flag: str) -> BuilderChoice | None:
    """Return what --builder says, or None where it was not given."""
    known = {str(choice): choice for choice in get_args(BuilderChoice)}
    if flag and flag not in known:
        raise BadConfiguration(f"--builder {flag} is not known.", fix=f"one of {', '.join(known)}")
    return known.get(flag)


def _which(images: Images, default: str) -> str:
    """Ask which image; each is shown with what building it can reach."""
    choices = [
        Choice(
            image.key,
            f"{image.key} (production: its tag goes into {image.values_file}, every hub gets it)"
            if images.is_production(image)
            else f"{image.key} (experimental: no hub changes until experiment.try)",
        )
        for image in (images.production, *images.experiments)
    ]
    return ask.select("--image", "Which image?", choices, default=default)


def _push(images: Images, key: str, *, yes: bool) -> bool:
    """Ask whether to push; only reached where the image was asked for too."""
    if yes:
        return False
    image = images.named(key)
    after = f" and record its tag in {image.values_file}" if images.is_production(image) else ""
    choices = [
        Choice("no", "no: build and prove it here, and change nothing else"),
        Choice("yes", f"yes: push it to {image.name}{after}"),
    ]
    return ask.select("--push", "Push it once it is proven?", choices) == "yes"


def settle_uncommitted(paths: tuple[str, ...], *, yes: bool) -> None:
    """Ask about changes that are not in the build; without a terminal that is a refusal."""
    if not paths:
        return
    refusal = preflight.NotInTheBuild(paths)
    if not ask.interactive():
        raise refusal
    console.warn(refusal.what)
    if not yes and not ask.agreed("Go on with the commit, without them?", default=False):
        raise refusal

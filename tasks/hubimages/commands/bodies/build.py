"""What build-hub does: asks, shows the steps, and calls hubimages.builds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from invoke.context import Context

from hubimages import scratch
from hubimages.builds import preflight
from hubimages.builds.plan import Plan, Request, Result, expected, look
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.boundary import console
from hubimages.commands.session import Session, emit, show, start
from hubimages.config import BuilderChoice
from hubimages.errors import BadConfiguration
from hubimages.images import Images, load
from hubimages.process import quoted
from hubimages.registry import Image as Pushed
from hubimages.registry import Unknown
from hubimages.tree import CommitTree

if TYPE_CHECKING:
    from hubimages.edits import Edit

# What only a real build or a recording needs is imported there: a build of what is in the
# registry already is the usual case in CI, and has to be faster than chartpress's.


def build_hub(
    c: Context,
    *,
    image: str,
    push: bool,
    platform: str,
    builder: str,
    dry_run: bool,
    no_commit: bool,
    yes: bool,
    json: bool,
) -> None:
    """Build, prove and push one hub image; record the production image's tag."""
    session = start(c)
    settings = session.settings
    session.registry.prepare()
    with session.console.step("look"):
        if not dry_run:
            scratch.sweep(session.git)
        head = preflight.head(session.git)
        images = load(CommitTree(session.git, head), settings)
    key = image or _which(images, settings.experiment)
    request = Request(
        image=images.named(key),
        push=push or (not image and _push(images, key, yes=yes)),
        platform=platform or settings.platform,
        builder=_builder(builder) or settings.builder,
        commit=not no_commit,
    )
    with session.console.step("preflight"):
        plan = look(request, images, head, session.git, session.registry)
        for warning in preflight.warnings(plan, session.git):
            session.console.warn(warning)
        edit = _recording(session, plan) if request.push or plan.there else None
        if dry_run:
            return _show(session, plan, edit, as_json=json)
        for warning in preflight.tag(plan, session.registry):
            session.console.warn(warning)
        chosen = "" if plan.there else _chosen(session, request)
    _settle_uncommitted(plan, yes=yes)
    result = _carry_out(session, plan, chosen)
    _tell(session, plan, result)
    if json:
        emit(result)
    return None


def _chosen(session: Session, request: Request) -> str:
    return preflight.builder(request.builder, request.platform, session.engine)


def _carry_out(session: Session, plan: Plan, builder: str) -> Result:
    """Do what the plan says, and return what was done."""
    result = expected(plan, values_changed=False)
    if plan.there:
        session.console.say(
            f"{plan.full_name} is in the registry already: nothing to build or push."
        )
    else:
        from hubimages.builds import run

        tools = run.Tools(
            git=session.git,
            engine=session.engine,
            registry=session.registry,
            console=session.console,
        )
        made = run.build(plan, builder, tools)
        result = replace(result, digest=made.digest, built=made.built, pushed=made.pushed)
    # only what the registry has is recorded: a tag that nobody can pull stops every hub
    edit = _recording(session, plan) if result.digest else None
    if edit:
        _record(session, plan, edit)
    return replace(result, values_changed=edit is not None)


def _recording(session: Session, plan: Plan) -> Edit | None:
    if not plan.records:
        return None
    from hubimages.builds import record

    return record.recording(plan, session.git)


def _record(session: Session, plan: Plan, edit: Edit) -> None:
    from hubimages.builds import record

    with session.console.step("record"):
        record.record(plan, edit, session.git)
        session.console.detail(f"{edit.path}: tag {plan.tag.text}")
    session.console.did(f"recorded the tag in {edit.path}")


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


def _settle_uncommitted(plan: Plan, *, yes: bool) -> None:
    """Ask about changes that are not in the build; without a terminal that is a refusal."""
    if not plan.uncommitted:
        return
    refusal = preflight.NotInTheBuild(plan.uncommitted)
    if not ask.interactive():
        raise refusal
    console.warn(refusal.what)
    if not yes and not ask.agreed("Go on with the commit, without them?", default=False):
        raise refusal


def _show(session: Session, plan: Plan, edit: Edit | None, *, as_json: bool) -> None:
    """Show the plan of a dry run."""
    say = session.console.say
    match plan.registry:
        case Pushed(digest=digest):
            say(f"{plan.full_name} is in the registry: {digest}")
        case Unknown(why=why):
            say(f"{plan.full_name}: unknown whether the registry has it. {why}")
        case _:
            say(f"{plan.full_name} is not in the registry.")
    for path in plan.uncommitted:
        say(f"not in the build, since it is not committed: {path}")
    for line in _commands(session, plan):
        say(f"would run: {line}")
    if edit:
        show(edit)
    if as_json:
        emit(expected(plan, values_changed=edit is not None))


def _commands(session: Session, plan: Plan) -> list[str]:
    """Return the commands of a build as a person would type them."""
    if plan.there:
        return []
    from hubimages.chartpress import argv

    builder = preflight.likely_builder(plan, session.engine)
    found = [quoted(argv(builder, plan.request.platform))]
    return [*found, quoted(["docker", "push", plan.full_name])] if plan.request.push else found


def _tell(session: Session, plan: Plan, result: Result) -> None:
    """Say what there is now, and what comes next."""
    say = session.console.say
    say()
    say(f"{result.name}:{result.tag}")
    if plan.records:
        _tell_production(session, plan, result)
    elif result.digest:
        say(
            f"next: invoke experiment.try --hub CLUSTER/HUB --image {plan.image.key} --tag {result.tag}"
        )
    else:
        say(f"not pushed; next: invoke build-hub --image {plan.image.key} --push")


def _tell_production(session: Session, plan: Plan, result: Result) -> None:
    say = session.console.say
    where = plan.image.values_file
    if not result.digest:
        say(
            f"not pushed, so {where} is as it was; next: invoke build-hub --image {plan.image.key} --push"
        )
    elif not result.values_changed:
        say(f"{where} names it already: nothing to record")
    elif plan.request.commit:
        say(f"recorded in {where} and committed; next: git push, and deploy")
    else:
        say(f"recorded in {where}, not committed; next: git commit --only {where}")

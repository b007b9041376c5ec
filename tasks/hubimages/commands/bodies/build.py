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
from hubimages.commands.proposing import Proposing, proposing
from hubimages.commands.session import Session, emit, show, start
from hubimages.config import BuilderChoice
from hubimages.errors import BadConfiguration
from hubimages.images import Images, load
from hubimages.process import quoted
from hubimages.registry import Image as Pushed
from hubimages.registry import Unknown
from hubimages.tree import CommitTree

if TYPE_CHECKING:
    from hubimages.builds.run import Approve
    from hubimages.edits import Edit

_AFTER = "invoke deploy --all"

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
    pr: bool,
    yes: bool,
    json: bool,
) -> None:
    """Build, prove and push one hub image; record the production image's tag."""
    session = start(c)
    settings = session.settings
    propose = proposing(session, pr=pr, no_commit=no_commit, dry_run=dry_run)
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
        for warning in (*preflight.unpushed(plan, session.git), *preflight.warnings(plan)):
            session.console.warn(warning)
        edit = _planned(plan, propose) if request.push or plan.there else None
        if dry_run:
            return _show(session, plan, edit, pr=pr, as_json=json)
        for warning in preflight.tag(plan, session.registry):
            session.console.warn(warning)
        chosen = "" if plan.there else _chosen(session, request)
    _settle_uncommitted(plan, yes=yes)
    result = carry_out(session, plan, chosen, propose=propose)
    _tell(session, plan, result, pr=pr)
    if json:
        emit(result)
    return None


def _chosen(session: Session, request: Request) -> str:
    return preflight.builder(request.builder, request.platform, session.engine)


def carry_out(
    session: Session,
    plan: Plan,
    builder: str,
    *,
    approve: Approve | None = None,
    trailer: str = "",
    propose: Proposing | None = None,
) -> Result:
    """Do what the plan says, and return what was done.

    approve is shown what is installed in a new image before it is pushed; trailer ends the
    message of the commit that records it; propose says where that commit goes.
    """
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
        made = run.build(plan, builder, tools, approve)
        result = replace(result, digest=made.digest, built=made.built, pushed=made.pushed)
    # only what the registry has is recorded: a tag that nobody can pull stops every hub
    if not result.digest or not plan.records:
        return result
    with (propose or Proposing(session=session))(_slug(plan), then=_AFTER) as inner:
        recorded = record_tag(inner, plan, trailer)
    return replace(result, values_changed=recorded)


def _slug(plan: Plan) -> str:
    return f"build-hub-{plan.image.key}-{plan.tag.text}"


def _branch(plan: Plan) -> str:
    from hubimages import proposals

    return proposals.name(_slug(plan))


def _planned(plan: Plan, propose: Proposing) -> Edit | None:
    """Return the recording to come; raises where it would stop the command."""
    if not plan.records:
        return None
    with replace(propose, dry_run=True)(_slug(plan)) as session:
        return _recording(session, plan)


def _recording(session: Session, plan: Plan) -> Edit | None:
    if not plan.records:
        return None
    from hubimages.builds import record

    return record.recording(plan, session.git)


def record_tag(session: Session, plan: Plan, trailer: str = "") -> bool:
    """Record the production image's tag in values.yaml; return whether there was anything to do."""
    edit = _recording(session, plan)
    if edit is None:
        return False
    from hubimages.builds import record

    with session.console.step("record"):
        record.record(plan, edit, session.git, trailer)
        session.console.detail(f"{edit.path}: tag {plan.tag.text}")
    session.console.did(f"recorded the tag in {edit.path}")
    return True


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


def _show(session: Session, plan: Plan, edit: Edit | None, *, pr: bool, as_json: bool) -> None:
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
    if edit and pr:
        say(
            f"would commit on branch {_branch(plan)}, push it and open a pull request, or update it"
        )
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


def _tell(session: Session, plan: Plan, result: Result, *, pr: bool) -> None:
    """Say what there is now, and what comes next."""
    say = session.console.say
    say()
    say(f"{result.name}:{result.tag}")
    if plan.records:
        _tell_production(session, plan, result, pr=pr)
    elif result.digest:
        say(
            f"next: invoke experiment.try --hub CLUSTER/HUB --image {plan.image.key} --tag {result.tag}"
        )
    else:
        say(f"not pushed; next: invoke build-hub --image {plan.image.key} --push")
    if pr and not (plan.records and result.digest):
        say("nothing was recorded, so no pull request was opened")


def _tell_production(session: Session, plan: Plan, result: Result, *, pr: bool) -> None:
    say = session.console.say
    where = plan.image.values_file
    if not result.digest:
        say(
            f"not pushed, so {where} is as it was; next: invoke build-hub --image {plan.image.key} --push"
        )
    elif not result.values_changed:
        say(f"{where} names it already: nothing to record")
    elif pr:
        say(f"recorded in {where} on the branch of the pull request; once it is merged: {_AFTER}")
    elif plan.request.commit:
        say(f"recorded in {where} and committed; next: git push, and {_AFTER}")
    else:
        say(f"recorded in {where}, not committed; next: git commit --only {where}")

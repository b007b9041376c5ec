"""What build-hub says: of a dry run, and of what there is at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubimages.builds.plan import Plan, Result
from hubimages.commands.bodies.building import AFTER, slug, there
from hubimages.commands.session import Session, show
from hubimages.redaction import quoted
from hubimages.registry import Image as Pushed
from hubimages.registry import Unknown

if TYPE_CHECKING:
    from hubimages.edits import Edit


def show_plan(session: Session, plan: Plan, edit: Edit | None, *, pr: bool) -> None:
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
        from hubimages import proposals

        branch = proposals.name(slug(plan))
        say(f"would commit on branch {branch}, push it and open a pull request, or update it")


def _commands(session: Session, plan: Plan) -> list[str]:
    """Return the commands of a build as a person would type them."""
    if plan.there:
        return []
    from hubimages.builds import builder, cache
    from hubimages.chartpress import argv

    chosen = builder.likely(plan.request.asked, lambda: session.engine)
    unset = [word for name, value in chosen.env.items() if value is None for word in ("-u", name)]
    given = [f"{name}={value}" for name, value in chosen.env.items() if value is not None]
    leading = ["env", *unset, *given] if chosen.env else []
    found = [quoted([*leading, *argv(chosen.program, plan.request.platform)])]
    if plan.request.cache:
        place = cache.reference(plan.image, plan.request.platform)
        found[0] += f" (its layer cache: {place})"
    if not plan.request.push:
        return found
    docker = ["docker", "--context", chosen.name] if "DOCKER_CONTEXT" in chosen.env else ["docker"]
    return [*found, quoted([*docker, "push", plan.full_name])]


def tell(session: Session, plan: Plan, result: Result, *, pr: bool) -> None:
    """Say what there is now, and what comes next."""
    say = session.console.say
    say()
    say(f"{result.name}:{result.tag}")
    say(after(plan, result, pr=pr))
    if pr and not (plan.records and result.digest):
        say("nothing was recorded, so no pull request was opened")


def after(plan: Plan, result: Result, *, pr: bool) -> str:
    """Return what comes next for an image, in a line."""
    key = plan.image.key
    if plan.records:
        return _after_production(plan, result, pr=pr)
    if result.digest:
        return f"next: invoke experiment.try --hub CLUSTER/HUB --image {key} --tag {result.tag}"
    return f"not pushed; next: invoke build-hub --image {key} --push"


def _after_production(plan: Plan, result: Result, *, pr: bool) -> str:
    where = plan.image.values_file
    if not result.digest:
        again = f"invoke build-hub --image {plan.image.key} --push"
        return f"not pushed, so {where} is as it was; next: {again}"
    if not result.values_changed:
        return f"{where} names it already: nothing to record"
    if pr:
        return f"recorded in {where} on the branch of the pull request; once it is merged: {AFTER}"
    if plan.request.commit:
        return f"recorded in {where} and committed; next: git push, and {AFTER}"
    return f"recorded in {where}, not committed; next: git commit --only {where}"


def summary(plan: Plan, result: Result) -> str:
    """Return what was done about one of several images, in a line."""
    if plan.there:
        return f"{there(plan)}"
    done = "built and pushed" if result.built and result.pushed else ""
    done = done or ("built" if result.built else "pushed" if result.pushed else "built before")
    return f"{plan.full_name} {done}"

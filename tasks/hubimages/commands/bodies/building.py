"""Having an image built, and its tag recorded: what build-hub and a promotion do alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hubimages.builds.plan import Plan, Result, expected
from hubimages.commands.proposing import Proposing
from hubimages.commands.session import Session

if TYPE_CHECKING:
    from hubimages.builds.builder import Builder
    from hubimages.builds.run import Approve, Made
    from hubimages.builds.tools import Tools
    from hubimages.edits import Edit

AFTER = "invoke deploy --all"

# What only a real build or a recording needs is imported there: a build of what is in the
# registry already is the usual case in CI, and has to be faster than chartpress's.


def carry_out(
    session: Session,
    plan: Plan,
    builder: Builder | None,
    *,
    approve: Approve | None = None,
    trailer: str = "",
    propose: Proposing | None = None,
) -> Result:
    """Do what the plan says, and return what was done; without a builder nothing is built.

    approve is shown what is installed in a new image before it is pushed; trailer ends the
    message of the commit that records it; propose says where that commit goes.
    """
    made = None
    if builder is None:
        session.console.say(f"{there(plan)}: nothing to build or push.")
    else:
        from hubimages.builds import run

        made = run.build(plan, builder, tools(session), approve)
    return recorded(session, plan, made, trailer=trailer, propose=propose)


def there(plan: Plan) -> str:
    """Return how people are told that there is nothing to build."""
    return f"{plan.full_name} is in the registry already"


def tools(session: Session) -> Tools:
    """Return what a build of this session works with."""
    from hubimages.builds.tools import Tools

    return Tools(
        git=session.git, engine=session.engine, registry=session.registry, console=session.console
    )


def recorded(
    session: Session,
    plan: Plan,
    made: Made | None,
    *,
    trailer: str = "",
    propose: Proposing | None = None,
) -> Result:
    """Record what was made, or is there, where it is production's; return what was done."""
    result = expected(plan, values_changed=False)
    if made:
        result = replace(result, digest=made.digest, built=made.built, pushed=made.pushed)
    # only what the registry has is recorded: a tag that nobody can pull stops every hub
    if not result.digest or not plan.records:
        return result
    with (propose or Proposing(session=session))(slug(plan), then=AFTER) as inner:
        changed = record_tag(inner, plan, trailer)
    return replace(result, values_changed=changed)


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


def to_record(plan: Plan, propose: Proposing) -> Edit | None:
    """Return the recording to come, if any; raises where it would stop the command."""
    if not plan.records or not (plan.request.push or plan.there):
        return None
    with replace(propose, dry_run=True)(slug(plan)) as session:
        return _recording(session, plan)


def slug(plan: Plan) -> str:
    """Return the name of a recording's branch, without its prefix."""
    return f"build-hub-{plan.image.key}-{plan.tag.text}"


def _recording(session: Session, plan: Plan) -> Edit | None:
    if not plan.records:
        return None
    from hubimages.builds import record

    return record.recording(plan, session.git)

"""What rollback does: find what a hub ran before, bring it back in git, and deploy it."""

from __future__ import annotations

from collections.abc import Sequence

from invoke.context import Context

from hubimages import candidates, fleet, images
from hubimages.agreement import BaseMismatch
from hubimages.commands import ask
from hubimages.commands.bodies import deploying
from hubimages.commands.bodies.elsewhere import refuse_for_another
from hubimages.commands.bodies.scoping import Scope
from hubimages.commands.common import NotInRegistry, carry_out, is_in_registry, unless_forced
from hubimages.commands.proposing import proposing, tell_next
from hubimages.commands.session import Session, start
from hubimages.fleet import Hub
from hubimages.images import Images
from hubimages.reference import Reference
from hubimages.rollbacks import look, plan
from hubimages.rollbacks.look import Back, NothingBefore


def rollback(
    c: Context,
    *,
    scope: Scope,
    tag: str,
    canary: str,
    context: str,
    force: bool,
    dry_run: bool,
    no_commit: bool,
    pr: bool,
    yes: bool,
) -> None:
    """Give hubs the image that they had before, from git's history, and deploy them."""
    outer = start(c)
    refuse_for_another(outer.settings, canary=canary, context=context)
    propose = proposing(outer, pr=pr, no_commit=no_commit, dry_run=dry_run)
    scope = scope.named(fleet.load(outer.work_tree, outer.settings))
    deploy = f"invoke deploy {scope.flags}"
    with propose(f"rollback-{scope.slug}", then=deploy) as session:
        found = images.load(session.work_tree, session.settings)
        hubs = fleet.load(session.work_tree, session.settings)
        backs = _looked(session, scope.of(hubs, canary), tag)
        left = [back for back in backs if not back.done]
        _about(session, found, left, force=force, dry_run=dry_run)
        planned, shared = plan.plan(session.git, hubs, found, left, commit=not no_commit)
        plan.verify(session.git, hubs, left, planned, shared)
        for path, others in shared.items():
            reach = ", ".join(others[:8])
            session.console.warn(f"{path} is shared: the edit reaches {reach} too.")
        if shared and ask.interactive():
            ask.confirm("Change the hubs named above too?", yes=yes or dry_run, default=False)
        if planned:
            carry_out(
                session,
                planned,
                look.message(left),
                dry_run=dry_run,
                commit=not no_commit,
                yes=yes,
            )
        for back in left:
            own = (edit for edit in planned if edit.path in back.hub.values_files)
            if any(back.before[1] in (edit.after or "") for edit in own):
                session.console.say(
                    f"{back.hub.name} keeps this image whatever the chart gets; to follow the chart again: "
                    f"invoke experiment.stop --hub {back.hub.name}"
                )
        if dry_run or pr or no_commit:
            tell_next(session, deploy)
            return
    deploying.deploy(
        c,
        scope=scope,
        canary=canary,
        context=context,
        force=False,
        dry_run=False,
        yes=yes,
        json=False,
    )


def _looked(session: Session, scope: Sequence[Hub], tag: str) -> list[Back]:
    """Look at each hub; of several, those without anything before are told and left."""
    found = []
    for hub in scope:
        try:
            back = look.look(session.git, hub, session.settings, tag)
        except NothingBefore as failure:
            if len(scope) == 1:
                raise
            session.console.warn(f"{failure.what} It stays as it is.")
            continue
        found.append(back)
        if back.done:
            session.console.say(
                f"{hub.name} was rolled back to {':'.join(back.now)} already ({back.done[:12]}); "
                "--tag TAG goes further back"
            )
        else:
            until = f", as until {back.until[:12]}" if back.until else ""
            session.console.say(
                f"{hub.name}: {':'.join(back.now)} → {':'.join(back.before)}{until}"
            )
    return found


def _about(
    session: Session, found: Images, backs: Sequence[Back], *, force: bool, dry_run: bool
) -> None:
    """Refuse an image that its registry does not have, or that does not fit the hub's chart."""
    for name, tag in dict.fromkeys(back.before for back in backs):
        absent = NotInRegistry(
            f"{name}:{tag} is not in its registry (any more), so no hub could start with it.",
            fix="add --tag TAG, to go back to another one",
        )
        reference = Reference.parse(name).with_tag(tag)
        is_in_registry(session, reference, f"{name}:{tag}", absent, force=force, dry_run=dry_run)
    for back in backs:
        image = next(
            (one for one in (found.production, *found.experiments) if one.name == back.before[0]),
            None,
        )
        if image and not dry_run:
            verdict = candidates.fits(
                session.git, back.hub, image, back.before[1], session.registry, session.settings
            )
            if isinstance(verdict, BaseMismatch):
                unless_forced(session, verdict, force=force)

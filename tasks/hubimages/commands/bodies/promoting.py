"""The steps of a promotion: each is a commit, and each is left out where it was taken already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubimages import edits, fleet, pins
from hubimages.builds import plan as builds
from hubimages.builds import preflight, record
from hubimages.builds.builder import Builder, choose
from hubimages.builds.plan import Request, Result
from hubimages.commands.bodies import building
from hubimages.commands.bodies.approval import Approval
from hubimages.commands.common import commit
from hubimages.commands.proposing import tell_next
from hubimages.commands.session import Session
from hubimages.images import load
from hubimages.lifecycle.changes import same
from hubimages.listing import Lister
from hubimages.promotion import bits, messages, trail
from hubimages.promotion.moves import between
from hubimages.promotion.plan import Plan, StillDifferent, StillOnTrial
from hubimages.registry import Image as Pushed
from hubimages.tree import CommitTree


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One run of a promotion; message is that of the commit that moves the pins."""

    session: Session
    plan: Plan
    message: str
    push: bool
    same_bits: bool
    accept_drift: bool

    def preflight(self, head: str) -> None:
        """Refuse now what would stop a later step; raises what build-hub's own preflight does."""
        git, production = self.session.git, self.plan.production
        foreign = [path for path in git.changed(production.inputs) if path not in self.plan.edited]
        if foreign:
            raise preflight.NotInTheBuild(tuple(foreign))
        if git.identity() is None:
            raise edits.NoIdentity
        if self.plan.record is None:
            return
        plan = self._building(head)
        for warning in (*preflight.warnings(plan), *preflight.behind(git)):
            self.session.console.warn(warning)
        if self.push:
            preflight.rights(self.session.registry, plan)
        if not self.same_bits:
            self._builder(plan)
            self._approval(undo="nothing is committed yet").tried_is_there()
        elif not self.push:
            raise bits.NeedsPush
        else:
            self._tried(head)

    def carry_out(self) -> None:
        """Take each step that is left, and look again at the end."""
        begun = [step.commit for step in self.plan.begun]
        made = [
            commit(self.session, planned, message)
            for planned, message in (
                (self.plan.pins, self.message),
                (self.plan.refresh, messages.refreshed(self.plan)),
            )
            if planned
        ]
        result = self._image([*reversed(made), *begun])
        if result and not result.digest:
            self._tell_not_pushed([*reversed(made), *begun])
            return
        if result and result.values_changed:
            made.append(self.session.git.ask("rev-parse", "HEAD"))
        if self.plan.endings:
            made.append(commit(self.session, self.plan.endings, messages.ended(self.plan)))
        self._verify()
        self._tell([*reversed(made), *begun])

    # --- the image -------------------------------------------------------------------------

    def _building(self, head: str) -> builds.Plan:
        settings = self.session.settings
        images = load(CommitTree(self.session.git, head), settings)
        request = Request(
            image=images.production,
            push=self.push,
            platform=settings.platform,
            builder=settings.builder,
            commit=True,
            builder_name=settings.builder_name,
            cache=settings.cache,
        )
        return builds.look(request, images, head, self.session.git, self.session.registry)

    def _builder(self, plan: builds.Plan) -> Builder:
        return choose(plan.request.asked, self.session.engine)

    def _image(self, commits: Sequence[str]) -> Result | None:
        """Build, push and record production's image; None where values.yaml names it already."""
        session = self.session
        plan = self._building(session.git.ask("rev-parse", "HEAD"))  # as of the steps before
        if record.recording(plan, session.git) is None:
            return None
        if self.same_bits:
            return self._copied(plan)
        with session.console.step("preflight"):
            for warning in preflight.tag(plan, session.registry):
                session.console.warn(warning)
            builder = None if plan.there else self._builder(plan)
        undo = trail.undo(session.git, commits) if commits else "nothing is committed yet"
        approval = self._approval(undo)
        if isinstance(plan.registry, Pushed):
            approval.of_pushed(plan, plan.registry)
        trailer = trail.trailer(self.plan.tried)
        return building.carry_out(
            session, plan, builder, approve=approval.of_packages, trailer=trailer
        )

    def _approval(self, undo: str) -> Approval:
        return Approval(self.session, self.plan, undo, accept=self.accept_drift)

    def _tried(self, head: str) -> bits.Tried:
        session = self.session
        return bits.find(
            self.plan, head, session.git, session.registry, session.engine, session.settings
        )

    def _copied(self, plan: builds.Plan) -> Result:
        """Copy the tried image to production's name and tag, and record it."""
        console = self.session.console
        with console.step("copy"):
            tried = self._tried(plan.head)
            copied = bits.copy(self.session.registry, tried, plan.reference)
            console.did(f"copied {tried.reference} to {plan.full_name}")
            console.detail(
                f"✓ {plan.full_name} is {tried.reference}, the same digest {copied.digest}"
            )
        changed = building.record_tag(self.session, plan, trail.trailer(self.plan.tried))
        return replace(
            builds.expected(plan, values_changed=changed),
            digest=copied.digest,
            built=False,
            pushed=not copied.already,
        )

    # --- at the end ------------------------------------------------------------------------

    def _verify(self) -> None:
        """Look again: what was promoted differs no more; raises StillDifferent."""
        images = load(CommitTree(self.session.git), self.session.settings)
        image = images.named(self.plan.experiment.key)
        moves = between(image, images.production)
        lister = Lister(CommitTree(self.session.git))
        hubs = fleet.load(self.session.work_tree, self.session.settings)
        for hub in map(hubs.named, self.plan.hubs):
            runs = lister.describe(hub).hub_image
            if runs and runs.name == image.name:
                raise StillOnTrial(hub.name, f"{runs.name}:{runs.tag}", runs.source)
        meant = {change.pin.text for change in self.plan.moves.left}
        if any(change.pin.text not in meant for change in moves.promoted):
            raise StillDifferent(images, image, moves)
        if not meant and same(pins.of(image), pins.of(images.production)):
            said = f"✓ {image.key} and {images.production_key} have the same pins"
            self.session.console.detail(said)

    def _tell_not_pushed(self, commits: Sequence[str]) -> None:
        say = self.session.console.say
        say()
        say(f"not pushed, so {self.plan.production.values_file} and the trials are as they were")
        say(f"next: invoke experiment.promote --image {self.plan.experiment.key} --push")
        if commits:
            say(f"to undo: {trail.undo(self.session.git, commits)}")

    def _tell(self, commits: Sequence[str]) -> None:
        self.session.console.say()
        for line in messages.done(self.plan):
            self.session.console.say(line)
        tell_next(self.session, messages.AFTER, pushed=True)
        if commits:
            self.session.console.say(f"to undo: {trail.undo(self.session.git, commits)}")

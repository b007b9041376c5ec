"""Comparing a new production image with the one that was tried, and asking where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hubimages.builds.plan import Plan as BuildPlan
from hubimages.builds.proof import Package
from hubimages.commands import ask
from hubimages.commands.session import Session
from hubimages.errors import Failure
from hubimages.promotion import drift
from hubimages.promotion.drift import Drifted, NotCompared
from hubimages.promotion.plan import Plan
from hubimages.reference import Reference
from hubimages.registry import Image as Pushed
from hubimages.registry import NotThere, Unknown


@dataclass(frozen=True)
class Approval:
    """What a promotion says to the image that it is about to push or record."""

    session: Session
    plan: Plan
    undo: str  # the command that takes back what is committed so far
    accept: bool

    def of_pushed(self, plan: BuildPlan, found: Pushed) -> None:
        """Compare an image that is in the registry already, pushed by a run that was killed."""
        tried = self._tried()
        if isinstance(tried, Pushed) and tried.digest == found.digest:
            return
        platform = plan.request.platform
        self.of_packages(drift.packages(self.session.engine, plan.full_name, platform, found))

    def tried_is_there(self) -> None:
        """Raise NotCompared where neither the engine nor the registry has the tried image."""
        tried = self.plan.tried
        if not self.accept and self.session.engine.image(tried) is None:
            answer = self._tried()
            if isinstance(answer, NotThere):
                raise NotCompared(tried, f"{tried} is not in its registry (any more).", self.undo)

    def _tried(self) -> Pushed | NotThere | Unknown:
        reference = Reference.parse(self.plan.tried)
        return self.session.registry.inspect(reference, self.session.settings.platform)

    def of_packages(self, new: Sequence[Package]) -> None:
        """Raise Drifted or NotCompared where there is a difference that is not accepted."""
        say, tried = self.session.console.say, self.plan.tried
        with self.session.console.step("compare"):
            try:
                there = self._tried()
                found = there if isinstance(there, Pushed) else None
                platform = self.session.settings.platform
                before = drift.packages(self.session.engine, tried, platform, found)
            except Failure as failure:
                self._settle(NotCompared(tried, failure.what, self.undo))
                return
        left = [change.pin for change in self.plan.moves.left]
        differ = drift.differences(before, new, left)
        if not differ:
            say(f"beyond the promoted pins, what is installed is what {tried} has")
            return
        say("beyond the promoted pins, the tried image → the new one:")
        for difference in differ:
            say(f"  {difference}")
        self._settle(Drifted(tried, differ, self.undo))

    def _settle(self, refusal: Failure) -> None:
        console = self.session.console
        if self.accept:
            console.warn(f"going on because of --accept-drift, although: {refusal.what}")
        elif not ask.interactive():
            raise refusal
        else:
            console.warn(refusal.what)
            if not ask.agreed("Promote it all the same?", default=False):
                raise refusal

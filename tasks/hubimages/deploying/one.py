"""Deploying one hub: install, wait for the rollout, wait until people can reach it, look again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from hubimages.deploying import health, pending, standing
from hubimages.deploying.pending import Note
from hubimages.deploying.plan import Step
from hubimages.deploying.standing import Standing
from hubimages.errors import Failure
from hubimages.helm import Helm
from hubimages.interruption import Interruption
from hubimages.kubectl import Kubectl, KubectlFailed

State = Literal["deployed", "unchanged", "failed", "not begun"]


class DeployedMeanwhile(Failure):
    """A release has changed since the plan was made."""

    def __init__(self, step: Step, found: Standing) -> None:
        last = found.last
        now = f"it is at revision {last.number} ({last.status}) now" if last else "it is gone now"
        super().__init__(
            f"{step.hub.name} was deployed by another since the plan was made: {now}.",
            fix="run the same command again, which makes a new plan",
        )


class NotWhatWasPlanned(Failure):
    """After the deployment the hub runs another image than the plan said."""

    def __init__(self, step: Step, runs: str) -> None:
        super().__init__(
            f"{step.hub.name} was deployed with {step.image}, and now runs {runs}.",
            fix="find out who else deploys there, then run the same command again, with --force",
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one hub; image is what it runs now, as far as that is known."""

    step: Step
    state: State
    image: str
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True)
class Deployer:
    """Deploys hubs; say gets what a person should know of a hub on the way."""

    helm: Helm
    interruption: Interruption  # of the thread that this works in
    seconds: int
    note: str  # kept in the history of each release
    force: bool
    say: Callable[[Step, str], None]

    def deploy(self, step: Step) -> Outcome:
        """Deploy one hub; what fails is part of the outcome."""
        try:
            with pending.alone(step.release):
                done = self._install(step)
            self._verify(step)
            return Outcome(step=step, state="deployed" if done else "unchanged", image=step.image)
        except Failure as failure:
            runs = running(self.helm, step)
            return Outcome(step=step, state="failed", image=runs, failure=failure)

    def _install(self, step: Step) -> bool:
        if step.is_done and not self.force:
            self.say(step, "runs this already")
            return False
        release, seconds = step.release, self.seconds
        found = standing.look(self.helm, release)
        if found.revisions != step.standing.revisions:
            raise DeployedMeanwhile(step, found)
        if pending.settle(
            self.helm, release, found, seconds=seconds, force=self.force, now=pending.now()
        ):
            self.say(
                step, "an earlier deployment had been cut off; what it had begun is taken back"
            )
            found = standing.look(self.helm, release)
        self.say(step, f"helm upgrade, for at most {seconds} s")
        self._upgrade(step, found)
        return True

    def _upgrade(self, step: Step, found: Standing) -> None:
        note, chart = Note(step.release), step.rendered.chart
        note.put(found.last)
        try:
            with step.rendered.values.flags() as flags:
                self.helm.upgrade(step.release, chart, flags, seconds=self.seconds, note=self.note)
        except Failure:
            with suppress(Failure):
                last = standing.look(self.helm, step.release).last
                if not (last and last.pending):
                    note.remove()
            raise
        note.remove()

    def _verify(self, step: Step) -> None:
        """Look again: the rollout, the image, and the hub's own answer. Raises what is not as planned."""
        hub = step.new.hub
        if hub is None:
            return
        self._rolled_out(step, str(hub.body["metadata"]["name"]))
        if url := address(step):
            heard: set[str] = set()
            answer = health.wait(url, self.seconds, lambda said: self._tick(step, said, heard))
            version = f", JupyterHub {answer.version}" if answer.version else ""
            self.say(step, f"✓ {url} {answer.said}{version}")
        else:
            self.say(step, "cluster.yaml gives it no `domain`, so its health was not asked")
        found = standing.look(self.helm, step.release)
        if found.image != step.image:
            raise NotWhatWasPlanned(step, found.image)

    def _rolled_out(self, step: Step, deployment: str) -> None:
        """Have kubectl tell of the rollout; Helm has waited for it, so that its silence is no failure."""
        kubectl = Kubectl(self.helm.run, step.release.context, step.release.namespace)
        if not kubectl.is_there():
            self.say(step, "kubectl is not there, so the rollout is known from Helm alone")
            return
        try:
            kubectl.rollout(deployment, self.seconds)
            runs = kubectl.image(deployment, "hub")
        except KubectlFailed as failure:  # it may do less than Helm: watch, or see Deployments
            self.say(step, f"? the rollout is known from Helm alone: {failure.what}")
            return
        if runs not in (None, step.image):
            raise NotWhatWasPlanned(step, str(runs))
        self.say(step, f"✓ rolled out: {step.image}")

    def _tick(self, step: Step, said: str, heard: set[str]) -> None:
        """Say what a hub answers, once."""
        if self.interruption.is_due:
            raise KeyboardInterrupt
        if said not in heard:
            heard.add(said)
            self.say(step, f"{said}; waiting for it")


def running(helm: Helm, step: Step) -> str:
    """Return the image that a hub runs now, in words."""
    try:
        found = standing.look(helm, step.release)
    except Failure:
        return "unknown"
    if found.last and not found.last.deployed:
        return (
            f"{found.image}, or what revision {found.last.number} ({found.last.status}) has begun"
        )
    return found.image


def address(step: Step) -> str:
    """Return where a hub's health is asked, or nothing where cluster.yaml has no domain."""
    where = step.rendered.placement
    return health.address(where.domain, step.rendered.base_url) if where.domain else ""

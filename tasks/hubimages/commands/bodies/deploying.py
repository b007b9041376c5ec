"""What deploy does: look, plan, show, confirm, install, look again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from invoke.context import Context

from hubimages import fleet, kubeconfig, scratch
from hubimages.builds import preflight
from hubimages.commands import ask
from hubimages.commands.bodies import uncommitted
from hubimages.commands.bodies.elsewhere import by_another, refuse_for_another
from hubimages.commands.bodies.scoping import Scope
from hubimages.commands.boundary import Finding
from hubimages.commands.session import Session, emit, start
from hubimages.deploying import elsewhere
from hubimages.deploying.one import Deployer, Outcome, running
from hubimages.deploying.plan import Planner, Step, lines
from hubimages.deploying.rollout import Canary, Rollout, not_begun
from hubimages.fleet import Hub
from hubimages.helm import Helm
from hubimages.interruption import Interruption
from hubimages.process import Processes
from hubimages.registry.many import answers
from hubimages.rendering.render import Renderer, renderer
from hubimages.tree import WorkTree

_PLANNED_AT_ONCE = 4  # hubs; each has Helm render a few times


def deploy(
    c: Context,
    *,
    scope: Scope,
    canary: str,
    context: str,
    force: bool,
    dry_run: bool,
    yes: bool,
    json: bool,
) -> None:
    """Deploy what is committed to hubs, with Helm or the repository's own deployer."""
    session = start(c)
    refuse_for_another(session.settings, canary=canary, context=context)
    head = preflight.head(session.git)
    if not dry_run:
        scratch.sweep(session.git)
    with scratch.worktree(session.git, head, ()) as root:
        committed = WorkTree(root)
        hubs = scope.of(fleet.load(committed, session.settings), canary)
        uncommitted.settle(session, committed, hubs, yes=yes, dry_run=dry_run)
        if session.settings.deploy_command != elsewhere.HELM:
            return by_another(session, committed, hubs, dry_run=dry_run, yes=yes, json=json)
        with renderer(
            session.git.run, root, session.settings, without_secrets=dry_run
        ) as rendering:
            steps = _plan(session, rendering, hubs, context, offline=dry_run)
            for line in lines(steps):
                session.console.say(line)
            if dry_run:
                outcomes = [not_begun(step) for step in steps]
            else:
                left = [step for step in steps if force or not step.is_done]
                if left and ask.interactive():
                    ask.confirm(_question(left), yes=yes, default=False)
                outcomes = _carry_out(session, steps, canary, head=head, force=force)
    if json:
        emit([_as_json(outcome) for outcome in outcomes])
    if any(outcome.failure for outcome in outcomes):
        raise Finding
    return None


def _plan(
    session: Session, rendering: Renderer, hubs: Sequence[Hub], context: str, *, offline: bool
) -> tuple[Step, ...]:
    """Look at every hub before any is touched; the first refusal refuses all."""
    asking = list[Interruption]()
    planner = Planner(
        renderer=rendering,
        config=kubeconfig.load(),
        context=context,
        offline=offline,
    )

    def step(hub: Hub) -> Step:
        interruption = Interruption()
        asking.append(interruption)
        helm = Helm(Processes(interruption=interruption))
        return replace(planner, renderer=replace(rendering, helm=helm)).step(hub)

    with session.console.step("look"), _ended(asking):
        for hub in hubs:
            planner.check(hub)  # before anything that takes long
        for hub in hubs:
            rendering.staging.chart(hub)  # one at a time, since hubs share their charts
        found: dict[str, Step] = {}
        for hub, planned in answers(step, hubs, at_once=_PLANNED_AT_ONCE):
            found[hub.name] = planned
            session.console.tick("hubs", len(found), len(hubs))
    return tuple(found[hub.name] for hub in hubs)


@contextmanager
def _ended(asking: Sequence[Interruption]) -> Iterator[None]:
    """Where it is left before the end, let none of the programs that still ask live on."""
    try:
        yield
    finally:
        for interruption in asking:
            interruption.ask()
            interruption.kill()


def _question(left: Sequence[Step]) -> str:
    return f"Deploy {left[0].hub.name}?" if len(left) == 1 else f"Deploy these {len(left)} hubs?"


def _carry_out(
    session: Session, steps: Sequence[Step], canary: str, *, head: str, force: bool
) -> list[Outcome]:
    settings, console = session.settings, session.console
    alone = len(steps) == 1

    def deployer(interruption: Interruption) -> Deployer:
        run = Processes(
            echo=lambda line: console.detail(f"$ {line}"),
            line=console.progress if alone else lambda _: None,
            interruption=interruption,
        )
        return Deployer(
            helm=Helm(run),
            interruption=interruption,
            seconds=settings.deploy_timeout,
            note=f"hubimages {head[:12]}",
            force=force,
            say=lambda step, said: console.detail(said if alone else f"{step.hub.name}: {said}"),
        )

    rollout = Rollout(
        deployer=deployer,
        at_once=settings.deploy_concurrency,
        stopping=lambda: console.warn(
            "stopping: Helm takes back what it has begun; Ctrl-C again leaves that as it is"
        ),
    )
    first = Canary(
        hub=canary,
        seconds=settings.canary_wait,
        tick=lambda over, all_: console.tick(f"watching {canary}", over, all_),
    )
    outcomes: list[Outcome] = []
    with suppress(_Stopped), session.console.step("deploy"), _told(session, rollout, steps):
        outcomes += rollout.carry_out(steps, first if canary else None)
        if any(outcome.failure for outcome in outcomes):
            raise _Stopped
    _tell(session, outcomes)
    return outcomes


class _Stopped(Exception):
    """Ends a step as one that failed; what failed is told after it."""


@contextmanager
def _told(session: Session, rollout: Rollout, steps: Sequence[Step]) -> Iterator[None]:
    """After an interruption, say what every hub runs now: some are through, one may be taken back."""
    try:
        yield
    except KeyboardInterrupt:
        helm = Helm(session.git.run)
        for step in steps:
            done, runs = rollout.done.get(step.hub.name), step.standing.image
            if done:
                runs = done.image
            elif step.hub.name in rollout.begun:
                runs = running(helm, step)
            session.console.did(f"{step.hub.name} runs {runs}")
        raise


def _tell(session: Session, outcomes: Sequence[Outcome]) -> None:
    """Say what every hub runs now."""
    say, paint = session.console.say, session.console.paint
    colours = {"deployed": "green", "failed": "red", "not begun": "yellow", "unchanged": "dim"}
    width = max(len(outcome.step.hub.name) for outcome in outcomes)
    for outcome in outcomes:
        state = paint(f"{outcome.state:<9}", colours[outcome.state])
        say(f"{outcome.step.hub.name:<{width}}  {state}  {outcome.image}")
    for outcome in outcomes:
        if outcome.failure:
            session.console.error(str(outcome.failure))
    if any(outcome.failure for outcome in outcomes):
        say("once that is mended, the same command goes on with what is left")
        for outcome in outcomes:
            if outcome.failure and outcome.image == outcome.step.image:
                name = outcome.step.hub.name
                say(f"{name} runs the new image; to go back: invoke rollback --hub {name}")


def _as_json(outcome: Outcome) -> dict[str, Any]:
    step = outcome.step
    return {
        "hub": step.hub.name,
        "context": step.release.context,
        "namespace": step.release.namespace,
        "release": step.release.name,
        "old": step.standing.image,
        "new": step.image,
        "changes": step.changes,
        "state": outcome.state,
        "runs": outcome.image,
        "error": outcome.failure.what if outcome.failure else None,
    }

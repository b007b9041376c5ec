"""What comes next for an experiment: where it stands in a sentence, and the commands to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hubimages.lifecycle.standing import DAY, Dated, Experiment, Status, Trial
from hubimages.redaction import quoted

Command: TypeAlias = tuple[str, ...]
_HUB, _TAG, _REQUIREMENT = "CLUSTER/HUB", "TAG", "OWNER/REPO@REF"
_BLANKS = frozenset({_HUB, _TAG, _REQUIREMENT, "NAME"})  # for the person to fill in


@dataclass(frozen=True, kw_only=True)
class Step:
    """The first command is the one to take; the words of each begin with the task's name.

    otherwise says what to do where that is not, or not only, a command of ours.
    """

    says: str
    commands: tuple[Command, ...] = ()
    otherwise: str = ""

    @property
    def text(self) -> str:
        """What to do next, as a person types it."""
        if self.otherwise:
            return self.otherwise
        first, *others = map(typed, self.commands)
        return first + "".join(f" (or {other})" for other in others)


def typed(command: Command) -> str:
    """Return a command as a person types it, with what is to be filled in."""
    return f"invoke {quoted(command)}"


def known(command: Command) -> Command:
    """Return a command without the flags that are to be filled in; it asks for them itself."""
    words = list(command)
    for blank in _BLANKS.intersection(words):
        at = words.index(blank)
        del words[at - 1 : at + 1]
    return tuple(words)


CREATE: Command = ("experiment.create", "--image", "NAME")


def step(status: Status, one: Experiment) -> Step:
    """Return what comes next for one of the experiments."""
    image = ("--image", one.image)
    if one.problem:
        return Step(
            says=f"what differs from production cannot be told: {one.problem.what}",
            otherwise=one.problem.fix or f"correct {one.problem.path}",
        )
    promote = ("experiment.promote", *image)
    match one.stage:
        case "same":
            return _same(status, one)
        case "pinned":
            return Step(
                says=f"{_changes(one)} pinned; that {one.tag or 'its image'} is in the registry is not known",
                commands=(("build-hub", *image, "--push"),),
            )
        case "built" | "trial":
            return _to_try(one) or _on_trial(status, one)
        case "ready":
            quiet = max((t for t in one.trials if not t.outdated), key=_quiet)
            return Step(
                says=f"{_changes(one)} ready for every hub: {quiet.hub} runs it, {_days(quiet)}",
                commands=(promote,),
            )
        case "overdue":
            late = max(-(change.days_left or 0) for change in one.overdue)
            over = f"{_are(one.overdue)} {_plural(late, 'day')} over the deadline"
            return Step(
                says=f"{over}: either every hub gets it, or it goes",
                commands=(promote, ("experiment.drop", *image)),
            )


def _same(status: Status, one: Experiment) -> Step:
    made, image = status.production, ("--image", one.image)
    ahead = _names([behind.pin.package for behind in one.behind]) if one.behind else ""
    alike = f"{made.image} is ahead of it in {ahead}" if ahead else f"it has {made.image}'s pins"
    if made.tag and status.recorded != made.tag:
        says = f"{alike}; the chart's values do not record {made.image} as {made.tag} yet"
        if one.trials:
            return Step(says=says, commands=(("experiment.promote", *image, "--push"),))
        return Step(says=says, commands=(("build-hub", "--image", made.image, "--push"),))
    if one.trials:
        hubs = _names([trial.hub for trial in one.trials])
        return Step(
            says=f"{alike}, and {hubs} {'run' if one.trials[1:] else 'runs'} it still",
            commands=(("experiment.stop", "--hub", one.trials[0].hub),),
        )
    recorded = f"; {made.image} is recorded as {made.tag}, which a hub has once it is deployed"
    return Step(
        says=f"nothing is on trial; {alike}{recorded if made.tag else ''}",
        commands=(
            ("experiment.add", *image, "--requirement", _REQUIREMENT),
            *((("deploy", "--hub", _HUB),) if made.tag else ()),
        ),
    )


def _to_try(one: Experiment) -> Step | None:
    """Return the step to a trial, where a hub is to be pointed at the newest image."""
    tag = one.tag or _TAG
    flags = ("--image", one.image, "--tag", tag)
    if stale := [trial for trial in one.trials if trial.outdated]:
        return Step(
            says=f"{stale[0].hub} runs {stale[0].tag}, which has other pins than the image has now",
            commands=(("experiment.try", "--hub", stale[0].hub, *flags),),
        )
    if one.stage == "built":
        return Step(
            says=f"{_changes(one)} built as {tag}, and no hub runs it",
            commands=(("experiment.try", "--hub", _HUB, *flags),),
        )
    return None


def _on_trial(status: Status, one: Experiment) -> Step:
    """Return what to do in the week without fixes: deploy on its first day, then wait."""
    trial = max(one.trials, key=_quiet)
    says = f"{_changes(one)} on {trial.hub}"
    if trial.quiet_days == 0:
        return Step(
            says=f"{says} since less than a day; it runs there once that is deployed",
            commands=(("deploy", "--hub", trial.hub),),
        )
    if trial.quiet_from:
        ready = trial.quiet_from + status.trial_days * DAY
        says += (
            f", {_days(trial)} of {status.trial_days}; it may be promoted from {ready:%Y-%m-%d} on"
        )
    else:
        says += ", since when is not known"
    promote = typed(("experiment.promote", "--image", one.image))
    return Step(says=says, otherwise=f"wait for quiet days, then {promote}")


def _changes(one: Experiment) -> str:
    return _are(one.changes)


def _are(changes: Sequence[Dated]) -> str:
    names = [change.package for change in changes]
    return f"{_names(names)} {'is' if len(names) == 1 else 'are'}"


def _names(names: Sequence[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more"
    return " and ".join((", ".join(names[:-1]), names[-1])) if names[1:] else names[0]


def _quiet(trial: Trial) -> int:
    return -1 if trial.quiet_days is None or trial.outdated else trial.quiet_days


def _days(trial: Trial) -> str:
    return _plural(trial.quiet_days or 0, "quiet day")


def _plural(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"

"""What comes next, from values that are made up; on real histories see test_standing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hubimages import requirements
from hubimages.errors import BadFile
from hubimages.lifecycle.changes import Behind
from hubimages.lifecycle.standing import Experiment, Stage
from hubimages.lifecycle.step import Step, known, step, typed
from tests.report.test_status_report import change, experiment, status, trial

PROMOTE = "invoke experiment.promote --image hub-experimental"


def steps(one: Experiment, recorded: str | None = "t0") -> Step:
    return step(replace(status(one), recorded=recorded), one)


def same(*, behind: tuple[Behind, ...] = (), hubs: tuple[str, ...] = ()) -> Experiment:
    return experiment(stage="same", behind=behind, trials=tuple(trial(hub) for hub in hubs))


OLD = Behind(*requirements.parse("old==1\nold==2\n"))


@pytest.mark.parametrize(
    ("one", "recorded", "says", "text"),
    [
        (
            same(),
            "t0",
            "nothing is on trial; it has hub's pins; hub is recorded as t0, which a hub has once it "
            "is deployed",
            "invoke experiment.add --image hub-experimental --requirement OWNER/REPO@REF "
            "(or invoke deploy --hub CLUSTER/HUB)",
        ),
        (
            same(behind=(OLD,)),
            "old",
            "hub is ahead of it in old; the chart's values do not record hub as t0 yet",
            "invoke build-hub --image hub --push",
        ),
        (
            same(hubs=("a/x",)),
            "old",
            "it has hub's pins; the chart's values do not record hub as t0 yet",
            f"{PROMOTE} --push",
        ),
        (
            same(hubs=("a/x", "a/y")),
            "t0",
            "it has hub's pins, and a/x and a/y run it still",
            "invoke experiment.stop --hub a/x",
        ),
        (
            experiment(change("b"), change("a")),
            None,
            "b and a are pinned; that t1 is in the registry is not known",
            "invoke build-hub --image hub-experimental --push",
        ),
        (
            experiment(*map(change, "abcd"), stage="built"),
            None,
            "a, b and 2 more are built as t1, and no hub runs it",
            "invoke experiment.try --hub CLUSTER/HUB --image hub-experimental --tag t1",
        ),
        (
            experiment(change(), stage="built", trials=(trial("a/x", outdated=True),)),
            None,
            "a/x runs t1, which has other pins than the image has now",
            "invoke experiment.try --hub a/x --image hub-experimental --tag t1",
        ),
        (
            experiment(change(), stage="trial", trials=(trial("a/x", 0),)),
            None,
            "thing is on a/x since less than a day; it runs there once that is deployed",
            "invoke deploy --hub a/x",
        ),
        (
            experiment(change(), stage="trial", trials=(trial("a/x", 1), trial("a/y", 3))),
            None,
            "thing is on a/y, 3 quiet days of 7; it may be promoted from 2024-02-05 on",
            f"wait for quiet days, then {PROMOTE}",
        ),
        (
            experiment(change(), stage="trial", trials=(trial("a/x", None),)),
            None,
            "thing is on a/x, since when is not known",
            f"wait for quiet days, then {PROMOTE}",
        ),
        (
            experiment(change(), stage="ready", trials=(trial("a/x", 8),)),
            None,
            "thing is ready for every hub: a/x runs it, 8 quiet days",
            PROMOTE,
        ),
        (
            experiment(change("late", ago=30), change("new"), stage="overdue"),
            None,
            "late is 2 days over the deadline: either every hub gets it, or it goes",
            f"{PROMOTE} (or invoke experiment.drop --image hub-experimental)",
        ),
    ],
)
def test_a_sentence_and_a_command(
    one: Experiment, recorded: str | None, says: str, text: str
) -> None:
    found = steps(one, recorded)
    assert (found.says, found.text) == (says, text)


def test_what_cannot_be_read_is_to_be_corrected() -> None:
    problem = BadFile("a/requirements.txt", "is not there.")
    found = steps(replace(same(), problem=problem))
    assert found.commands == ()
    assert "a/requirements.txt: is not there." in found.says
    assert "a/requirements.txt" in found.text


@pytest.mark.parametrize("stage", ["same", "pinned", "built", "trial", "ready", "overdue"])
def test_every_stage_has_a_step(stage: Stage) -> None:
    one = experiment(change(ago=30), stage=stage, trials=(trial(),))
    found = steps(one)
    assert found.says
    assert found.text


def test_what_is_to_be_filled_in_is_left_for_the_command_to_ask() -> None:
    (command,) = steps(experiment(change(), stage="built")).commands
    assert "--hub CLUSTER/HUB" in typed(command)
    assert known(command) == ("experiment.try", "--image", "hub-experimental", "--tag", "t1")
    assert known(("deploy", "--hub", "a/x")) == ("deploy", "--hub", "a/x")

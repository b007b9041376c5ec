"""Whether a trial was long enough, and what the refusal says."""

from __future__ import annotations

import pytest

from hubimages.lifecycle.standing import Experiment, Production, Status, Trial
from hubimages.promotion import quiet
from tests.lifecycle.lives import day

TAG = "0.0.1-0.dev.git.3.hcccccccc"


def trial(days: int | None, hub: str = "a/b", *, outdated: bool = False, tag: str = TAG) -> Trial:
    return Trial(hub=hub, tag=tag, since=None, quiet_from=None, quiet_days=days, outdated=outdated)


def standing(*trials: Trial) -> tuple[Status, Experiment]:
    one = Experiment(
        image="exp",
        name="q/exp",
        tag=TAG,
        stage="trial",
        changes=(),
        trials=trials,
        behind=(),
        notes=(),
    )
    production = Production(image="hub", name="q/hub", tag=None, pins=())
    status = Status(
        now=day(0), trial_days=7, deadline_days=28, production=production, experiments=(one,)
    )
    return status, one


@pytest.mark.parametrize(
    ("trials", "said", "fix"),
    [
        ((), "No hub runs exp", "experiment.try"),
        (
            (trial(9, outdated=True),),
            "other pins",
            f"experiment.try --hub a/b --image exp --tag {TAG}",
        ),
        ((trial(None),), "not known", "git fetch --unshallow"),
        ((trial(6),), "quiet for 6 of 7 days, on a/b", "wait 1 more day,"),
        ((trial(2), trial(4, "c/d")), "4 of 7 days, on c/d", "wait 3 more days"),
        ((trial(2), trial(9, outdated=True)), "2 of 7", "wait 5"),
    ],
)
def test_too_early(trials: tuple[Trial, ...], said: str, fix: str) -> None:
    refusal = quiet.refusal(*standing(*trials))
    assert refusal
    assert said in refusal.what
    assert fix in refusal.fix
    assert "--force --reason" in refusal.fix


@pytest.mark.parametrize("trials", [(trial(7),), (trial(0), trial(8)), (trial(None), trial(7))])
def test_one_hub_is_enough(trials: tuple[Trial, ...]) -> None:
    assert quiet.refusal(*standing(*trials)) is None


def test_the_longest_trial_of_these_pins_is_what_was_tried() -> None:
    first, longest, old = trial(1), trial(5, "c/d"), trial(30, "e/f", outdated=True)
    assert quiet.tried(standing(first, longest, old)[1]) == longest
    assert quiet.tried(standing(old)[1]) == old
    assert quiet.tried(standing()[1]) is None

"""What kubectl's words mean: a rollout that failed, or nothing that can be known."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from hubimages.errors import CommandTimedOut
from hubimages.kubectl import Kubectl, KubectlFailed, RolloutFailed
from hubimages.process import Completed
from hubs import Recorder, said


def kubectl(stdout: str = "", *, stderr: str = "", code: int = 0) -> Kubectl:
    def answer(argv: Sequence[str]) -> Completed:
        return said(argv, stdout, stderr=stderr, code=code)

    return Kubectl(Recorder(answer), "here", "staging")


def test_a_rollout_that_ends_well() -> None:
    asked = kubectl("deployment rolled out")
    asked.rollout("hub", 7)
    assert isinstance(asked.run, Recorder)
    assert asked.run.ran == [
        [
            *("kubectl", "rollout", "status", "deployment/hub", "--timeout=7s"),
            *("--context=here", "--namespace=staging"),
        ]
    ]


@pytest.mark.parametrize(
    "words",
    [
        "error: timed out waiting for the condition",
        'error: deployment "hub" exceeded its progress deadline',
    ],
)
def test_a_rollout_that_fails(words: str) -> None:
    with pytest.raises(RolloutFailed, match="hub in namespace staging has not rolled out"):
        kubectl(stderr=words, code=1).rollout("hub", 7)


@pytest.mark.parametrize(
    "words",
    [
        'Error from server (Forbidden): deployments.apps "hub" is forbidden: User "ci" cannot watch',
        "Unable to connect to the server: context deadline exceeded",
        "",
    ],
)
def test_what_it_may_not_see_is_no_failed_rollout(words: str) -> None:
    with pytest.raises(KubectlFailed, match="rollout status"):
        kubectl(stderr=words, code=1).rollout("hub", 7)
    with pytest.raises(KubectlFailed, match="get deployment"):
        kubectl(stderr=words, code=1).image("hub", "hub")


def test_no_answer_is_none() -> None:
    def silent(argv: Sequence[str]) -> Completed:
        raise CommandTimedOut(" ".join(argv), 22)

    with pytest.raises(KubectlFailed, match="within 22 s"):
        Kubectl(Recorder(silent), "here", "staging").rollout("hub", 7)


def test_the_image_of_one_container() -> None:
    containers = [{"name": "side", "image": "a:1"}, {"name": "hub", "image": "b:2"}]
    asked = kubectl(json.dumps({"spec": {"template": {"spec": {"containers": containers}}}}))
    assert asked.image("hub", "hub") == "b:2"
    assert asked.image("hub", "other") is None

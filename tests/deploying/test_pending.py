"""Releases that Helm calls pending: whose they are, and how they are got out of that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from hubimages.deploying import pending
from hubimages.deploying.pending import NeverInstalled, Note, UnderWay
from hubimages.deploying.standing import Standing
from hubimages.errors import CommandMissing
from hubimages.helm import Helm, Release, Revision
from hubimages.process import Completed
from hubs import Recorder, said

RELEASE = Release(name="staging", namespace="staging", context="here")
NOW = pending.now()
SECONDS = 60  # so that a deployment takes 180 at most


@pytest.fixture(autouse=True)
def locks_here(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("tmp")))


def standing(*statuses: str, age: float = 10) -> Standing:
    updated = NOW - timedelta(seconds=age)
    return Standing(
        revisions=tuple(
            Revision(number=number, status=status, updated=updated, description="")
            for number, status in enumerate(statuses, 1)
        )
    )


def settle(found: Standing, *, force: bool = False, kubectl: bool = True) -> list[str]:
    """Settle a release; return what was run for it."""

    def answer(argv: Sequence[str]) -> Completed | None:
        if argv[0] == "kubectl" and not kubectl:
            raise CommandMissing("kubectl")
        return said(argv, "v4.1.0") if "version" in argv else None

    run = Recorder(answer)
    pending.settle(Helm(run), RELEASE, found, seconds=SECONDS, force=force, now=NOW)
    return [" ".join(words) for words in run.ran if "version" not in words]


@pytest.mark.parametrize("statuses", [(), ("deployed",), ("superseded", "deployed"), ("failed",)])
def test_what_is_not_pending_is_left(statuses: tuple[str, ...]) -> None:
    assert settle(standing(*statuses)) == []


@pytest.mark.parametrize("status", ["pending-upgrade", "pending-rollback", "uninstalling"])
def test_another_s_is_waited_for(status: str) -> None:
    with pytest.raises(UnderWay, match=f"Revision 2 of release staging .* is {status}") as caught:
        settle(standing("deployed", status))
    assert "after 4 minutes" in (caught.value.fix or "")
    assert "--force" in (caught.value.fix or "")


def test_until_it_is_older_than_any_deployment_takes() -> None:
    with pytest.raises(UnderWay):
        settle(standing("deployed", "pending-upgrade", age=179))
    (ran,) = settle(standing("deployed", "pending-upgrade", age=181))
    assert ran.startswith("helm rollback staging 1 ")


def test_and_what_is_forced_goes_back_to_what_is_deployed() -> None:
    (ran,) = settle(standing("superseded", "deployed", "failed", "pending-rollback"), force=True)
    assert ran.startswith("helm rollback staging 2 ")
    assert "--namespace staging --kube-context here" in ran


@pytest.mark.parametrize(
    ("before", "number", "ours"), [(1, 1, False), (1, 2, True), (1, 3, True), (1, 4, False)]
)
def test_what_this_machine_began_is_its_own(before: int, number: int, ours: bool) -> None:
    """An upgrade, and the way back from it, which is a revision of its own."""
    Note(RELEASE).put(standing(*["deployed"] * before).last)
    statuses = [*["superseded"] * (number - 2), "deployed", "pending-upgrade"][-number:]
    found = standing(*statuses)
    assert Note(RELEASE).is_of(found.revisions[-1]) is ours


def test_a_note_is_of_one_release_and_can_be_torn() -> None:
    revision = standing("pending-install").revisions[0]
    Note(RELEASE).put(None)
    other = Release(name="staging", namespace="staging", context="elsewhere")
    assert (Note(RELEASE).is_of(revision), Note(other).is_of(revision)) == (True, False)
    Note(RELEASE).path.write_text("")
    assert not Note(RELEASE).is_of(revision)
    Note(RELEASE).remove()
    Note(RELEASE).remove()


def test_a_first_installation_is_forgotten_rather_than_uninstalled() -> None:
    Note(RELEASE).put(None)
    for status in ("pending-install", "uninstalling"):
        (ran,) = settle(standing(status))
        assert ran.startswith("kubectl delete secret sh.helm.release.v1.staging.v1 ")
    with pytest.raises(NeverInstalled) as caught:
        settle(standing("pending-install"), kubectl=False)
    assert "its volumes" in (caught.value.fix or "")


def test_what_takes_it_back_can_be_cut_off_too() -> None:
    """Its revision is known for this machine's, whoever began what it takes back."""
    settle(standing("deployed", "pending-upgrade"), force=True)
    found = standing("deployed", "pending-upgrade", "pending-rollback").last
    assert found
    assert Note(RELEASE).is_of(found)

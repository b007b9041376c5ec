"""Deployments that are cut off, at the moment that is meant, and the same command again."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from integration.deployments import HUB, IMAGE, WRITES, Place
from integration.running import temporary, until
from integration.terminals import terminal

GONE_ON = "an earlier deployment had been cut off"


def uid(place: Place) -> str:
    """Return what tells the volume of a hub from another one of that name."""
    found = place.cluster.object("PersistentVolumeClaim", "prod", "hub-db-dir")
    assert found
    return str(found["metadata"]["uid"])


# --- killed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("major", [3, 4], ids=["helm3", "helm4"])
def test_helm_is_killed_in_the_first_installation_and_in_an_upgrade(place: Place) -> None:
    hub = ("--hub", "example/prod")
    place.once(HUB, place.kill)
    place.deploy(*hub).failed("helm was ended by signal 9", "not installed.*pending-install")
    assert place.statuses("prod") == ["pending-install"]
    volume = uid(place)
    assert GONE_ON in place.deploy(*hub).ok().stderr
    assert uid(place) == volume
    place.commit("two")
    place.once(HUB, place.kill)
    place.deploy(*hub).failed("helm was ended by signal 9", "chartpress, or what revision 2")
    assert GONE_ON in place.deploy(*hub).ok().stderr
    assert place.images()[1] == f"{IMAGE}:two"


def test_everything_is_killed_in_the_way_back(place: Place) -> None:
    """Helm takes back what does not become ready, and is killed in that; then in taking back that."""
    place.deploy().ok()
    place.commit("bad")
    place.set(deploy_timeout=2)
    place.cluster.never_ready = {"*:bad"}
    seen: list[str] = []

    def at_the_way_back(request: str) -> None:
        if request.startswith("PATCH") and "/deployments/hub" in request:
            seen.append(request)
            if len(seen) == 2:
                place.kill_all()

    place.cluster.on_request = at_the_way_back
    assert place.deploy().code == -signal.SIGKILL
    assert place.statuses()[-1] == "pending-rollback"
    place.once("^POST .*/secrets", place.kill_all)  # the record of what takes that back
    assert place.deploy().code == -signal.SIGKILL
    assert place.statuses()[-1] == "pending-rollback"
    place.commit("good")
    assert GONE_ON in place.deploy().ok().stderr
    assert place.images()[0] == f"{IMAGE}:good"


def test_killed_while_the_first_installation_is_taken_away(place: Place) -> None:
    place.set(deploy_timeout=2)
    place.cluster.never_ready = {"*"}
    place.once("^DELETE .*/deployments", place.kill_all)
    place.deploy()
    assert place.statuses() == ["uninstalling"]
    place.cluster.never_ready = set()
    assert GONE_ON in place.deploy().ok().stderr
    assert place.statuses() == ["deployed"]


# --- under way -------------------------------------------------------------------------------------


def test_another_s_deployment_is_waited_for(place: Place, tmp_path: Path) -> None:
    """One that another machine began is left alone, unless it is said that nobody works on it."""
    place.deploy().ok()
    place.commit("two")
    place.once(HUB, place.kill)
    place.deploy().failed("signal 9")
    for note in (temporary(place.repo)).glob("hubimages-locks-*/deploying-*"):
        note.unlink()  # which another machine has
    writes = place.cluster.count(WRITES)
    place.deploy("--json").failed("Revision 2 of .* is pending-upgrade since", "--force")
    assert place.cluster.count(WRITES) == writes
    place.deploy("--force").ok()
    assert place.images()[0] == f"{IMAGE}:two"


def test_two_at_once(place: Place) -> None:
    """The second one is refused while the first works, and where its plan is of before."""
    place.deploy().ok()
    place.commit("two")
    here, go = threading.Event(), threading.Event()
    place.once(HUB, lambda: here.set() or (go.wait(60) and None))
    with place.deploying() as first:
        first.until(here.is_set, "Helm's upgrade")
        place.deploy().failed("Another run on this machine is deploying")
        go.set()
        first.end().ok()


def test_what_is_asked_on_a_terminal(place: Place) -> None:
    """No is no; and a yes to a plan that another run has overtaken meanwhile is none."""
    place.deploy().ok()
    two = place.commit("two")
    with terminal(place.repo, "deploy", "--hub", "example/staging") as screen:
        screen.wait_for(r"chartpress → .*:two(.|\s)*Deploy example/staging\?")
        screen.type("n")
        assert screen.end() == (1, "")
    assert "nothing was changed" in screen.shown
    with terminal(place.repo, "deploy", "--hub", "example/staging") as screen:
        screen.wait_for(r"Deploy example/staging\?")
        place.deploy().ok()
        screen.type("y")
        assert screen.end() == (1, "")
    assert "deployed by another since the plan was made: it is at revision 2" in screen.shown
    assert (place.images()[0], place.statuses()) == (two, ["superseded", "deployed"])


# --- interrupted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("major", [3, 4], ids=["helm3", "helm4"])
def test_ctrl_c_has_helm_take_back_what_it_began(place: Place) -> None:
    one = place.commit("one")
    place.deploy().ok()
    place.commit("two")
    place.cluster.never_ready = {"*:two"}
    with place.deploying("--all", "--json") as running:
        running.until(lambda: place.images()[0] != one, "the new image")
        running.signal(signal.SIGINT, group=True)
        ended = running.end()
    ended.failed(
        "Helm takes back",
        f"example/staging runs {one}",
        "example/prod runs not installed",
        code=130,
    )
    assert (ended.stdout, place.images()) == ("", [one, None])
    assert place.statuses()[-1] == "deployed"


def test_ctrl_c_twice_leaves_it_and_the_next_run_goes_on(place: Place) -> None:
    place.commit("one")
    place.deploy().ok()
    two = place.commit("two")
    place.cluster.never_ready = {"*:two"}
    with place.deploying() as running:
        running.until(lambda: place.images()[0] == two, "the new image")
        place.cluster.silent("^PATCH .*/deployments")  # so that the way back takes its time
        running.signal(signal.SIGINT)
        running.wait_for("stopping")
        running.signal(signal.SIGINT)
        running.end().failed("or what revision", code=130)
    place.cluster.heal()
    place.cluster.never_ready = set()
    place.deploy().ok()
    assert place.images()[0] == two


def test_ended_where_it_waits_for_health_and_in_the_canary_s_watch(place: Place) -> None:
    place.staging.never(503)
    with place.deploying() as running:
        running.wait_for("answers 503; waiting")
        running.signal(signal.SIGTERM)
        running.end().failed(f"example/staging runs {IMAGE}", code=130)
    place.staging.green()
    place.set(canary_wait=600)
    with place.deploying("--all", "--canary", "example/staging") as running:
        running.until(lambda: len(place.staging.requests) > 3, "the watch")
        running.signal(signal.SIGINT)
        running.end().failed("example/prod runs not installed", code=130)
    assert (place.statuses(), place.statuses("prod")) == (["deployed"], [])


def test_ended_while_a_silent_cluster_is_asked(place: Place) -> None:
    place.cluster.silent()
    with place.deploying("--all") as running:
        running.until(lambda: len(place.cluster.requests) > 1, "a request")
        running.signal(signal.SIGTERM)
        running.end().failed("Nothing had been changed", code=130)
    until(lambda: place.programs() == [] or None, "the end of helm")


def test_a_closed_terminal(place: Place) -> None:
    one = place.commit("one")
    place.deploy().ok()
    two = place.commit("two")
    place.cluster.never_ready = {"*:two"}
    with terminal(place.repo, "deploy", "--hub", "example/staging", "--yes") as screen:
        until(lambda: place.images()[0] == two or None, "the new image")
        screen.close()
        assert screen.child.wait(60) == 130
    assert (place.images()[0], place.statuses()[-1]) == (one, "deployed")

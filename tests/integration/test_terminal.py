"""build-hub on a terminal: what it asks, and Ctrl-C as the terminal sends it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

import pytest

import stack
from integration.running import until
from integration.support import assert_nothing_left, belongings, images_of, in_registry, proofs
from integration.terminals import CTRL_C, DOWN, ENTER, terminal

pytestmark = [
    pytest.mark.usefixtures("base_image"),
    pytest.mark.skipif(shutil.which("setsid") is None, reason="needs setsid (util-linux)"),
]
MakeHubs = Callable[..., stack.HubRepository]


def test_asks_which_image_and_whether_to_push(
    make_hub_repo: MakeHubs, engine: stack.Engine, registry: stack.Registry
) -> None:
    repo = make_hub_repo()
    before = belongings(repo)
    with terminal(repo, "build-hub") as screen:
        screen.wait_for(r"Which image\?(.|\s)*hub-experimental \(experimental")
        assert "every hub gets it" in screen.shown
        screen.type(ENTER)
        screen.wait_for(r"Push it once it is proven\?(.|\s)*yes: push it to")
        screen.type(DOWN + ENTER)
        code, out = screen.end()
    assert (code, out) == (0, ""), screen.shown
    (tag,) = in_registry(registry, repo, "hub-experimental")
    assert f"experiment.try --hub CLUSTER/HUB --image hub-experimental --tag {tag}" in screen.shown
    assert belongings(repo) == before
    assert images_of(repo, engine) == [f"{repo.image('hub-experimental')}:{tag}"]


def test_asks_about_what_is_not_committed(make_hub_repo: MakeHubs, engine: stack.Engine) -> None:
    repo = make_hub_repo()
    (repo.path / "helm-charts/images/hub/extra.txt").write_text("not in the build\n")
    with terminal(repo, "build-hub", "--image", "hub") as screen:
        screen.wait_for("Go on with the commit, without them")
        assert "images/hub/extra.txt" in screen.shown
        screen.type("n")
        code, _ = screen.end()
    assert code == 1
    assert images_of(repo, engine) == []


@pytest.mark.parametrize("step", ["Which image", "build", "prove", "push"])
def test_ctrl_c(
    make_hub_repo: MakeHubs, engine: stack.Engine, faulty: stack.FaultyRegistry, step: str
) -> None:
    repo = make_hub_repo(registry=faulty.address)
    before = belongings(repo)
    faulty.hang("^PUT .*/manifests/")
    words = () if step == "Which image" else ("--image", "hub", "--push")
    with terminal(repo, "build-hub", *words) as screen:
        screen.wait_for(rf"{step}\?" if not words else f"▸ {step}")
        if step == "prove":
            until(lambda: proofs(repo, engine, started=True) or None, "the proof")
        if step == "push":
            until(lambda: faulty.count("^PUT .*/manifests/") or None, "the manifest")
        screen.type(CTRL_C)
        code, out = screen.end()
    assert (code, out) == (130, ""), screen.shown
    assert "Interrupted" in screen.shown
    kept = "built .*hub:" if step in {"prove", "push"} else "Nothing had been changed"
    assert re.search(kept, screen.shown)
    assert belongings(repo) == before
    until(lambda: proofs(repo, engine) == [] or None, "the end of the proof")
    assert_nothing_left(repo, engine)

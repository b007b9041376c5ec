"""experiment.promote and .drop on the real stack: to the end, through kills, with drift, the same bits."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import stack
from fakegh import FakeGh
from integration import lives
from integration.lives import Life
from integration.running import Running, hubimages
from integration.support import (
    STAGING,
    VALUES,
    assert_nothing_left,
    belongings,
    digest,
    in_registry,
    lived_in,
)

pytestmark = pytest.mark.usefixtures("base_image", "engine")
MakeHubs = Callable[..., stack.HubRepository]
STEPS = ["Promote", "Use hub image", "End the trial"]


@pytest.fixture
def life(make_hub_repo: MakeHubs, git_server: stack.GitServer) -> Life:
    return lives.begin(make_hub_repo(shape="shared"), git_server, "promoted")


def recorded(life: Life) -> tuple[str, str]:
    """Return name and tag of the hub image in the chart's values."""
    found = yaml.safe_load((life.repo.path / VALUES).read_text())["jupyterhub"]["hub"]["image"]
    return found["name"], found["tag"]


def assert_promoted(life: Life, registry: stack.Registry, since: str) -> None:
    """Assert that all of it was done, each step once."""
    subjects = life.subjects(since)
    assert len(subjects) == len(STEPS), subjects
    for subject, begins in zip(subjects, STEPS, strict=True):
        assert subject.startswith(begins)
    ours, theirs = (
        (life.repo.path / life.repo.requirements(image)).read_text()
        for image in ("hub-experimental", "hub")
    )
    assert life.pin in ours
    assert theirs.endswith(f"# reason: logins\n{life.pin}\n")
    name, tag = recorded(life)
    assert name == life.repo.image("hub")
    assert in_registry(registry, life.repo) == [tag]
    assert life.tag not in (life.repo.path / STAGING).read_text()
    (one,) = hubimages(life.repo, "status", "--json").ok().json["experiments"]
    assert (one["stage"], one["changes"], one["trials"]) == ("same", [], [])


def test_to_the_end_twice(life: Life, registry: stack.Registry, engine: stack.Engine) -> None:
    start = life.repo.git("rev-parse", "HEAD")
    before = belongings(life.repo)
    dry = life.promote("--push", "--dry-run").ok()
    assert f"+{life.pin}" in dry.stderr
    assert belongings(life.repo) == before

    ran = life.promote("--push").ok()

    assert_promoted(life, registry, start)
    assert_nothing_left(life.repo, engine)
    again = life.promote("--push").ok()
    assert "nothing to promote" in again.stderr
    assert len(life.subjects(start)) == len(STEPS)

    take_back(life, ran.stderr)
    assert life.repo.git("diff", "--stat", start) == ""

    # and a second time, from the start
    middle = life.repo.git("rev-parse", "HEAD")
    refused = life.promote("--push").failed("quiet for 0 of 7 days", "--force")
    assert refused.stdout == ""
    life.promote("--push", "--force", "--reason", "reverted too soon").ok()
    assert life.subjects(middle)[0].startswith("Promote")
    assert "Reason: reverted too soon" in life.repo.git("log", "--format=%B", f"{middle}..HEAD")


def take_back(life: Life, said: str) -> None:
    """Run the one command that a promotion names for its undo."""
    (undo,) = [line for line in said.splitlines() if "git revert" in line]
    words = shlex.split(undo.partition(": ")[2])
    subprocess.run(words, cwd=life.repo.path, check=True, env=lives.env(), capture_output=True)


def test_drift_is_shown_and_refused(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, registry: stack.Registry
) -> None:
    life = lives.begin(make_hub_repo(), git_server, "drifting")
    start = life.repo.git("rev-parse", "HEAD")
    life.release_loose()

    life.promote("--push").failed(
        r"loose-drifting: 1\.0 \(\w{12}\) → 2\.0 \(\w{12}\)", "--accept-drift", "git revert"
    )
    assert in_registry(registry, life.repo) == []
    assert len(life.subjects(start)) == 1

    ran = life.promote("--push", "--accept-drift").ok()
    assert "loose-drifting: 1.0" in ran.stderr
    assert "an earlier run" in ran.stderr
    assert_promoted(life, registry, start)
    take_back(life, ran.stderr)  # what the earlier run committed too
    assert life.repo.git("diff", "--stat", start) == ""


POINTS = [
    "committed .*: Promote",
    "▸ build",
    "▸ prove",
    "▸ compare",
    "▸ push",
    "▸ record",
    "committed .*: End",
]


def test_killed_at_each_step_in_turn(
    make_hub_repo: MakeHubs,
    git_server: stack.GitServer,
    registry: stack.Registry,
    engine: stack.Engine,
) -> None:
    """Each run gets one step further than the one that was killed before it."""
    life = lives.begin(make_hub_repo(), git_server, "killed")
    start = life.repo.git("rev-parse", "HEAD")
    for point in POINTS:
        with Running(life.repo, "experiment.promote", "--push") as running:
            running.wait_for(point)
            running.killed()

    life.promote("--push").ok()

    assert_promoted(life, registry, start)
    assert_nothing_left(life.repo)
    assert life.repo.git("log", "--format=%B", f"{start}..").count("Promoted-from: ") == len(STEPS)


def test_killed_inside_of_each_commit_in_turn(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, registry: stack.Registry
) -> None:
    """Written and not committed yet: the next run commits that, and does not stumble over it."""
    life = lives.begin(make_hub_repo(), git_server, "inside")
    start = life.repo.git("rev-parse", "HEAD")
    for subject in STEPS:
        killed_while_committing(life, subject)

    life.promote("--push").ok()

    assert_promoted(life, registry, start)


def killed_while_committing(life: Life, subject: str) -> None:
    """Kill a promotion while git is at the commit of this subject."""
    git = life.repo.path / ".git"
    hook, message = git / "hooks" / "commit-msg", git / "COMMIT_EDITMSG"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ngrep -q '^{subject}' $1 && sleep 60\nexit 0\n")
    hook.chmod(0o755)
    with Running(life.repo, "experiment.promote", "--push") as running:
        running.until(
            lambda: message.exists() and message.read_text().startswith(subject), "the commit"
        )
        running.signal(signal.SIGKILL, group=True)
    hook.unlink()
    for left in git.glob("*.lock"):  # as git itself tells a person to do
        left.unlink()


@pytest.mark.parametrize("shape", ["folders", "shared"])
def test_the_same_bits(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, registry: stack.Registry, shape: str
) -> None:
    """Though something drifted, what was tried is what every hub gets; and a killed run is finished."""
    life = lives.begin(make_hub_repo(shape=shape), git_server, f"bits-{shape}")
    start = life.repo.git("rev-parse", "HEAD")
    life.release_loose()
    life.promote("--same-bits").failed("without --push")
    with Running(life.repo, "experiment.promote", "--same-bits", "--push") as running:
        running.wait_for("▸ copy")
        running.killed()

    ran = life.promote("--same-bits", "--push").ok()

    assert "▸ build" not in ran.stderr
    assert_promoted(life, registry, start)
    name, tag = recorded(life)
    tried = digest(registry, life.repo.image("hub-experimental"), life.tag)
    assert digest(registry, name, tag) == tried
    again = hubimages(life.repo, "build-hub", "--image", "hub", "--push", "--json").ok().json
    assert (again["digest"], again["built"], again["pushed"]) == (tried, False, False)
    said = hubimages(life.repo, "explain", "--image", "hub", "--tag", tag, "--json").ok().json
    assert life.tag in str(said["promoted_from"])


def test_other_bits_are_not_promoted(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, registry: stack.Registry
) -> None:
    repo = make_hub_repo()
    life = lives.begin(repo, git_server, "other-bits")
    dockerfile = "helm-charts/images/hub/Dockerfile"
    text = (repo.path / dockerfile).read_text()
    repo.commit({dockerfile: text + "ENV MORE=1\n", repo.requirements(): "idna\n"})
    before = belongings(repo)

    life.promote("--same-bits", "--push").failed("The Dockerfile", "leave out --same-bits")

    assert belongings(repo) == before
    assert in_registry(registry, repo) == []


def test_one_package_of_two(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, registry: stack.Registry
) -> None:
    repo = make_hub_repo()
    other = git_server.package("org/second-of-two")
    requirement = f"git+{other.url}@main"
    hubimages(repo, "experiment.add", "--requirement", requirement, env=lives.ago(20)).ok()
    life = lives.begin(repo, git_server, "first-of-two")
    before = (repo.path / STAGING).read_text()

    life.promote("--push", "--package", "tried-first-of-two").ok()

    assert other.url not in (repo.path / repo.requirements()).read_text()
    assert life.pin in (repo.path / repo.requirements()).read_text()
    assert (repo.path / STAGING).read_text() == before
    (one,) = hubimages(repo, "status", "--json").ok().json["experiments"]
    assert [change["package"] for change in one["changes"]] == ["second-of-two"]
    assert one["stage"] == "ready"


def test_without_push_nothing_is_recorded(
    make_hub_repo: MakeHubs, git_server: stack.GitServer, registry: stack.Registry
) -> None:
    life = lives.begin(make_hub_repo(), git_server, "no-push")
    start, values = life.repo.git("rev-parse", "HEAD"), (life.repo.path / VALUES).read_text()
    ran = life.promote().ok()
    assert "next: hubimages experiment.promote --image hub-experimental --push" in ran.stderr
    assert (life.repo.path / VALUES).read_text() == values
    assert in_registry(registry, life.repo) == []
    life.promote("--push").ok()
    assert_promoted(life, registry, start)


def test_as_a_pull_request_though_killed(
    make_hub_repo: MakeHubs,
    git_server: stack.GitServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The steps are commits of a branch; the person's clone stays as it is."""
    github = FakeGh.install(tmp_path / "gh", monkeypatch)
    life = lives.begin(make_hub_repo(), git_server, "proposed")
    repo = life.repo
    repo.git("push", "--quiet", "origin", "main")
    lived_in(repo)
    before = belongings(repo)
    for point in ("committed .*: Promote", "▸ record"):
        with Running(repo, "experiment.promote", "--push", "--pr") as running:
            running.wait_for(point)
            running.killed()

    life.promote("--push", "--pr").ok()

    branch = "origin/hubimages/promote-hub-experimental"
    subjects = repo.git("log", "--reverse", "--format=%s", f"main..{branch}").splitlines()
    assert [subject.startswith(step) for subject, step in zip(subjects, STEPS, strict=True)] == [
        True
    ] * len(STEPS)
    (opened,) = github.read()["pr"]
    assert life.pin in opened["body"]
    assert "without squashing" in opened["body"]
    after = belongings(repo)
    assert after.pop("refs") != before.pop("refs")  # the remote's branch is known now
    assert after == before
    assert_nothing_left(repo)


# --- drop ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["folders", "shared"])
def test_drop(make_hub_repo: MakeHubs, git_server: stack.GitServer, shape: str) -> None:
    repo = make_hub_repo(shape=shape)
    life = lives.begin(repo, git_server, f"dropped-{shape}")
    start = repo.git("rev-parse", "HEAD")
    dry = hubimages(repo, "experiment.drop", "--dry-run").ok()
    assert f"-{life.pin}" in dry.stderr
    assert repo.git("rev-parse", "HEAD") == start

    hubimages(repo, "experiment.drop").ok()

    assert len(life.subjects(start)) == 2
    assert life.tag not in (repo.path / STAGING).read_text()
    assert life.pin not in (repo.path / repo.requirements("hub-experimental")).read_text()
    (one,) = hubimages(repo, "status", "--json").ok().json["experiments"]
    assert (one["stage"], one["trials"]) == ("same", [])
    assert "nothing to drop" in hubimages(repo, "experiment.drop").ok().stderr

    if shape == "shared":
        hubimages(repo, "experiment.drop", "--yes").ok()
        assert not (repo.path / repo.requirements("hub-experimental")).exists()
        assert "hub-experimental" not in (repo.path / "helm-charts/chartpress.yaml").read_text()
        assert "hub:" in (repo.path / "helm-charts/chartpress.yaml").read_text()
        hubimages(repo, "experiment.drop").failed("hub-experimental", "experiment.create")

"""What a hub ran before, from histories of real git, and the edits that bring it back."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

import hubs
from hubimages import edits
from hubimages.git import Git
from hubimages.listing import Lister
from hubimages.process import Processes
from hubimages.rollbacks import look as looking
from hubimages.rollbacks import plan
from hubimages.rollbacks.look import Back, NothingBefore
from hubimages.tree import WorkTree
from hubimages.trials import NoOwnFile
from hubs import NAME, SETTINGS, Hubs
from tests.lifecycle.lives import override

VALUES = "helm-charts/basehub/values.yaml"
STAGING = "config/clusters/example/staging.values.yaml"
PROD = "config/clusters/example/prod.values.yaml"
ALL = ("example/staging", "example/prod", "research/dask", "research/twin", "research/other-twin")


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def chart(tag: str) -> dict[str, str]:
    return {VALUES: hubs.VALUES.format(name=NAME).replace("0.0.1-set.by.chartpress", tag)}


def look(repo: Hubs, name: str, tag: str = "") -> Back:
    return looking.look(repo.git, repo.fleet.named(name), SETTINGS, tag)


def back(repo: Hubs, *names: str, tag: str = "") -> list[Back]:
    """Roll hubs back as the command does, but for its deployment."""
    backs = [look(repo, name, tag) for name in names]
    left = [one for one in backs if not one.done]
    planned, shared = plan.plan(repo.git, repo.fleet, repo.images, left, commit=True)
    plan.verify(repo.git, repo.fleet, left, planned, shared)
    if planned:
        edits.apply(repo.git, planned, looking.message(left), commit=True)
    return backs


def runs(repo: Hubs) -> dict[str, str]:
    """Return what each hub runs."""
    lister = Lister(WorkTree(repo.path))
    found = {hub.name: lister.describe(hub).hub_image for hub in repo.fleet.hubs}
    short = {name: image for name, image in found.items() if image}
    return {
        name: f"{(image.name or '').removeprefix(NAME)}:{image.tag}"
        for name, image in short.items()
    }


# --- one hub ---------------------------------------------------------------------------------------


def test_a_hub_that_follows_the_chart_gets_an_override_of_its_own(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    before = runs(repo)
    (found,) = back(repo, "example/staging")
    assert (found.now, found.before) == ((f"{NAME}hub", "two"), (f"{NAME}hub", "one"))
    assert runs(repo) == {**before, "example/staging": "hub:one"}
    assert repo.last() == [STAGING]


def test_twice_goes_no_further_and_a_tag_does(repo: Hubs) -> None:
    for tag in ("zero", "one", "two"):
        repo.commit(chart(tag))
    back(repo, "example/staging")
    head = repo.head()
    (again,) = back(repo, "example/staging")
    assert (again.done, repo.head()) == (head, head)
    repo.commit({STAGING: repo.read(STAGING) + "# later\n"})
    assert look(repo, "example/staging").done == head
    back(repo, "example/staging", tag="zero")
    assert runs(repo)["example/staging"] == "hub:zero"


def test_words_alone_make_no_rollback(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"), f"Say it\n\nexample/staging runs {NAME}hub:two again.\n")
    assert look(repo, "example/staging").done == ""


def test_a_later_image_can_be_rolled_back_again(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    back(repo, *ALL)
    repo.commit(chart("three"))
    back(repo, *ALL)
    assert set(runs(repo).values()) == {"hub:one"}


def test_a_trial_ends_where_the_chart_gives_what_was_before(repo: Hubs) -> None:
    repo.commit(chart("one"))
    untouched = repo.read(STAGING)
    repo.commit({STAGING: untouched + override("try").partition("  hub:\n")[2]})
    assert runs(repo)["example/staging"] == "hub-experimental:try"
    back(repo, "example/staging")
    assert repo.read(STAGING) == untouched


def test_a_trial_goes_back_to_the_trial_before(repo: Hubs) -> None:
    for tag in ("try-1", "try-2"):
        repo.commit({STAGING: hubs.STAGING + override(tag).partition("  hub:\n")[2]})
    back(repo, "example/staging")
    assert runs(repo)["example/staging"] == "hub-experimental:try-1"


# --- several hubs ----------------------------------------------------------------------------------


def test_all_that_follow_the_chart_go_back_in_the_chart(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    back(repo, *ALL)
    assert (set(runs(repo).values()), repo.last()) == ({"hub:one"}, [VALUES])


def test_those_of_one_cluster_go_back_alone(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    back(repo, "example/staging", "example/prod")
    now = runs(repo)
    assert {name for name, image in now.items() if image == "hub:one"} == {
        "example/staging",
        "example/prod",
    }
    assert repo.last() == [PROD, STAGING]


@pytest.mark.parametrize("before", ["two", "one"])
def test_a_trial_beside_hubs_that_follow_the_chart(repo: Hubs, before: str) -> None:
    """What the chart gives is what it gives once it has been edited itself."""
    repo.commit(chart("one"))
    trial = override("try").partition("  hub:\n")[2]
    if before == "one":
        repo.commit({STAGING: hubs.STAGING + trial})
        repo.commit(chart("two"))
    else:
        repo.commit(chart("two"))
        repo.commit({STAGING: hubs.STAGING + trial})
    back(repo, *ALL)
    now = runs(repo)
    assert now.pop("example/staging") == f"hub:{before}"
    assert set(now.values()) == {"hub:one"}


def test_one_that_had_something_else_before_gets_that(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit({STAGING: hubs.STAGING + override("try").partition("  hub:\n")[2]})
    repo.commit({**chart("two"), STAGING: hubs.STAGING})
    back(repo, *ALL)
    now = runs(repo)
    assert now.pop("example/staging") == "hub-experimental:try"
    assert set(now.values()) == {"hub:one"}


# --- odd histories ---------------------------------------------------------------------------------


def test_a_rollback_that_a_merge_brought_is_one(repo: Hubs) -> None:
    """As GitHub's button makes it of a pull request."""
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    repo.ask("checkout", "-q", "-b", "rollback-staging")
    back(repo, "example/staging")
    repo.commit({"README.md": "in the same pull request\n"})
    repo.ask("checkout", "-q", "main")
    repo.commit({"LICENSE": "meanwhile\n"})
    repo.ask("merge", "-q", "--no-ff", "-m", "Merge pull request #1", "rollback-staging")
    assert look(repo, "example/staging").done == repo.head()


def test_a_merge_with_another_hub_s_rollback_is_none(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    repo.ask("checkout", "-q", "-b", "several")
    back(repo, "example/prod")
    repo.commit({STAGING: hubs.STAGING + override("try").partition("  hub:\n")[2]})
    repo.ask("checkout", "-q", "main")
    repo.ask("merge", "-q", "--no-ff", "-m", "Merge pull request #2", "several")
    found = look(repo, "example/staging")
    assert (found.done, found.before) == ("", (f"{NAME}hub", "two"))


def test_a_file_that_was_renamed_and_one_that_broke(repo: Hubs) -> None:
    repo.commit({STAGING: hubs.STAGING + override("one").partition("  hub:\n")[2]})
    repo.ask("mv", STAGING, STAGING.replace("staging", "stage"))
    cluster = "config/clusters/example/cluster.yaml"
    text = repo.read(cluster).replace("staging.values.yaml,", "stage.values.yaml,", 1)
    repo.commit({cluster: text})
    good = repo.read(STAGING.replace("staging", "stage"))
    repo.commit({STAGING.replace("staging", "stage"): "jupyterhub: [\n"})
    repo.commit({STAGING.replace("staging", "stage"): good.replace("one", "two")})
    assert look(repo, "example/staging").before == (f"{NAME}hub-experimental", "one")


def test_nothing_before(repo: Hubs, tmp_path: Path) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    clone = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.path}", clone], check=True)
    git = Git.at(clone, Processes())
    with pytest.raises(NothingBefore) as shallow:
        looking.look(git, repo.fleet.named("example/staging"), SETTINGS)
    assert shallow.value.fix == "git fetch --unshallow"
    with pytest.raises(NothingBefore, match="example/staging") as none:
        look(hubs.make(tmp_path / "new"), "example/staging")
    assert "--tag" in (none.value.fix or "")
    assert look(repo, "example/staging", "never-seen").before == (f"{NAME}hub", "never-seen")


def test_killed_between_the_edit_and_its_commit(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    found = [look(repo, name) for name in ALL]
    planned, _ = plan.plan(repo.git, repo.fleet, repo.images, found, commit=True)
    for edit in planned:
        repo.write(edit.path, edit.after or "")
    back(repo, *ALL)
    assert (set(runs(repo).values()), repo.last()) == ({"hub:one"}, [VALUES])


def test_other_edits_in_the_file_are_not_committed(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    repo.write(STAGING, hubs.STAGING + "# a thought\n")
    with pytest.raises(edits.UncommittedChanges):
        back(repo, "example/staging")


def test_a_large_fleet_s_message_has_a_subject_of_one_line(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    subject, _, body = looking.message([look(repo, name) for name in ALL]).partition("\n")
    assert subject == "Roll 5 hubs back to one"
    assert all(f"{name} runs " in body for name in ALL)
    assert looking.message([look(repo, ALL[0])]).startswith(f"Roll {ALL[0]} back to one\n")


# --- whatever was before ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_after_a_rollback_each_has_what_it_had_and_others_have_what_they_have(
    repo: Hubs, seed: int
) -> None:
    random = Random(seed)
    own = {
        "example/staging": (STAGING, hubs.STAGING),
        "example/prod": (PROD, "jupyterhub:\n  custom: {}\n"),
    }
    had: dict[str, list[str]] = {name: [] for name in runs(repo)}
    for number in range(random.randint(3, 7)):
        name = random.choice([*own, "chart", "chart"])
        if name == "chart":
            repo.commit(chart(f"t{random.choice((number, 0))}"))
        else:
            file, text = own[name]
            trial = override(f"t{number}").partition("  hub:\n")[2]
            if name == "example/prod":
                trial = "  hub:\n" + trial if trial else ""
            repo.commit({file: text + random.choice((trial, trial, ""))})
        for hub, image in runs(repo).items():
            if not had[hub] or had[hub][-1] != image:
                had[hub].append(image)
    chosen = random.choice(
        [list(had), ["example/staging", "example/prod"], ["example/staging"], ["example/prod"]]
    )
    chosen = [name for name in chosen if len(had[name]) > 1]
    before = runs(repo)
    try:
        back(repo, *chosen)
    except NoOwnFile:  # of two hubs that share all their files one alone cannot go back
        assert (runs(repo), "research/twin" in chosen) == (before, True)
        return
    assert runs(repo) == {**before, **{name: had[name][-2] for name in chosen}}
    head = repo.head()
    back(repo, *chosen)
    assert repo.head() == head


def test_no_other_hub_gets_another_image_unsaid(repo: Hubs) -> None:
    repo.commit(chart("one"))
    repo.commit(chart("two"))
    found = [look(repo, name) for name in ALL]
    planned, _ = plan.plan(repo.git, repo.fleet, repo.images, found, commit=True)
    with pytest.raises(plan.ReachesOthers, match=r"example/staging would run .*:one"):
        plan.verify(repo.git, repo.fleet, found[1:], planned, {})
    plan.verify(repo.git, repo.fleet, found[1:], planned, {VALUES: ["example/staging"]})
    with pytest.raises(plan.NotBack, match=r"example/staging would run .*:two"):
        plan.verify(repo.git, repo.fleet, found[:1], (), {})

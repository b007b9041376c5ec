"""What is said of a tag, from the registry, from git, from both and from neither."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import hubs
from hubimages import fleet, images
from hubimages.builds import labels
from hubimages.config import Settings
from hubimages.explaining.explanation import Explanation, Promoted, Use
from hubimages.explaining.look import NothingKnown, explain
from hubimages.explaining.seen import Question
from hubimages.git import Git
from hubimages.listing import Lister
from hubimages.process import Processes
from hubimages.reference import BadReference
from hubimages.registry import Image, Unknown
from hubimages.tree import WorkTree
from tests.explaining.shelf import BASE, SOURCE, Shelf, labelled
from tests.lifecycle.lives import OURS, STAGING, THEIRS, Life, clone, make, override

PIN = f"git+https://github.com/o/thing@{'a' * 40}"
OTHER = f"git+https://github.com/o/thing@{'b' * 40}"
NAME = f"{hubs.NAME}hub-experimental"
HUB = f"{hubs.NAME}hub"
VALUES = "helm-charts/basehub/values.yaml"
SILENT = Unknown("The registry is asleep.", "wake it")
GONE = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return make(tmp_path / "repo")


def tag_of(commit: str, count: int = 2) -> str:
    return f"0.0.1-0.dev.git.{count}.h{commit[:7]}"


def said(
    life: Life, tag: str, registry: Shelf, key: str = "hub-experimental", **settings: str
) -> Explanation:
    chosen = replace(Settings(), **settings)  # type: ignore[arg-type]
    tree = WorkTree(life.repo.root)
    found = images.load(tree, chosen)
    lister = Lister(tree)
    listed = [lister.describe(hub) for hub in fleet.load(tree, chosen).hubs]
    image = found.named(key)
    asked = Question(image=image, tag=tag, production=found.is_production(image))
    git = Git.at(life.repo.root, Processes())
    return explain(asked, listed, git, registry, chosen)  # type: ignore[arg-type]


# --- from both -----------------------------------------------------------------------------------


def test_a_tag_of_a_commit_on_main(life: Life) -> None:
    commit = life.on(1, {OURS: f"# why\n{PIN}\n"}, "Pin thing")
    tag = tag_of(commit)
    recording = life.on(2, {STAGING: override(tag)})
    registry = Shelf()
    registry.put(f"{NAME}:{tag}", labelled(commit, PIN, built_as=f"{NAME}:{tag}"))
    found = said(life, tag, registry)
    assert found.commit
    assert (found.commit.id, found.commit.here) == (commit, True)
    assert (found.commit.subject, found.commit.on_main) == ("Pin thing", True)
    assert found.commit.date == "2024-01-02T12:00:00+00:00"
    assert found.commit.url == f"{SOURCE}/commit/{commit}"
    assert (found.pins, found.pins_from) == ((PIN,), "commit")
    assert (found.image, found.name, found.tag) == ("hub-experimental", NAME, tag)
    assert (found.base, found.digest, found.source) == (BASE, hubs.DIGEST, SOURCE)
    assert (found.size, found.layers, found.platforms) == (210_400_000, 1, ("linux/amd64",))
    assert found.created == "2026-01-02T03:04:05Z"
    assert found.promoted_from is None
    assert found.hubs == (Use(hub="example/staging", source=f"{STAGING}:5", follows=False),)
    assert found.recorded
    assert (found.recorded.path, found.recorded.commit) == (STAGING, recording)
    assert found.recorded.date == "2024-01-03T12:00:00+00:00"
    assert found.notes == ()


def test_hubs_that_follow_the_chart(life: Life) -> None:
    commit = life.on(1, {THEIRS: f"{PIN}\n"})
    tag = tag_of(commit)
    values = life.repo.root / VALUES
    recording = life.on(2, {VALUES: values.read_text().replace("0.0.1-set.by.chartpress", tag)})
    life.on(3, {STAGING: override()})
    found = said(life, tag, Shelf(), "hub")
    assert {use.hub for use in found.hubs} == {
        "example/prod",
        "research/dask",
        "research/twin",
        "research/other-twin",
    }
    assert all(use.follows and use.source == f"{VALUES}:5" for use in found.hubs)
    assert found.recorded
    assert (found.recorded.path, found.recorded.commit) == (VALUES, recording)


def test_what_was_built_elsewhere_under_the_same_tag_is_said(life: Life) -> None:
    commit = life.on(1, {OURS: PIN})
    other = life.on(2, {OURS: OTHER})
    registry = Shelf()
    registry.put(f"{NAME}:{tag_of(commit)}", labelled(other, OTHER))
    found = said(life, tag_of(commit), registry)
    assert found.commit
    assert (found.commit.id, found.pins) == (other, (OTHER,))
    assert f"named after {commit[:7]}" in found.notes[0]


def test_labels_that_came_with_the_base_say_nothing(life: Life) -> None:
    """An image that plain chartpress built has the labels of its base image."""
    commit = life.on(1, {OURS: PIN})
    registry = Shelf()
    theirs = labelled(GONE, OTHER, source="https://github.com/python/images")
    theirs.pop(labels.PINS)
    registry.put(f"{NAME}:{tag_of(commit)}", theirs)
    found = said(life, tag_of(commit), registry)
    assert found.commit
    assert (found.commit.id, found.pins_from, found.source) == (commit, "commit", None)
    assert found.created == "2025-01-01T00:00:00Z"
    assert "no labels of a build-hub" in found.notes[0]


def test_a_commit_beside_main(life: Life) -> None:
    life.repo.git("checkout", "--quiet", "-b", "try-it")
    commit = life.on(1, {OURS: PIN})
    life.repo.git("update-ref", "refs/remotes/origin/try-it", commit)
    found = said(life, tag_of(commit), Shelf())
    assert found.commit
    assert (found.commit.on_main, found.commit.branches) == (False, ("origin/try-it",))


# --- from the registry alone -----------------------------------------------------------------------


def test_a_commit_that_was_squashed_away(life: Life) -> None:
    life.on(1, {OURS: OTHER}, "Squashed")
    registry = Shelf()
    registry.put(f"{NAME}:{tag_of(GONE)}", labelled(GONE, PIN))
    found = said(life, tag_of(GONE), registry)
    assert found.commit
    assert (found.commit.id, found.commit.here) == (GONE, False)
    assert found.commit.url == f"{SOURCE}/commit/{GONE}"
    assert (found.pins, found.pins_from, found.base) == ((PIN,), "labels", BASE)
    assert (found.recorded, found.hubs, found.notes) == (None, (), ())


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("https://gitlab.example.org/g/r", f"https://gitlab.example.org/g/r/-/commit/{GONE}"),
        ("https://github.example.org/o/r", f"https://github.example.org/o/r/commit/{GONE}"),
        ("https://git.example.org/github/r", None),
        ("http://github.com/o/r", None),
    ],
)
def test_pages_of_forges_that_are_known(life: Life, source: str, url: str | None) -> None:
    registry = Shelf()
    registry.put(f"{NAME}:1", labelled(GONE, source=source))
    found = said(life, "1", registry)
    assert found.commit
    assert (found.commit.url, found.source) == (url, source)


def test_a_tag_with_no_commit_in_it(life: Life) -> None:
    life.on(1, {STAGING: "# the latest one\n"})
    registry = Shelf()
    registry.put(f"{NAME}:latest", labelled(GONE, PIN))
    found = said(life, "latest", registry)
    assert found.commit
    assert (found.commit.id, found.pins, found.recorded) == (GONE, (PIN,), None)
    registry.put(f"{NAME}:latest")
    found = said(life, "latest", registry)
    assert (found.commit, found.pins, found.pins_from) == (None, (), None)
    assert "its pins are not known" in found.notes[-1]


def test_a_digest_finds_the_hubs_that_run_its_tag(life: Life) -> None:
    commit = life.on(1, {OURS: PIN})
    tag = tag_of(commit)
    life.on(2, {STAGING: override(tag)})
    registry = Shelf()
    registry.put(f"{NAME}:{tag}", labelled(commit, PIN, built_as=f"{NAME}:{tag}"))
    found = said(life, hubs.DIGEST, registry)
    assert [use.hub for use in found.hubs] == ["example/staging"]
    assert found.promoted_from is None
    assert found.notes == (f"it was built as {NAME}:{tag}",)
    registry.put(f"{NAME}:{tag}", digest="sha256:" + "e" * 64)
    assert said(life, hubs.DIGEST, registry).hubs == ()
    registry.held[f"{NAME}:{tag}"] = SILENT
    assert f"whether {tag}, which hubs run" in said(life, hubs.DIGEST, registry).notes[0]


def test_a_hub_that_runs_a_digest(life: Life) -> None:
    whole = f"jupyterhub:\n  hub:\n    image: {NAME}@{hubs.DIGEST}\n"
    life.on(1, {STAGING: whole})
    registry = Shelf()
    registry.put(f"{NAME}:1", labelled(GONE, PIN))
    assert [use.hub for use in said(life, "1", registry).hubs] == ["example/staging"]
    assert [use.hub for use in said(life, hubs.DIGEST, registry).hubs] == ["example/staging"]


def test_another_platform_than_the_wanted_one(life: Life) -> None:
    registry = Shelf()
    registry.put(f"{NAME}:1", labelled(GONE, PIN))
    found = said(life, "1", registry, platform="linux/arm64")
    assert found.pins == (PIN,)
    assert "not for linux/arm64; what is told is of linux/amd64" in found.notes[0]
    registry.held[f"{NAME}:1"] = Image(digest=hubs.DIGEST, platforms=(), manifest=None)
    assert "does not show it" in said(life, "1", registry).notes[0]


def test_what_labels_say_is_not_trusted(life: Life) -> None:
    registry = Shelf()
    bad = labelled("--help", "evil\x1b[31m", source="https://me:hunter2@github.com/o/r")
    bad |= {labels.SOURCE: "https://me:hunter2@github.com/o/r", labels.BASE_NAME: "a\nb"}
    registry.put(f"{NAME}:1", bad | {labels.BUILT_AS: "no name"})
    found = said(life, "1", registry)
    assert (found.commit, found.promoted_from) == (None, None)
    assert found.source == "https://github.com/o/r"
    assert "hunter2" not in str(found)
    assert found.pins == ("evil\N{REPLACEMENT CHARACTER}[31m",)
    assert found.base == "a\N{REPLACEMENT CHARACTER}b"


# --- promoted --------------------------------------------------------------------------------------


def test_the_same_bits_under_another_name(life: Life) -> None:
    tried = life.on(1, {OURS: PIN})
    moved = life.on(2, {THEIRS: f"oauthenticator==17.3.0\n{PIN}\n"})
    tag, origin = tag_of(moved, 3), f"{NAME}:{tag_of(tried)}"
    registry = Shelf()
    registry.put(f"{HUB}:{tag}", labelled(tried, PIN, built_as=origin))
    registry.put(origin, labelled(tried, PIN, built_as=origin))
    found = said(life, tag, registry, "hub")
    assert found.promoted_from == Promoted(name=NAME, tag=tag_of(tried), same_digest=True)
    assert found.commit
    assert (found.commit.id, found.pins, found.pins_from) == (tried, (PIN,), "commit")
    assert found.notes == ()
    registry.put(origin, digest="sha256:" + "e" * 64)
    again = said(life, tag, registry, "hub").promoted_from
    assert again
    assert again.same_digest is False
    registry.held[origin] = SILENT
    again = said(life, tag, registry, "hub").promoted_from
    assert again
    assert again.same_digest is None


def test_a_promoted_image_that_was_called_otherwise_at_its_commit(life: Life) -> None:
    """What its commit says of the image that was asked for is about another image."""
    tried = life.on(1, {OURS: OTHER})
    registry = Shelf()
    registry.put(f"{HUB}:1", labelled(tried, PIN, built_as=f"{hubs.NAME}hub-renamed:1"))
    found = said(life, "1", registry, "hub")
    assert (found.pins, found.pins_from) == ((PIN,), "labels")


def test_a_label_sends_nobody_to_another_host(life: Life) -> None:
    registry = Shelf()
    registry.put(f"{HUB}:1", labelled(GONE, PIN, built_as="evil.example.org/a/b:1"))
    found = said(life, "1", registry, "hub").promoted_from
    assert found == Promoted(name="evil.example.org/a/b", tag="1", same_digest=None)
    assert registry.asked == [f"{HUB}:1"]


# --- from git alone --------------------------------------------------------------------------------


def test_a_registry_that_is_silent(life: Life) -> None:
    commit = life.on(1, {OURS: PIN}, "Pin\tthing")
    life.repo.git("remote", "add", "origin", "https://me:hunter2@github.com/o/hubs.git")
    found = said(life, tag_of(commit), Shelf(silent=SILENT))
    assert found.commit
    assert found.commit.url == f"{SOURCE}/commit/{commit}"
    assert found.commit.subject == "Pin\N{REPLACEMENT CHARACTER}thing"
    assert (found.pins, found.pins_from, found.base) == ((PIN,), "commit", BASE)
    assert (found.digest, found.size, found.created, found.platforms) == (None, None, None, ())
    assert found.notes == ("what the registry has is not known. The registry is asleep.",)


def test_a_tag_that_was_never_pushed(life: Life) -> None:
    commit = life.on(1, {OURS: PIN})
    found = said(life, tag_of(commit), Shelf())
    assert found.notes == (f"{NAME}:{tag_of(commit)} is not in its registry",)


def test_what_is_built_on_a_tagged_commit_is_named_after_that(life: Life) -> None:
    commit = life.on(1, {OURS: PIN})
    life.repo.git("tag", "--annotate", "-m", "One", "1.0.0")
    found = said(life, "1.0.0", Shelf(silent=SILENT))
    assert found.commit
    assert (found.commit.id, found.pins) == (commit, (PIN,))


def test_a_branch_that_is_called_like_a_commit(life: Life) -> None:
    life.repo.git("branch", GONE[:7])
    with pytest.raises(NothingKnown):
        said(life, tag_of(GONE), Shelf())


def test_a_commit_whose_files_are_broken(life: Life) -> None:
    chartpress = "helm-charts/chartpress.yaml"
    good = (life.repo.root / chartpress).read_text()
    commit = life.on(1, {chartpress: "charts: [\n"})
    life.on(2, {chartpress: good})
    found = said(life, tag_of(commit), Shelf(silent=SILENT))
    assert (found.pins_from, found.base) == (None, None)
    assert "its commit has none that can be read" in found.notes[-1]
    registry = Shelf()
    registry.put(f"{NAME}:{tag_of(commit)}", labelled(commit, PIN))
    assert said(life, tag_of(commit), registry).pins_from == "labels"


def test_recorded_before_its_file_was_moved(life: Life) -> None:
    commit = life.on(1, {OURS: PIN})
    recording = life.on(2, {STAGING: override(tag_of(commit))})
    moved = STAGING.replace("staging.", "moved.")
    cluster = "config/clusters/example/cluster.yaml"
    text = (life.repo.root / cluster).read_text()
    life.repo.git("mv", STAGING, moved)
    life.on(3, {cluster: text.replace("staging.values", "moved.values", 1)})
    found = said(life, tag_of(commit), Shelf())
    assert found.recorded
    assert (found.recorded.path, found.recorded.commit) == (STAGING, recording)


def test_the_charts_folder_was_moved(life: Life) -> None:
    commit = life.on(1, {THEIRS: PIN})
    values = (life.repo.root / VALUES).read_text()
    recording = life.on(2, {VALUES: values.replace("0.0.1-set.by.chartpress", tag_of(commit))})
    life.repo.git("mv", "helm-charts", "charts")
    life.on(3)
    found = said(life, tag_of(commit), Shelf(), "hub", charts_dir="charts")
    assert (found.pins, found.pins_from) == ((PIN,), "commit")
    assert found.recorded
    assert (found.recorded.path, found.recorded.commit) == (VALUES, recording)


def test_a_shallow_clone_says_what_it_cannot_tell(life: Life, tmp_path: Path) -> None:
    commit = life.on(1, {OURS: PIN})
    life.on(2, {STAGING: override(tag_of(commit))})
    life.on(3)
    shallow = clone(life, tmp_path / "shallow", 1)
    found = said(shallow, tag_of(commit), Shelf())
    assert found.commit
    assert (found.commit.id, found.commit.here) == (commit[:7], False)
    assert (found.recorded, found.pins_from) == (None, None)
    assert [use.hub for use in found.hubs] == ["example/staging"]
    assert "git fetch --unshallow" in found.notes[-1]


def test_main_may_reach_back_beyond_a_shallow_clone(life: Life, tmp_path: Path) -> None:
    commit = life.on(1, {OURS: PIN})
    life.on(2)
    shallow = clone(life, tmp_path / "shallow", 1)
    shallow.repo.git("fetch", "--quiet", "--depth=1", life.repo.root.as_uri(), commit)
    found = said(shallow, tag_of(commit), Shelf()).commit
    assert found
    assert (found.here, found.on_main) == (True, None)
    newest = shallow.repo.git("rev-parse", "HEAD")
    found = said(shallow, tag_of(newest, 3), Shelf()).commit
    assert found
    assert found.on_main is True


# --- from neither ----------------------------------------------------------------------------------


def test_nothing_known(life: Life) -> None:
    with pytest.raises(NothingKnown) as caught:
        said(life, tag_of(GONE), Shelf())
    assert f"{NAME}:{tag_of(GONE)}" in caught.value.what
    assert f"commit {GONE[:7]} is not in this clone" in caught.value.what
    assert "no such tag" in caught.value.what
    assert "git fetch" in caught.value.fix
    with pytest.raises(NothingKnown) as caught:
        said(life, "latest", Shelf(silent=SILENT))
    assert "asleep" in caught.value.what
    assert "no such tag" not in caught.value.what
    assert caught.value.fix == "wake it"
    with pytest.raises(BadReference):
        said(life, "sha256:123", Shelf())

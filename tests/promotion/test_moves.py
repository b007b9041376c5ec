"""What a promotion moves: changes, never a downgrade, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.version import Version

import hubs
from hubimages import edits, pins
from hubimages.lifecycle.changes import same
from hubimages.promotion import pinning
from hubimages.promotion.moves import Moves, NotAChange, between
from hubimages.requirements import ListedTwice, parse
from hubs import Hubs, Shape

OURS = hubs.requirements("folders")
THEIRS = "helm-charts/images/hub/requirements.txt"
COMMIT = "a" * 40
GIT = f"git+https://github.com/jupyterhub/oauthenticator@{COMMIT}"


def make(folder: Path, ours: str, theirs: str, shape: Shape = "folders") -> Hubs:
    repo = hubs.make(folder, shape)
    repo.commit({hubs.requirements(shape): ours, THEIRS: theirs})
    return repo


def moves(repo: Hubs, package: str = "") -> Moves:
    images = repo.images
    return between(images.named("hub-experimental"), images.production, package)


def apply(repo: Hubs, found: Moves) -> None:
    images = repo.images
    image = images.named("hub-experimental")
    for plan in (pinning.to_production, pinning.to_experiment):
        for edit in plan(repo.git, images, image, found, commit=True):
            edits.apply(repo.git, [edit], "Move\n", commit=True)


@pytest.mark.parametrize("shape", ["folders", "shared"])
def test_pins_take_the_place_of_older_ones_of_the_package(tmp_path: Path, shape: Shape) -> None:
    ours = f"# what is tried\n# reason: faster logins\n{GIT}\nnew-one==1\n"
    theirs = "# what runs\noauthenticator==17.3.0  # keep\nother==2\n"
    repo = make(tmp_path / "hubs", ours, theirs, shape)
    found = moves(repo)
    assert [change.kind for change in found.promoted] == ["other", "new"]
    assert [pin.text for pin in found.missing] == ["other==2"]
    apply(repo, found)
    assert repo.read(THEIRS) == (
        f"# what runs\n# reason: faster logins\n{GIT}  # keep\nother==2\nnew-one==1\n"
    )
    assert repo.read(hubs.requirements(shape)) == f"{ours}other==2\n"
    again = moves(repo)
    assert not again.promoted
    assert not again.refreshes


def test_extras_and_markers_are_those_that_were_tried(tmp_path: Path) -> None:
    repo = make(tmp_path / "hubs", "thing==2\n", "thing[all]==1 ; python_version > '3'\n")
    apply(repo, moves(repo))
    assert repo.read(THEIRS) == "thing==2\n"


def test_one_package_leaves_the_others(tmp_path: Path) -> None:
    repo = make(tmp_path / "hubs", f"{GIT}\nthing==2\n", "thing==1\nold==3\n")
    found = moves(repo, "jupyterhub/oauthenticator")
    assert [change.pin.text for change in found.promoted] == [GIT]
    assert [change.pin.text for change in found.left] == ["thing==2"]
    apply(repo, Moves(promoted=found.promoted, left=found.left, behind=(), missing=()))
    assert repo.read(THEIRS) == f"thing==1\nold==3\n{GIT}\n"
    # a run that was killed after this one step is not told that there is no such change
    rest = moves(repo, "oauthenticator")
    assert (rest.promoted, len(rest.left)) == ((), 1)


def test_what_cannot_be_promoted(tmp_path: Path) -> None:
    repo = make(tmp_path / "hubs", "thing==1\n", "thing==2\n")
    with pytest.raises(NotAChange, match="downgrade"):
        moves(repo, "thing")
    with pytest.raises(NotAChange, match="nothing of that name"):
        moves(repo, "unknown")
    assert [behind.production.text for behind in moves(repo).behind] == ["thing==2"]
    assert moves(repo).promoted == ()


def test_pins_of_an_included_file_are_not_missing(tmp_path: Path) -> None:
    repo = make(tmp_path / "hubs", "-r base.txt\nthing==2\n", "thing==1\nonly==1\n")
    found = moves(repo)
    assert [change.pin.text for change in found.promoted] == ["thing==2"]
    assert not found.refreshes


_RELEASES = st.dictionaries(
    st.sampled_from(["one", "two", "three"]), st.sampled_from(["1", "1.5", "2", "10"]), max_size=3
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ours=_RELEASES, theirs=_RELEASES)
def test_never_a_downgrade_and_the_same_at_the_end(
    tmp_path_factory: pytest.TempPathFactory, ours: dict[str, str], theirs: dict[str, str]
) -> None:
    def text(releases: dict[str, str]) -> str:
        return "".join(f"{name}=={version}\n" for name, version in releases.items())

    repo = make(tmp_path_factory.mktemp("hubs"), "#\n" + text(ours), "#\n" + text(theirs))
    apply(repo, moves(repo))
    images = repo.images
    after = {pin.package: pin.version for pin in pins.of(images.production)}
    for name, version in theirs.items():
        assert Version(after[name] or "") >= Version(version)
    assert same(pins.of(images.named("hub-experimental")), pins.of(images.production))


def test_taking_back_gives_productions_pins(tmp_path: Path) -> None:
    theirs = "thing==1\nahead==5\nonly==1\n"
    repo = make(tmp_path / "hubs", f"# tried\n# reason: x\n{GIT}\nthing==2\nahead==4\n", theirs)
    images = repo.images
    image = images.named("hub-experimental")
    for edit in pinning.back(repo.git, images, image, moves(repo), commit=True):
        edits.apply(repo.git, [edit], "Drop\n", commit=True)
    assert repo.read(OURS) == "# tried\nthing==1\nahead==5\nonly==1\n"
    assert same(parse(repo.read(OURS)), parse(theirs))
    assert pinning.back(repo.git, repo.images, image, moves(repo), commit=True) == ()


def test_a_package_that_is_asked_for_in_two_ways_is_not_moved(tmp_path: Path) -> None:
    ours = "thing==1 ; python_version < '3.12'\nthing==2 ; python_version >= '3.12'\n"
    repo = make(tmp_path / "hubs", ours, "#\n")
    with pytest.raises(ListedTwice, match="thing"):
        moves(repo)

"""What git alone tells of an earlier run."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import hubs
from hubimages.promotion import trail
from hubs import Hubs

NAME = f"{hubs.NAME}hub-experimental"
THEIRS = "helm-charts/images/hub/requirements.txt"
VALUES = "helm-charts/basehub/values.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def steps(repo: Hubs) -> list[str]:
    images = repo.images
    image = images.named("hub-experimental")
    return [step.commit for step in trail.steps(repo.git, image, images.production)]


def step(repo: Hubs, path: str, text: str, tag: str = "1") -> str:
    return repo.commit({path: text}, f"Step\n\n{trail.trailer(f'{NAME}:{tag}')}")


def test_a_promotion_begins_where_the_pins_moved(repo: Hubs) -> None:
    assert steps(repo) == []
    step(repo, THEIRS, "thing==1\n", "old")
    first = step(repo, THEIRS, "thing==2\n")
    second = step(repo, VALUES, "changed: 1\n")
    assert steps(repo) == [second, first]
    assert trail.steps(repo.git, repo.images.all[1], repo.images.production)[0].tried == f"{NAME}:1"


def test_another_images_promotion_is_not_ours(repo: Hubs) -> None:
    repo.commit({THEIRS: "thing==3\n"}, f"Step\n\n{trail.trailer(f'{NAME}-two:1')}")
    repo.commit({THEIRS: "thing==4\n"}, f"Promoted-from: {NAME}:1 is a subject")
    assert steps(repo) == []


def test_undo_is_a_range_where_nothing_is_between(repo: Hubs) -> None:
    start = repo.read(THEIRS)
    one = step(repo, THEIRS, "thing==2\n")
    assert trail.undo(repo.git, [one]) == f"git revert --no-edit {one[:12]}"
    two = step(repo, VALUES, "changed: 1\n")
    undo = trail.undo(repo.git, [two, one])
    assert ".." in undo
    repo.ask(*shlex.split(undo)[1:])
    assert repo.read(THEIRS) == start


def test_undo_names_each_where_other_work_is_between(repo: Hubs) -> None:
    one = step(repo, THEIRS, "thing==2\n")
    repo.commit({"README.md": "between\n"})
    two = step(repo, VALUES, "changed: 1\n")
    undo = trail.undo(repo.git, [two, one])
    assert undo == f"git revert --no-edit {two[:12]} {one[:12]}"
    repo.ask(*shlex.split(undo)[1:])
    assert repo.read("README.md") == "between\n"


def test_what_was_reverted_since_is_not_reverted_again(repo: Hubs) -> None:
    one = step(repo, THEIRS, "thing==2\n")
    step(repo, VALUES, "changed: 1\n")
    repo.ask("revert", "--no-edit", "HEAD")
    assert steps(repo) == [one]
    three = step(repo, VALUES, "changed: 1\n")
    repo.ask(*shlex.split(trail.undo(repo.git, steps(repo)))[1:])
    assert steps(repo) == []
    assert three


@pytest.mark.parametrize("hook", ["commit-msg", "prepare-commit-msg"])
def test_a_hook_may_add_a_paragraph_of_its_own(repo: Hubs, hook: str) -> None:
    repo.hook(hook, 'printf "\\nSigned-off-by: A B <a@b.org>\\n" >> "$1"')
    first = step(repo, THEIRS, "thing==2\n")
    assert steps(repo) == [first]


@pytest.mark.parametrize(
    ("option", "value"), [("grep.patternType", "fixed"), ("trailer.separators", "=#")]
)
def test_a_persons_settings_hide_no_step(repo: Hubs, option: str, value: str) -> None:
    repo.ask("config", option, value)
    first = step(repo, THEIRS, "thing==2\n")
    assert steps(repo) == [first]


def test_a_promotion_begins_behind_a_link_too(repo: Hubs) -> None:
    (repo.path / THEIRS).rename(repo.path / f"{THEIRS}.real")
    (repo.path / THEIRS).symlink_to("requirements.txt.real")
    step(repo, f"{THEIRS}.real", "thing==1\n", "old")
    first = step(repo, f"{THEIRS}.real", "thing==2\n")
    assert steps(repo) == [first]

"""Trials: one file of one hub, and the bytes back at the end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import hubs
from hubimages import fleet, images, trials
from hubimages.edits import UncommittedChanges
from hubimages.errors import BadFile
from hubimages.tree import WorkTree
from hubimages.trials import Change, NoOwnFile, NotExperimental
from hubimages.yamledit import EditRefused
from hubs import SETTINGS, Hubs

CORPUS = Path(__file__).parents[1] / ".." / "shared" / "corpus" / "2i2c-infrastructure"
EXAMPLE = "config/clusters/example"
RESEARCH = "config/clusters/research"
WANTED = ("quay.io/example/hub-experimental", "0.0.1-0.dev.git.7.habcdef0")


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return hubs.make(tmp_path / "hubs")


def begin(
    repo: Hubs,
    hub: str,
    wanted: tuple[str, str] = WANTED,
    *,
    commit: bool = True,
    alone: bool = False,
) -> Change:
    found = repo.fleet
    production = repo.images.production
    on = found.named(hub)
    return trials.begin(repo.git, found, on, production, wanted, commit=commit, alone=alone)


def end(repo: Hubs, hub: str, *, commit: bool = True) -> Change:
    found = repo.fleet
    return trials.end(repo.git, found, found.named(hub), repo.images.production, commit=commit)


def written(repo: Hubs, change: Change, message: str = "Trial") -> None:
    repo.commit({edit.path: edit.after for edit in change.edits}, message)


def image_of(repo: Hubs, path: str, *keys: str) -> Any:
    found = yaml.safe_load(repo.read(path))
    for key in (*keys, "jupyterhub", "hub", "image"):
        found = found[key]
    return found


@pytest.mark.parametrize(
    ("hub", "path", "keys"),
    [
        ("example/staging", f"{EXAMPLE}/staging.values.yaml", ()),
        ("example/prod", f"{EXAMPLE}/prod.values.yaml", ()),
        ("research/dask", f"{RESEARCH}/dask.values.yaml", ("basehub",)),
    ],
)
def test_a_trial_is_in_the_hubs_own_file_and_its_end_gives_the_bytes_back(
    repo: Hubs, hub: str, path: str, keys: tuple[str, ...]
) -> None:
    before = repo.read(path)
    change = begin(repo, hub)
    (edit,) = change.edits
    assert (edit.path, change.shared) == (path, {})
    written(repo, change)
    assert image_of(repo, path, *keys) == {"name": WANTED[0], "tag": WANTED[1]}
    assert begin(repo, hub).edits == ()
    (back,) = end(repo, hub).edits
    assert (back.path, back.after) == (path, before)
    written(repo, end(repo, hub))
    assert end(repo, hub).edits == ()


def test_another_tag_is_one_line(repo: Hubs) -> None:
    written(repo, begin(repo, "example/staging"))
    (edit,) = begin(repo, "example/staging", (WANTED[0], "1.2.3")).edits
    changed = [line for line in edit.diff().splitlines()[2:] if line[0] in "+-"]
    assert [line.split() for line in changed] == [
        ["-", "tag:", f'"{WANTED[1]}"'],
        ["+", "tag:", '"1.2.3"'],
    ]


def test_an_override_is_edited_where_it_stands_and_other_hubs_are_named(repo: Hubs) -> None:
    common = f"{EXAMPLE}/common.values.yaml"
    repo.commit({common: "jupyterhub:\n  hub:\n    image:\n      name: a/b\n      tag: x\n"})
    change = begin(repo, "example/staging")
    assert [edit.path for edit in change.edits] == [common]
    assert change.shared == {common: ["example/prod"]}
    assert end(repo, "example/staging").shared == {common: ["example/prod"]}


def test_a_hub_can_leave_a_shared_override_alone(repo: Hubs) -> None:
    """With an override in its own file, which counts more; the end of that leaves the shared one."""
    common, own = f"{EXAMPLE}/common.values.yaml", f"{EXAMPLE}/staging.values.yaml"
    repo.commit({common: "jupyterhub:\n  hub:\n    image:\n      name: a/b\n      tag: x\n"})
    assert trials.can_be_alone(WorkTree(repo.git.root), repo.fleet, begin(repo, "example/staging"))
    before = repo.read(own)
    change = begin(repo, "example/staging", alone=True)
    assert [edit.path for edit in change.edits] == [own]
    assert change.shared == {}
    written(repo, change)
    (edit,) = end(repo, "example/staging").edits
    assert (edit.path, edit.after) == (own, before)


def test_name_and_tag_are_never_parted(repo: Hubs) -> None:
    """A tag alone in a shared file: with the trial's tag there and its name elsewhere, the other
    hubs would look for that tag under production's name."""
    common = f"{EXAMPLE}/common.values.yaml"
    repo.commit({common: "jupyterhub:\n  hub:\n    image:\n      tag: old\n"})
    change = begin(repo, "example/staging")
    assert [edit.path for edit in change.edits] == [common]
    written(repo, change)
    assert image_of(repo, common) == {"tag": WANTED[1], "name": WANTED[0]}


def test_the_last_file_that_says_anything_counts(repo: Hubs) -> None:
    common, own = f"{EXAMPLE}/common.values.yaml", f"{EXAMPLE}/staging.values.yaml"
    repo.commit(
        {
            common: "jupyterhub:\n  hub:\n    image:\n      name: a/b\n",
            own: "jupyterhub:\n  hub:\n    image:\n      tag: old\n",
        }
    )
    change = begin(repo, "example/staging")
    assert [edit.path for edit in change.edits] == [own]
    assert change.shared == {}


def test_a_hub_without_a_file_of_its_own_is_refused(repo: Hubs) -> None:
    with pytest.raises(NoOwnFile, match="research/other-twin") as caught:
        begin(repo, "research/other-twin")
    assert "other-twin.values.yaml" in caught.value.fix


def test_the_secret_file_of_a_hub_is_not_its_own(repo: Hubs) -> None:
    repo.commit({f"{RESEARCH}/enc-twin.secret.values.yaml": "sops: {}\n"})
    with pytest.raises(NoOwnFile):
        begin(repo, "research/twin")


def test_a_link_is_not_a_file_of_its_own(repo: Hubs) -> None:
    prod = repo.path / EXAMPLE / "prod.values.yaml"
    prod.unlink()
    prod.symlink_to("staging.values.yaml")
    repo.commit()
    with pytest.raises(NoOwnFile):
        begin(repo, "example/prod")


@pytest.mark.parametrize("act", ["begin", "end"])
def test_what_a_killed_run_wrote_is_the_next_runs_edit(repo: Hubs, act: str) -> None:
    path = f"{EXAMPLE}/staging.values.yaml"
    change = begin(repo, "example/staging")
    if act == "end":
        written(repo, change)
        change = end(repo, "example/staging")
    repo.write(path, change.edits[0].after)  # and killed before its commit
    again = begin(repo, "example/staging") if act == "begin" else end(repo, "example/staging")
    assert again.edits == change.edits


def test_other_changes_in_the_file_stand_in_the_way_unless_nothing_is_committed(repo: Hubs) -> None:
    repo.write(f"{EXAMPLE}/staging.values.yaml", hubs.STAGING + "mine: 1\n")
    with pytest.raises(UncommittedChanges):
        begin(repo, "example/staging")
    (edit,) = begin(repo, "example/staging", commit=False).edits
    assert edit.after.startswith(hubs.STAGING)
    assert "mine: 1" in edit.after


def test_changes_in_a_file_that_is_not_edited_do_not(repo: Hubs) -> None:
    written(repo, begin(repo, "example/staging"))
    repo.write(f"{EXAMPLE}/common.values.yaml", "mine: 1\n")
    assert len(begin(repo, "example/staging", (WANTED[0], "1.2.3")).edits) == 1
    assert [edit.path for edit in end(repo, "example/staging").edits] == [
        f"{EXAMPLE}/staging.values.yaml"
    ]


def test_the_chart_says_which_form_is_written(repo: Hubs) -> None:
    values = "helm-charts/basehub/values.yaml"
    path = f"{EXAMPLE}/staging.values.yaml"
    for text, said in [
        (
            "jupyterhub: {hub: {image: {repository: a/b, tag: '1'}}}",
            {"repository": WANTED[0], "tag": WANTED[1]},
        ),
        ("jupyterhub: {hub: {image: 'a/b:1'}}", ":".join(WANTED)),
    ]:
        repo.commit({values: text})
        written(repo, begin(repo, "example/staging"))
        assert image_of(repo, path) == said
        written(repo, end(repo, "example/staging"))
        assert repo.read(path) == hubs.STAGING


@pytest.mark.parametrize(
    "text",
    [
        "jupyterhub: &hub\n  hub: {db: 1}\nother: *hub\n",
        "base: &base {hub: {image: {tag: a}}}\njupyterhub:\n  <<: *base\n",
    ],
)
def test_what_cannot_be_edited_alone_is_refused_with_its_file(repo: Hubs, text: str) -> None:
    repo.commit({f"{EXAMPLE}/staging.values.yaml": text})
    with pytest.raises(EditRefused, match=r"staging\.values\.yaml: line \d+") as caught:
        begin(repo, "example/staging")
    assert caught.value.fix


def test_a_file_that_is_not_yaml_is_named(repo: Hubs) -> None:
    repo.commit({f"{EXAMPLE}/staging.values.yaml": "a: [\n"})
    for act in (begin, end):
        with pytest.raises((EditRefused, BadFile), match=r"staging\.values\.yaml"):
            act(repo, "example/staging")


def test_override_reads_all_files_of_a_hub(repo: Hubs) -> None:
    tree, production, found = WorkTree(repo.path), repo.images.production, repo.fleet
    staging = found.named("example/staging")
    assert trials.override(tree, staging, production) == (None, None)
    written(repo, begin(repo, "example/staging"))
    assert trials.override(tree, staging, production) == WANTED


def test_production_is_no_trial(repo: Hubs) -> None:
    refused = NotExperimental(repo.images.production, "example/staging")
    assert "invoke experiment.stop --hub example/staging" in refused.fix


# --- over a real fleet -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Hubs:
    """A copy of the corpus; no git is needed, since nothing here commits."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not beside this clone: ../shared/corpus/2i2c-infrastructure")
    target = tmp_path_factory.mktemp("corpus") / "hubs"
    shutil.copytree(CORPUS, target)
    found = Hubs(target)
    found.ask("init", "--quiet")
    return found


def meant(tree: WorkTree, paths: tuple[str, ...]) -> list[object]:
    return [yaml.load(tree.read(path) or "", Loader=yaml.CSafeLoader) for path in paths]


def test_try_and_stop_over_every_hub_of_the_corpus(corpus: Hubs) -> None:
    tree = WorkTree(corpus.path)
    every = fleet.load(tree, SETTINGS)
    production = images.load(tree, SETTINGS).production
    assert len(every.hubs) > 50
    deeper = without_file = 0
    for hub in every.hubs:
        before = {path: tree.read(path) for path in hub.readable_files}
        try:
            change = trials.begin(corpus.git, every, hub, production, WANTED, commit=False)
        except NoOwnFile:
            without_file += 1
            continue
        (edit,) = change.edits
        overridden = trials.override(tree, hub, production) != (None, None)
        if not overridden:  # else it is edited where it stands, and the other hubs are named
            assert every.others_with(edit.path, hub) == [], hub.name
        assert list(change.shared) == ([edit.path] if every.others_with(edit.path, hub) else [])
        corpus.write(edit.path, edit.after)
        assert trials.override(tree, hub, production) == WANTED, hub.name
        (path,) = hub.image_paths(tree, production)
        deeper += len(path) == 4
        now, was = meant(tree, (edit.path,))[0], yaml.safe_load(before[edit.path] or "")
        assert _without_image(now, path) == _without_image(was, path), hub.name
        stopped = trials.end(corpus.git, every, hub, production, commit=False)
        for undo in stopped.edits:
            corpus.write(undo.path, undo.after)
        if not overridden:
            assert {path: tree.read(path) for path in hub.readable_files} == before, hub.name
        corpus.write(edit.path, edit.before or "")
    assert deeper > 0
    assert without_file < len(every.hubs) / 10


def _without_image(document: Any, path: tuple[str | int, ...]) -> Any:
    """Return a document without the image, and without mappings that hold nothing."""
    if not isinstance(document, dict):
        return document or None
    if not path:
        return {k: v for k, v in document.items() if k not in ("name", "tag")} or None
    inner = {**document, path[0]: _without_image(document.get(path[0]), path[1:])}
    return {key: value for key, value in inner.items() if key != path[0] or value} or None

"""Trials over generated values files: the hub runs what was asked for, no other hub does, and back."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import hubs
from hubimages import fleet, trials
from hubimages.errors import BadFile
from hubimages.listing import Lister
from hubimages.tree import WorkTree
from hubimages.yamledit import EditRefused
from hubs import SETTINGS, Hubs
from tests.yamledit.yamltexts import meaning, texts

FILES = {
    "example/staging": "config/clusters/example/staging.values.yaml",
    "research/dask": "config/clusters/research/dask.values.yaml",
}
WANTED = ("quay.io/example/hub-experimental", "0.0.1-0.dev.git.7.habcdef0")


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Hubs:
    return hubs.make(tmp_path_factory.mktemp("trials") / "hubs")


def runs(repo: Hubs) -> dict[str, tuple[str | None, str | None]]:
    """Return what each hub runs, in whose files nothing is broken."""
    tree = WorkTree(repo.path)
    lister = Lister(tree)
    listed = [lister.describe(hub) for hub in fleet.load(tree, SETTINGS).hubs]
    assert not lister.problems
    images = {one.hub.name: one.hub_image for one in listed}
    return {name: (image.name, image.tag) for name, image in images.items() if image}


def apply(repo: Hubs, change: trials.Change) -> int:
    """Write the edits and return how many lines they add or change."""
    added = 0
    for edit in change.edits:
        assert edit.after is not None
        lines = [row for row in edit.diff().splitlines()[2:] if row.startswith("+")]
        added += len(lines)
        repo.write(edit.path, edit.after)
    return added


@settings(max_examples=150, deadline=None)
@given(text=texts(), name=st.sampled_from(sorted(FILES)))
def test_a_trial_and_its_end_over_any_values_file(repo: Hubs, text: str, name: str) -> None:
    try:
        document = meaning(text)
    except yaml.YAMLError:
        document = "broken"
    assume(document is None or isinstance(document, dict))
    for path in FILES.values():
        repo.write(path, "{}\n")
    repo.write(FILES[name], text)
    production, found = repo.images.production, repo.fleet
    hub = found.named(name)
    try:
        before = runs(repo)
        begun = trials.begin(repo.git, found, hub, production, WANTED, commit=False)
    except (AssertionError, BadFile, EditRefused):
        return  # what a deployment would not take either, or what is shared through an anchor
    assert [edit.path for edit in begun.edits] == [FILES[name]]
    apply(repo, begun)
    assert runs(repo) == {**before, name: WANTED}

    again = trials.begin(repo.git, found, hub, production, (WANTED[0], "1.2.3"), commit=False)
    assert apply(repo, again) == 1
    assert runs(repo) == {**before, name: (WANTED[0], "1.2.3")}

    ended = trials.end(repo.git, found, hub, production, commit=False)
    apply(repo, ended)
    if "image" not in text:  # else an override of its own went with the trial
        assert runs(repo) == before
        assert repo.read(FILES[name]) == text

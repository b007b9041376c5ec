"""Setting user images: one line, the right one, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hubs
from hubimages import fleet
from hubimages.edits import Edit, UncommittedChanges
from hubimages.listing import Lister
from hubimages.reference import BadReference
from hubimages.tree import Overlaid, WorkTree
from hubimages.trials import NoOwnFile
from hubimages.userimages import choosing, places, setting
from hubimages.userimages.choosing import AmbiguousChoice, UnknownChoice
from hubimages.userimages.places import Place, Places
from hubimages.userimages.setting import InTheChart, NeedsTag, Setting
from hubimages.yamledit import EditRefused
from hubs import SETTINGS, Hubs

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "2i2c-infrastructure"
EXAMPLE = "config/clusters/example"
STAGING, COMMON = f"{EXAMPLE}/staging.values.yaml", f"{EXAMPLE}/common.values.yaml"
PROFILES = """\
jupyterhub:
  custom:
    jupyterhubConfigurator: {enabled: true}
  singleuser:
    image:
      name: org/base   # for all
      tag: "1.0"
    profileList:
      - display_name: Small
        slug: small
        profile_options: &options
          image:
            display_name: Image
            choices:
              python-3.11:
                display_name: Python
                kubespawner_override:
                  image: org/python:1.0   # pinned
              r:
                display_name: R
                kubespawner_override: {image: 'org/r:1.0'}
      - display_name: Large
        profile_options: *options
      - display_name: Special
        kubespawner_override:
          image: &special org/special:1.0
      - display_name: Copy
        kubespawner_override:
          image: *special
      - display_name: Other
        profile_options:
          image:
            choices:
              r:
                display_name: R
                kubespawner_override: {image: org/r:2.0}
      - display_name: Plain
"""


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    made = hubs.make(tmp_path / "hubs")
    made.commit({STAGING: PROFILES})
    return made


def found_in(repo: Hubs, hub: str) -> Places:
    found = places.of(Lister(WorkTree(repo.path)), repo.fleet.named(hub))
    assert found is not None
    return found


def put(
    repo: Hubs, place: Place, name: str, tag: str, *, commit: bool = True, alone: bool = False
) -> Setting:
    return setting.put(repo.git, repo.fleet, place, name, tag, commit=commit, alone=alone)


def changed(edit: Edit) -> list[str]:
    return [line for line in edit.diff().splitlines()[2:] if line[0] in "+-"]


def refs(repo: Hubs, hub: str, done: Setting | None = None) -> dict[str, str]:
    """Return a hub's images after edits, by label."""
    edits = done.change.edits if done else ()
    tree = Overlaid(WorkTree(repo.path), {edit.path: edit.after for edit in edits})
    found = places.of(Lister(tree), repo.fleet.named(hub))
    assert found is not None
    return {place.label: place.ref for place in found.named}


def test_where_images_stand(repo: Hubs) -> None:
    found = found_in(repo, "example/staging")
    assert found.configurator
    assert found.hiding == ("Small", "Large", "Special", "Copy", "Other")
    assert found.profiles == (*found.hiding, "Plain")
    assert [(place.label, place.ref) for place in found.named] == [
        ("the default image", "org/base:1.0"),
        ("Small/Python", "org/python:1.0"),
        ("Small/R", "org/r:1.0"),
        ("Large/Python", "org/python:1.0"),
        ("Large/R", "org/r:1.0"),
        ("Special", "org/special:1.0"),
        ("Copy", "org/special:1.0"),
        ("Other/R", "org/r:2.0"),
    ]
    assert not found_in(repo, "example/prod").named


def test_the_default_tag_is_one_line(repo: Hubs) -> None:
    done = put(repo, found_in(repo, "example/staging").default, "org/base", "2024.1")
    (edit,) = done.change.edits
    assert changed(edit) == ['-      tag: "1.0"', '+      tag: "2024.1"']
    assert refs(repo, "example/staging", done)["the default image"] == "org/base:2024.1"


def test_the_default_name_is_another(repo: Hubs) -> None:
    (edit,) = put(repo, found_in(repo, "example/staging").default, "org/new", "2").change.edits
    assert changed(edit) == [
        "-      name: org/base   # for all",
        '-      tag: "1.0"',
        "+      name: org/new   # for all",
        '+      tag: "2"',
    ]
    assert (
        put(repo, found_in(repo, "example/staging").default, "org/base", "1.0").change.edits == ()
    )


@pytest.mark.parametrize(
    ("choice", "line", "others"),
    [
        ("Python", "image: org/python:1.0   # pinned", ["Large/Python"]),
        ("python-3.11", "image: org/python:1.0   # pinned", ["Large/Python"]),
        ("large/PYTHON", "image: org/python:1.0   # pinned", ["Small/Python"]),
        ("small/r", "image: 'org/r:1.0'", ["Large/R"]),
        ("Other/R", "image: org/r:2.0", []),
        ("Special", "image: &special org/special:1.0", ["Copy"]),
    ],
)
def test_a_choice_is_one_line(repo: Hubs, choice: str, line: str, others: list[str]) -> None:
    before = refs(repo, "example/staging")
    place = choosing.choice(found_in(repo, "example/staging"), choice)
    done = put(repo, place, "quay.io/org/new", "7.0")
    (edit,) = done.change.edits
    minus, plus = changed(edit)
    assert line in minus
    old = place.ref
    assert plus == "+" + minus[1:].replace(old, "quay.io/org/new:7.0")
    assert list(done.also) == others
    after = refs(repo, "example/staging", done)
    assert {label for label, ref in after.items() if ref != before[label]} == {
        place.label,
        *others,
    }


def test_an_alias_is_set_alone(repo: Hubs) -> None:
    """A choice that only borrows another's image gets its own; the other keeps what it has."""
    copy = [p for p in found_in(repo, "example/staging").choices if p.label == "Copy"]
    done = put(repo, copy[0], "org/copy", "1.0")
    (edit,) = done.change.edits
    assert changed(edit) == ["-          image: *special", '+          image: "org/copy:1.0"']
    assert (done.also, refs(repo, "example/staging", done)["Special"]) == ((), "org/special:1.0")


def test_a_name_that_means_several_lists_them(repo: Hubs) -> None:
    found = found_in(repo, "example/staging")
    with pytest.raises(AmbiguousChoice) as several:
        choosing.choice(found, "R")
    assert several.value.fix == "--choice, one of: Small/R; Other/R"
    with pytest.raises(UnknownChoice) as none:
        choosing.choice(found, "Julia")
    assert "Small/Python; Small/R; Special; Other/R" in none.value.fix
    with pytest.raises(UnknownChoice) as nothing:
        choosing.choice(found_in(repo, "example/prod"), "R")
    assert "leave out --choice" in nothing.value.fix


@pytest.mark.parametrize(
    ("hub", "path", "keys"),
    [
        ("example/prod", f"{EXAMPLE}/prod.values.yaml", ("jupyterhub",)),
        ("research/dask", "config/clusters/research/dask.values.yaml", ("basehub", "jupyterhub")),
    ],
)
def test_what_is_not_said_yet_goes_into_the_hubs_own_file(
    repo: Hubs, hub: str, path: str, keys: tuple[str, ...]
) -> None:
    done = put(repo, found_in(repo, hub).default, "org/new", "1.10")
    (edit,) = done.change.edits
    assert edit.path == path
    said = yaml.safe_load(edit.after or "")
    for key in (*keys, "singleuser", "image"):
        said = said[key]
    assert said == {"name": "org/new", "tag": "1.10"}
    assert refs(repo, hub, done) == {"the default image": "org/new:1.10"}


def test_a_shared_file_is_named_or_left_alone(repo: Hubs) -> None:
    shared = "jupyterhub: {singleuser: {image: {name: org/base, tag: '1'}}}\n"
    repo.commit({COMMON: shared, STAGING: "jupyterhub: {}\n"})
    place = found_in(repo, "example/staging").default
    done = put(repo, place, "org/base", "2")
    assert done.change.shared == {COMMON: ["example/prod"]}
    assert [edit.path for edit in done.change.edits] == [COMMON]
    alone = put(repo, place, "org/base", "2", alone=True)
    assert (alone.change.shared, [edit.path for edit in alone.change.edits]) == ({}, [STAGING])
    assert refs(repo, "example/staging", alone) == {"the default image": "org/base:2"}


def test_a_new_name_does_not_part_from_its_tag(repo: Hubs) -> None:
    """The tag is said after the name, so both go where the tag is."""
    repo.commit(
        {
            COMMON: "jupyterhub: {singleuser: {image: {name: org/base, tag: '1'}}}\n",
            STAGING: "jupyterhub: {singleuser: {image: {tag: '2'}}}\n",
        }
    )
    place = found_in(repo, "example/staging").default
    (edit,) = put(repo, place, "org/other", "3").change.edits
    assert (edit.path, changed(edit)[1]) == (
        STAGING,
        "+jupyterhub: {singleuser: {image: {tag: '3', name: \"org/other\"}}}",
    )
    (edit,) = put(repo, place, "org/base", "3").change.edits
    assert changed(edit)[1] == "+jupyterhub: {singleuser: {image: {tag: '3'}}}"


def test_what_cannot_be_edited_says_so(repo: Hubs) -> None:
    with pytest.raises(NoOwnFile):
        put(repo, found_in(repo, "research/twin").default, "a/b", "1")
    chart = "helm-charts/basehub/values.yaml"
    own = repo.read(chart) + PROFILES.partition("\n")[2]
    repo.commit({chart: own, STAGING: "jupyterhub: {}\n"})
    found = found_in(repo, "example/staging")
    with pytest.raises(InTheChart):
        put(repo, choosing.choice(found, "Special"), "a/b", "1")
    (edit,) = put(repo, found.default, "a/b", "1").change.edits  # over the chart's
    assert edit.path == STAGING
    repo.write(STAGING, "jupyterhub: {singleuser: {image: {name: x, tag: y}}}\n")
    with pytest.raises(UncommittedChanges):
        put(repo, found_in(repo, "example/staging").default, "a/b", "1")
    assert put(repo, found_in(repo, "example/staging").default, "a/b", "1", commit=False)


def test_an_edit_that_would_not_count_is_not_made(repo: Hubs) -> None:
    """Here for Helm the merge key comes after the tag, and wins."""
    text = "x: &x {tag: '1'}\njupyterhub: {singleuser: {image: {name: a/b, tag: '0', <<: *x}}}\n"
    repo.commit({STAGING: text})
    place = found_in(repo, "example/staging").default
    assert place.tag == "1"
    with pytest.raises((setting.NotEffective, EditRefused)):
        put(repo, place, "a/b", "2")


@pytest.mark.parametrize("ref", ["quay.io/org/image", "a/b:1@sha256:" + "0" * 64])
def test_a_reference_needs_a_tag(ref: str) -> None:
    with pytest.raises(NeedsTag):
        setting.wanted(ref)


def test_a_reference_stays_as_it_is_typed() -> None:
    assert setting.wanted("docker.io/a/b:1.0") == ("docker.io/a/b", "1.0")
    with pytest.raises(BadReference):
        setting.wanted("https://a/b:1")


def test_bump_edits_each_line_once(repo: Hubs) -> None:
    hub = repo.fleet.named("example/staging")
    found = found_in(repo, hub.name)
    moves = [(place, "9.9") for place in found.named]
    done = setting.bump(repo.git, repo.fleet, hub, moves, commit=True)
    (edit,) = done.change.edits
    assert [line.strip("+ ") for line in changed(edit) if line[0] == "+"] == [
        'tag: "9.9"',
        "image: org/python:9.9   # pinned",
        "kubespawner_override: {image: 'org/r:9.9'}",
        "image: &special org/special:9.9",
        "kubespawner_override: {image: org/r:9.9}",
    ]
    assert {ref.rpartition(":")[2] for ref in refs(repo, hub.name, done).values()} == {"9.9"}


# --- properties ------------------------------------------------------------------------------------

WORDS = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,10}", fullmatch=True)
IMAGES = st.builds("{}/{}:{}".format, WORDS, WORDS, TAGS)
QUOTES = st.sampled_from(["{}", "'{}'", '"{}"'])


@st.composite
def values_files(draw: st.DrawFn) -> str:
    """Draw a values file with a default image and profiles, some through anchors."""
    lines = ["# a hub", "jupyterhub:", "    singleuser:", "        profileList:"]
    anchored = False
    for number in range(draw(st.integers(1, 4))):
        lines += [f"        - display_name: P{number}", "          # a comment", ""]
        kind = draw(st.sampled_from(["own", "options", "alias", "none"]))
        image = draw(QUOTES).format(draw(IMAGES))
        if kind == "own":
            lines += ["          kubespawner_override:", f"            image: {image}  # here"]
        elif kind == "options" and not anchored:
            anchored = True
            lines += [
                "          profile_options: &all",
                "              image:",
                "                choices:",
            ]
            for choice in draw(st.lists(WORDS, min_size=1, max_size=3, unique=True)):
                image = draw(QUOTES).format(draw(IMAGES))
                lines += [
                    f"                    c-{choice}:",
                    f"                      kubespawner_override: {{image: {image}, cpu: 1}}",
                ]
        elif kind == "alias" and anchored:
            lines.append("          profile_options: *all")
    if draw(st.booleans()):
        name, _, tag = draw(IMAGES).partition(":")
        lines += ["        image:", f"          tag: '{tag}'", f"          name: {name}"]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join(lines) + draw(st.sampled_from(["", end]))


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Hubs:
    return hubs.make(tmp_path_factory.mktemp("workshop") / "hubs")


@given(text=values_files(), image=IMAGES, data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_set_changes_one_line_and_the_listing_says_so(
    workshop: Hubs, text: str, image: str, data: st.DataObject
) -> None:
    workshop.write(STAGING, text)
    found = found_in(workshop, "example/staging")
    if not found.named:
        return
    place = data.draw(st.sampled_from(found.named))
    name, tag = setting.wanted(image)
    same = place.label == places.DEFAULT
    name = place.name or "" if same else name
    done = put(workshop, place, name, tag, commit=False)
    before = {one.path: one for one in found.named}
    if place.ref == f"{name}:{tag}":
        assert done.change.edits == ()
        return
    (edit,) = done.change.edits
    assert len([line for line in changed(edit) if line[0] == "+"]) == 1
    assert len([line for line in changed(edit) if line[0] == "-"]) == 1
    tree = Overlaid(WorkTree(workshop.path), {edit.path: edit.after})
    listed = Lister(tree).describe(workshop.fleet.named("example/staging"))
    said = {one.at: f"{one.name}:{one.tag}" for one in listed.user_images}
    for path, one in before.items():
        wanted = f"{name}:{tag}" if one.spot == place.spot else one.ref
        assert said[".".join(map(str, path))] == wanted


# --- the corpus ------------------------------------------------------------------------------------


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_every_image_of_the_corpus_can_be_set(tmp_path: Path) -> None:
    """Of every hub the default image and each choice, a new tag: one line wherever it is said."""
    repo = Hubs(tmp_path / "hubs")
    shutil.copytree(CORPUS, repo.path)
    repo.ask("init", "--quiet")
    repo.commit(message="The corpus")
    git, all_of_them = repo.git, fleet.load(WorkTree(repo.path), SETTINGS)
    lister, lines = Lister(WorkTree(repo.path)), 0
    for hub in all_of_them.hubs[::4]:  # a quarter of them, for time
        found = places.of(lister, hub)
        for place in (found.default, *choosing.apart(found.choices)) if found else ():
            name = place.name or "org/base"
            done = setting.put(git, all_of_them, place, name, "2099.01.01", commit=False)
            (edit,) = done.change.edits
            if place.tag_file in hub.readable_files:
                assert len(changed(edit)) == 2, edit.diff()
                lines += 1
            else:
                assert not [line for line in changed(edit) if line[0] == "-" and "{}" not in line]
    assert lines > 40

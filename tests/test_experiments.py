from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubimages import edits, experiments
from hubimages.edits import Edit, UncommittedChanges
from hubimages.errors import BadFile
from hubimages.experiments import BadName, Creation
from hubimages.images import Image, NoRequirements
from hubimages.requirements import NotListed
from hubimages.sources.resolving import Resolved
from hubs import REQUIREMENTS, Hubs, Shape

SHA = "0123456789abcdef0123456789abcdef01234567"
PIN = Resolved(f"git+https://github.com/o/firstuse@{SHA}", "firstuse", "main", SHA)
RELEASED = Resolved("oauthenticator==17.4.0", "oauthenticator", "17.4.0", None)
CHARTPRESS = "helm-charts/chartpress.yaml"
FOLDER = "helm-charts/images/hub"


@pytest.fixture(params=["folders", "shared"])
def repo(tmp_path: Path, request: pytest.FixtureRequest) -> Hubs:
    return hubs.make(tmp_path / "hubs", request.param)


def experiment(repo: Hubs) -> Image:
    return repo.images.named("hub-experimental")


def put(repo: Hubs, found: Resolved = PIN, reason: str = "") -> Edit | None:
    return experiments.put(
        repo.git, repo.images, experiment(repo), found, reason=reason, commit=True
    )


def test_a_pin_goes_into_the_images_own_file(repo: Hubs) -> None:
    edit = put(repo, reason="to try it")
    assert edit
    assert edit.path == hubs.requirements(repo.shape)
    assert edit.after == f"# what is being tried\n# reason: to try it\n{PIN.row}\n"
    repo.commit({edit.path: edit.after})
    assert put(repo) is None


def test_a_pin_that_a_killed_run_wrote_is_the_next_runs_edit(repo: Hubs) -> None:
    edit = put(repo)
    assert edit
    repo.write(edit.path, edit.after)
    assert put(repo) == edit


def test_a_package_is_replaced_where_it_stands(repo: Hubs) -> None:
    production = repo.images.production
    edit = experiments.put(repo.git, repo.images, production, RELEASED, reason="", commit=True)
    assert edit
    assert edit.after == REQUIREMENTS.replace("17.3.0", "17.4.0")


def test_a_pin_is_taken_out(repo: Hubs) -> None:
    edit = put(repo)
    assert edit
    before = repo.read(edit.path)
    repo.commit({edit.path: edit.after})
    back = experiments.take(repo.git, experiment(repo), "firstuse", commit=True)
    assert back
    assert (back.path, back.after) == (edit.path, before)


def test_taking_out_what_is_not_there_names_the_file(repo: Hubs) -> None:
    with pytest.raises(NotListed, match=hubs.requirements(repo.shape)) as caught:
        experiments.take(repo.git, experiment(repo), "firstuse", commit=True)
    assert caught.value.fix


def test_uncommitted_requirements_stand_in_the_way(repo: Hubs) -> None:
    repo.write(hubs.requirements(repo.shape), "mine\n")
    with pytest.raises(UncommittedChanges):
        put(repo)


def test_an_image_without_requirements_is_refused(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs")
    repo.commit(
        {
            "helm-charts/images/hub-experimental/Dockerfile": "FROM quay.io/jupyterhub/k8s-hub:4.3.3\n"
        }
    )
    with pytest.raises(NoRequirements) as caught:
        put(repo)
    assert "pip install -r" in caught.value.fix


# --- files that images share -------------------------------------------------------------------

BOTH = hubs.SHARED.replace(
    "COPY ${REQUIREMENTS_FILE} /tmp/requirements.txt\nRUN pip install -r /tmp/requirements.txt\n",
    "COPY *.txt /tmp/\nRUN pip install -r /tmp/common.txt -r /tmp/${REQUIREMENTS_FILE}\n",
)


@pytest.fixture
def common(tmp_path: Path) -> Hubs:
    """A repository where all images install common.txt before their own file."""
    repo = hubs.make(tmp_path / "hubs", "shared")
    repo.commit({f"{FOLDER}/Dockerfile": BOTH, f"{FOLDER}/common.txt": "pyyaml==6.0\n"})
    assert experiment(repo).requirements == (
        f"{FOLDER}/common.txt",
        f"{FOLDER}/experimental-requirements.txt",
    )
    return repo


def test_a_new_pin_never_goes_into_a_file_that_production_installs(common: Hubs) -> None:
    edit = experiments.put(
        common.git, common.images, experiment(common), PIN, reason="", commit=True
    )
    assert edit
    assert edit.path == f"{FOLDER}/experimental-requirements.txt"


def test_which_other_images_install_a_file(common: Hubs) -> None:
    found, mine = common.images, experiment(common)
    assert experiments.sharing(found, mine, f"{FOLDER}/common.txt") == ["hub"]
    assert experiments.sharing(found, mine, f"{FOLDER}/experimental-requirements.txt") == []


def test_a_new_image_takes_the_place_of_productions_own_file(common: Hubs) -> None:
    made = create(common, "hub-new")
    assert [edit.path for edit in made.edits] == [f"{FOLDER}/hub-new-requirements.txt", CHARTPRESS]
    assert made.edits[0].after == REQUIREMENTS


# --- a new image -------------------------------------------------------------------------------


def create(repo: Hubs, key: str, *, commit: bool = True) -> Creation:
    return experiments.create(repo.git, repo.images, key, commit=commit)


def applied(repo: Hubs, made: Creation) -> Image:
    repo.commit({edit.path: edit.after for edit in made.edits})
    return repo.images.named(made.key)


def test_a_new_image_starts_equal_to_production(repo: Hubs) -> None:
    made = create(repo, "hub-new")
    assert made.name == "quay.io/example/hub-new"
    before = repo.read(CHARTPRESS)
    image, production = applied(repo, made), repo.images.production
    assert image in repo.images.experiments
    assert image.name == made.name
    assert image.values_paths == ()
    assert image.base == production.base
    assert [repo.read(path) for path in image.requirements] == [REQUIREMENTS]
    assert not set(image.requirements) & set(production.requirements)
    assert repo.read(CHARTPRESS).startswith(before)
    own = {f"helm-charts/images/hub-new/{name}" for name in ("Dockerfile", "requirements.txt")}
    expected = {f"{FOLDER}/hub-new-requirements.txt"} if repo.shape == "shared" else own
    assert {edit.path for edit in made.edits} == {CHARTPRESS, *expected}


@pytest.mark.parametrize("shape", ["folders", "shared"])
def test_a_new_image_is_built_as_production_is(tmp_path: Path, shape: Shape) -> None:
    """Build arguments and options, a Dockerfile of another name, and what else the tag follows."""
    repo = hubs.make(tmp_path / "hubs", shape)
    options = (
        '          V: "a \\"b\\": {TAG}"\n'
        "        extraBuildCommandOptions: [--network=host]\n"
        "        paths: [basehub]\n"
        "        dockerfilePath: images/hub/Containerfile\n"
    )
    start = "" if shape == "shared" else "        buildArgs:\n"
    anchor = "REQUIREMENTS_FILE: requirements.txt\n" if shape == "shared" else "hub.image\n"
    text = repo.read(CHARTPRESS).replace(anchor, anchor + start + options, 1)
    repo.ask("mv", f"{FOLDER}/Dockerfile", f"{FOLDER}/Containerfile")
    if shape == "shared":
        text = text.replace("images/hub/Dockerfile", "images/hub/Containerfile")
    repo.commit({CHARTPRESS: text})
    image = applied(repo, create(repo, "hub-new"))
    assert image.build_args["V"] == 'a "b": {TAG}'
    assert image.dockerfile.endswith("/Containerfile")
    assert image.base == repo.images.production.base
    assert "helm-charts/basehub" in image.paths
    assert repo.read(CHARTPRESS).count("--network=host") == 2


@pytest.mark.parametrize("written", [1, 9])
def test_what_a_killed_run_wrote_is_the_next_runs_creation(repo: Hubs, written: int) -> None:
    found = repo.images  # as committed
    made = create(repo, "hub-new")
    for edit in made.edits[:written]:
        repo.write(edit.path, edit.after)
    again = experiments.create(repo.git, found, "hub-new", commit=True)
    assert again.edits == made.edits


def test_a_program_in_the_folder_stays_a_program(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs")
    repo.write(f"{FOLDER}/start.sh", "#!/bin/sh\n")
    (repo.path / FOLDER / "start.sh").chmod(0o755)
    repo.commit()
    made = create(repo, "hub-new")
    edits.apply(repo.git, made.edits, "New\n", commit=True)
    assert repo.ask("ls-tree", "HEAD", "helm-charts/images/hub-new/start.sh").startswith("100755")
    assert repo.ask("ls-tree", "HEAD", "helm-charts/images/hub-new/Dockerfile").startswith("100644")


@pytest.mark.parametrize("key", ["", "Hub", "a b", "-a", "a/b", "../x", "a\n", "ü", "true: x"])
def test_a_name_that_no_registry_takes_is_refused(repo: Hubs, key: str) -> None:
    with pytest.raises(BadName) as caught:
        create(repo, key)
    assert "--image" in caught.value.fix


@pytest.mark.parametrize("key", ["123", "true", "null", "1e3"])
def test_a_name_that_yaml_would_misread_is_quoted(repo: Hubs, key: str) -> None:
    assert applied(repo, create(repo, key)).key == key


def test_a_name_that_is_there_is_refused(repo: Hubs) -> None:
    with pytest.raises(BadName, match="has it already"):
        create(repo, "hub-experimental")
    target = (
        f"{FOLDER}/hub-new-requirements.txt"
        if repo.shape == "shared"
        else "helm-charts/images/hub-new/Dockerfile"
    )
    repo.write(target, "mine\n")
    with pytest.raises(BadFile, match="already there"):
        create(repo, "hub-new")


def test_a_name_without_organisation(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs", name="")
    assert create(repo, "hub-new").name == "hub-new"

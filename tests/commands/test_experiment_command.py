"""experiment.*: what a person types, and what there is afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

import hubs
from hubs import Hubs, Shape
from tests.commands.conftest import Machine, Ran, Run
from tests.registry.fake import Fake, Say, error
from tests.sources.origins import PYPROJECT, Origin

STAGING = "config/clusters/example/staging.values.yaml"
TAG = "0.0.1-0.dev.git.7.habcdef0"


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    path = tmp_path / "thing"
    path.mkdir()
    made = Origin(path)
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit("first", pyproject_toml=PYPROJECT.format("Hub_Thing"))
    return made


def failed(ran: Ran, *said: str) -> None:
    """Check that a command ended with an expected failure, a next step, and no output."""
    assert (ran.code, ran.out) == (1, ""), ran.err
    assert "bug in hubimages" not in ran.err
    assert "→" in ran.err
    for text in said:
        assert text in ran.err


# --- create ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["folders", "shared"])
def test_create_add_remove(tmp_path: Path, origin: Origin, invoke: Run, shape: Shape) -> None:
    repo = hubs.make(tmp_path / "hubs", shape)
    ran = invoke(repo.path, "experiment.create", "--image", "hub-new")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert "Add experimental image hub-new" in repo.ask("log", "-1", "--format=%s")
    assert "experiment.add --image hub-new" in ran.err
    image = repo.images.named("hub-new")
    (path,) = image.requirements
    before = repo.read(path)

    wanted = f"git+{origin.url}@main"
    ran = invoke(
        repo.path,
        "experiment.add",
        "--image",
        "hub-new",
        "--requirement",
        wanted,
        "--reason",
        "why",
    )
    assert ran.code == 0, ran.err
    commit = origin.git("rev-parse", "HEAD")
    assert repo.last() == [path]
    assert repo.read(path) == f"{before}# reason: why\ngit+{origin.url}@{commit}\n"
    message = repo.ask("log", "-1", "--format=%B")
    assert message.startswith(f"hub-new: hub-thing at main ({commit[:12]})\n")
    assert commit in message
    assert "Reason: why" in message

    head = repo.head()
    ran = invoke(repo.path, "experiment.add", "--image", "hub-new", "--requirement", wanted)
    assert "nothing to do" in ran.err
    assert repo.head() == head

    ran = invoke(repo.path, "experiment.remove", "--image", "hub-new", "--package", "thing")
    assert ran.code == 0, ran.err
    assert repo.last() == [path]
    assert repo.read(path) == before


def test_a_dry_run_changes_nothing(repo: Hubs, origin: Origin, invoke: Run) -> None:
    before, head = repo.state(), repo.head()
    for words, shown in [
        (("experiment.create", "--image", "hub-new"), "imageName: quay.io/example/hub-new"),
        (("experiment.add", "--requirement", f"git+{origin.url}"), f"+git+{origin.url}@"),
        (("experiment.remove", "--image", "hub", "--package", "oauthenticator"), "-oauthenticator"),
        (("upgrade-base", "--to", "4.3.4"), "+FROM quay.io/jupyterhub/k8s-hub:4.3.4"),
    ]:
        ran = invoke(repo.path, *words, "--dry-run")
        assert (ran.code, ran.out) == (0, ""), ran.err
        assert shown in ran.err
        assert "would commit: " in ran.err
        assert (repo.state(), repo.head()) == (before, head)


def test_no_commit_leaves_the_edit_in_the_tree(repo: Hubs, invoke: Run) -> None:
    head = repo.head()
    ran = invoke(
        repo.path, "experiment.add", "--requirement", "oauthenticator==17.4.0", "--no-commit"
    )
    assert ran.code == 0, ran.err
    assert "not committed, as asked" in ran.err
    assert repo.head() == head
    assert "oauthenticator==17.4.0" in repo.read(hubs.requirements("folders"))


def test_a_pin_for_production_is_warned_of(repo: Hubs, invoke: Run) -> None:
    ran = invoke(
        repo.path, "experiment.add", "--image", "hub", "--requirement", "oauthenticator==17.4.0"
    )
    assert ran.code == 0, ran.err
    assert "every hub gets this change" in ran.err
    ran = invoke(repo.path, "experiment.add", "--requirement", "oauthenticator==17.4.0")
    assert "every hub gets this change" not in ran.err


def test_a_secret_in_an_address_is_never_shown(repo: Hubs, invoke: Run) -> None:
    wanted = "git+https://me:hunter2@git.example.org/o/r@main"
    ran = invoke(repo.path, "experiment.add", "--requirement", wanted)
    failed(ran)
    assert "hunter2" not in ran.err


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("experiment.create",), "--image"),
        (("experiment.add",), "--requirement"),
        (("experiment.remove",), "--package"),
        (("experiment.try",), "--hub"),
        (("experiment.try", "--hub", "example/staging"), "--tag"),
        (("experiment.stop",), "--hub"),
        (("upgrade-base",), "--to"),
    ],
)
def test_without_a_terminal_a_missing_value_names_its_flag(
    repo: Hubs, invoke: Run, words: tuple[str, ...], flag: str
) -> None:
    head = repo.head()
    for more in ((), ("--yes",), ("--dry-run",)):
        ran = invoke(repo.path, *words, *more)
        failed(
            ran, f"{flag} is missing, and without a terminal it cannot be asked for", f"add {flag}"
        )
    assert repo.head() == head


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("experiment.create", "--image", "hub"), "has it already"),
        (("experiment.create", "--image", "No Name"), "lower-case"),
        (("experiment.add", "--image", "nonesuch", "--requirement", "a==1"), "nonesuch"),
        (("experiment.add", "--requirement", "a>=1"), "a>=1"),
        (("experiment.remove", "--package", "nonesuch"), hubs.requirements("folders")),
        (("experiment.try", "--hub", "staging", "--tag", TAG), "example/staging"),
        (
            ("experiment.try", "--hub", "example/staging", "--image", "hub", "--tag", TAG),
            "production",
        ),
        (("experiment.try", "--hub", "example/staging", "--tag", "a b"), "is not a tag"),
        (("experiment.stop", "--hub", "research/plain"), "does not include"),
    ],
)
def test_what_is_asked_for_wrongly(
    repo: Hubs, invoke: Run, words: tuple[str, ...], said: str
) -> None:
    head = repo.head()
    failed(invoke(repo.path, *words), said)
    assert repo.head() == head


def test_the_configured_experiment_is_missing(repo: Hubs, invoke: Run) -> None:
    repo.commit({"invoke.yaml": "hubimages: {experiment: nonesuch}\n"})
    ran = invoke(repo.path, "experiment.add", "--requirement", "a==1")
    failed(ran, "--image NAME, one of hub-experimental", "invoke.yaml")


# --- try and stop ------------------------------------------------------------------------------


@pytest.fixture
def served(machine: Machine) -> Machine:
    """Has hub-experimental:TAG in its registry, with no labels."""
    names = machine.fake.routes
    machine.fake.image(TAG)
    for path, say in list(names.items()):
        names[path.replace("/org/hub/", "/org/hub-experimental/")] = say
    return machine


def on_staging(invoke: Run, repo: Hubs, *words: str) -> Ran:
    return invoke(repo.path, "experiment.try", "--hub", "example/staging", "--tag", TAG, *words)


def test_try_and_stop_give_the_file_back(served: Machine, invoke: Run) -> None:
    repo = served.repo
    before = repo.read(STAGING)
    ran = on_staging(invoke, repo)
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert repo.last() == [STAGING]
    assert f'tag: "{TAG}"' in repo.read(STAGING)
    assert f'name: "{served.fake.host}/org/hub-experimental"' in repo.read(STAGING)
    assert "experiment.stop --hub example/staging" in ran.err
    assert "could not be told" in ran.err  # the base of a tag without labels or commit
    assert "nothing to do" in on_staging(invoke, repo).err
    ran = invoke(repo.path, "experiment.stop", "--hub", "example/staging")
    assert ran.code == 0, ran.err
    assert repo.read(STAGING) == before
    assert repo.last() == [STAGING]
    ran = invoke(repo.path, "experiment.stop", "--hub", "example/staging")
    assert "follows the chart already" in ran.err


def test_a_tag_that_is_not_there_is_refused(machine: Machine, invoke: Run) -> None:
    head = machine.repo.head()
    failed(on_staging(invoke, machine.repo, "--yes"), "is not in its registry", "build-hub --image")
    assert machine.repo.head() == head
    forced = on_staging(invoke, machine.repo, "--force")
    assert forced.code == 0, forced.err
    assert "because of --force, although" in forced.err
    assert machine.repo.last() == [STAGING]


@pytest.mark.parametrize("answer", [error(500, "NO"), error(401, "NO"), Say(drop=True)])
def test_a_registry_that_does_not_say(machine: Machine, invoke: Run, answer: Say) -> None:
    machine.fake.routes[f"GET /v2/org/hub-experimental/manifests/{TAG}"] = answer
    head = machine.repo.head()
    failed(on_staging(invoke, machine.repo), "is not known", "--force")
    assert machine.repo.head() == head
    dry = on_staging(invoke, machine.repo, "--dry-run")
    assert dry.code == 0, dry.err
    assert "unknown: " in dry.err
    assert machine.repo.head() == head


def test_a_tag_on_another_base_is_refused(served: Machine, invoke: Run) -> None:
    repo = served.repo
    tag = f"0.0.1-0.dev.git.1.h{repo.head()[:7]}"
    for path, say in list(served.fake.routes.items()):
        served.fake.routes[path.replace(TAG, tag)] = say
    bumped = {"helm-charts/basehub/Chart.yaml": hubs.CHART.replace("4.3.3", "4.4.0")}
    for image in ("hub", "hub-experimental"):
        bumped[f"helm-charts/images/{image}/Dockerfile"] = hubs.OWN.replace("4.3.3", "4.4.0")
    repo.commit(bumped)
    words = ("experiment.try", "--hub", "example/staging", "--tag", tag)
    failed(invoke(repo.path, *words), "k8s-hub:4.3.3", "build-hub --image hub-experimental --push")
    assert invoke(repo.path, *words, "--force").code == 0


def test_an_image_on_another_base_is_no_hub_image(served: Machine, invoke: Run) -> None:
    path = "helm-charts/chartpress.yaml"
    name = f"{served.fake.host}/org/hub-experimental"
    served.repo.commit(
        {
            path: served.repo.read(path) + f"      notebook:\n        imageName: {name}\n",
            "helm-charts/images/notebook/Dockerfile": "FROM quay.io/jupyter/base-notebook:1\n",
        }
    )
    ran = on_staging(invoke, served.repo, "--image", "notebook", "--force")
    failed(ran, "not built on", "hub-experimental")


def test_a_shared_file_names_the_other_hubs_and_wants_a_yes(served: Machine, invoke: Run) -> None:
    repo = served.repo
    common = "config/clusters/example/common.values.yaml"
    repo.commit({common: "jupyterhub:\n  hub:\n    image:\n      tag: other\n"})
    head = repo.head()
    failed(on_staging(invoke, repo), "reaches example/prod too", "add --yes")
    assert repo.head() == head
    assert on_staging(invoke, repo, "--dry-run").code == 0
    ran = on_staging(invoke, repo, "--yes")
    assert ran.code == 0, ran.err
    assert repo.last() == [common]


def test_a_tag_is_offered_only_on_a_terminal(fake_tags: Fake, repo: Hubs, invoke: Run) -> None:
    failed(invoke(repo.path, "experiment.try", "--hub", "example/staging"), "--tag is missing")
    assert fake_tags.asked == []


@pytest.fixture
def fake_tags(machine: Machine) -> Fake:
    return machine.fake

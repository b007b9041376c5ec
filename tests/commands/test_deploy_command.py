"""deploy and rollback where another program deploys, so that neither Helm nor cluster are needed."""

from __future__ import annotations

import pytest

import hubs
from hubs import NAME, Hubs
from tests.commands.conftest import Run
from tests.registry.fake import Fake
from tests.test_rollbacks import STAGING, VALUES, chart, runs

ONE = ("--hub", "example/staging")
IMAGE = f"{NAME}hub:0.0.1-set.by.chartpress"


@pytest.fixture
def deployer(repo: Hubs) -> Hubs:
    """A repository with a deployer of its own, which writes down what it is asked."""
    script = '#!/bin/sh\nprintf "%s|" "$@" >> deployed; test "$2" != fails\n'
    command = "deploy_command: \"./deployer --to '{cluster} here' {hub}\"\n"
    repo.commit({"deployer": script, "invoke.yaml": f"hubimages:\n  {command}"})
    (repo.path / "deployer").chmod(0o755)
    repo.commit({".gitignore": "deployed\n"})
    return repo


def deployed(repo: Hubs) -> str:
    log = repo.path / "deployed"
    return log.read_text() if log.exists() else ""


def test_each_hub_by_the_repository_s_own_deployer(deployer: Hubs, invoke: Run) -> None:
    ran = invoke(deployer.path, "deploy", "--cluster", "example", "--json")
    assert ran.code == 0, ran.err
    assert deployed(deployer) == "--to|example here|staging|--to|example here|prod|"
    assert ran.json == [
        {"hub": "example/staging", "new": IMAGE, "state": "deployed"},
        {"hub": "example/prod", "new": IMAGE, "state": "deployed"},
    ]


def test_a_dry_run_of_it_runs_nothing(deployer: Hubs, invoke: Run) -> None:
    ran = invoke(deployer.path, "deploy", *ONE, "--dry-run", "--json")
    assert (ran.code, deployed(deployer)) == (0, "")
    assert ran.json == [{"hub": "example/staging", "new": IMAGE, "state": "not begun"}]
    assert "would run: ./deployer --to 'example here' staging" in ran.err


def test_it_fails_and_the_rest_is_not_begun(repo: Hubs, invoke: Run) -> None:
    script = '#!/bin/sh\necho "$1" >> deployed; echo "no such cluster"; test "$1" = staging\n'
    repo.commit(
        {
            "deployer": script,
            ".gitignore": "deployed\n",
            "invoke.yaml": "hubimages: {deploy_command: 'sh deployer {hub}'}\n",
        }
    )
    ran = invoke(repo.path, "deploy", "--all", "--json")
    assert ran.code == 1
    assert deployed(repo) == "staging\nprod\n"
    assert [hub["state"] for hub in ran.json][:3] == ["deployed", "failed", "not begun"]
    assert "example/prod: `sh deployer prod` failed" in ran.err
    assert "no such cluster" in ran.err


def test_merging_is_what_deploys(repo: Hubs, invoke: Run) -> None:
    repo.commit({"invoke.yaml": "hubimages: {deploy_command: none}\n"})
    ran = invoke(repo.path, "deploy", *ONE, "--json")
    assert (ran.code, ran.json[0]["state"]) == (0, "not begun")
    assert "merging is what deploys here" in ran.err
    assert "git push" in ran.err


def test_a_command_that_cannot_be_is_refused(repo: Hubs, invoke: Run) -> None:
    repo.commit({"invoke.yaml": 'hubimages: {deploy_command: "deployer \'{hub}"}\n'})
    ran = invoke(repo.path, "deploy", *ONE)
    assert ran.code == 1
    assert "deploy_command" in ran.err
    repo.commit({"invoke.yaml": "hubimages: {deploy_command: 'no-such-deployer {hub}'}\n"})
    ran = invoke(repo.path, "deploy", *ONE)
    assert (ran.code, "no-such-deployer" in ran.err) == (1, True)


@pytest.mark.parametrize("words", [("--canary", "example/staging"), ("--context", "x")])
def test_what_the_other_program_knows_nothing_of_is_refused(
    deployer: Hubs, invoke: Run, words: tuple[str, ...]
) -> None:
    ran = invoke(deployer.path, "deploy", *ONE, *words)
    assert (ran.code, deployed(deployer)) == (1, "")
    assert words[0] in ran.err


def test_it_would_deploy_what_is_not_committed(deployer: Hubs, invoke: Run) -> None:
    """The other program reads the work tree, so going on without the edits cannot be offered."""
    deployer.write(STAGING, hubs.STAGING + "# a thought\n")
    for words in ((), ("--yes",)):
        ran = invoke(deployer.path, "deploy", *ONE, *words)
        assert (ran.code, deployed(deployer)) == (1, "")
        assert STAGING in ran.err
    assert invoke(deployer.path, "deploy", *ONE, "--dry-run").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hub", "example/nowhere"), "example/nowhere"),
        (("--cluster", "nowhere"), "nowhere"),
        (("--hub", "example/prod", "--all"), "give one of them"),
        ((), "--hub is missing"),
        (("--all", "--canary", "example/nowhere"), "none of the hubs that would be deployed"),
    ],
)
@pytest.mark.parametrize("command", ["deploy", "rollback"])
def test_hubs_that_are_not_there(
    repo: Hubs, invoke: Run, command: str, words: tuple[str, ...], said: str
) -> None:
    repo.commit(chart("two"))
    head = repo.head()
    ran = invoke(repo.path, command, *words)
    assert (ran.code, ran.out, repo.head()) == (1, "", head)
    assert said in ran.err


# --- rollback --------------------------------------------------------------------------------------


@pytest.fixture
def rolling(deployer: Hubs) -> Hubs:
    """A repository whose images are in a registry that cannot be reached."""
    for name, text in hubs.files("folders", "127.0.0.1:9/o/").items():
        deployer.write(name, text)
    deployer.commit({}, "Elsewhere")
    for tag in ("one", "two"):
        deployer.commit({VALUES: chart(tag)[VALUES].replace(NAME, "127.0.0.1:9/o/")}, tag)
    return deployer


def image(repo: Hubs) -> str:
    return runs(repo)["example/staging"].rpartition(":")[2]


def test_rolled_back_and_deployed_and_the_same_again(rolling: Hubs, invoke: Run) -> None:
    ran = invoke(rolling.path, "rollback", *ONE)
    assert (ran.code, image(rolling), deployed(rolling)) == (1, "two", "")
    assert "is in its registry is not known" in ran.err
    ran = invoke(rolling.path, "rollback", *ONE, "--force")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert (image(rolling), deployed(rolling)) == ("one", "--to|example here|staging|")
    assert "experiment.stop --hub example/staging" in ran.err
    head = rolling.head()
    ran = invoke(rolling.path, "rollback", *ONE)
    assert ran.code == 0, ran.err
    assert "was rolled back to 127.0.0.1:9/o/hub:one already" in ran.err
    assert (rolling.head(), deployed(rolling)) == (head, "--to|example here|staging|" * 2)
    listed = invoke(rolling.path, "hubs.list", "--json").json
    staging = next(hub for hub in listed if hub["hub"] == "staging")
    assert staging["hub_image"]["tag"] == "one"
    assert staging["hub_image"]["source"].startswith(f"{STAGING}:")


def test_stopping_what_a_rollback_made_is_the_chart_again_byte_for_byte(
    rolling: Hubs, invoke: Run
) -> None:
    before = rolling.read(STAGING)
    assert invoke(rolling.path, "rollback", *ONE, "--force").code == 0
    assert rolling.read(STAGING) != before
    assert invoke(rolling.path, "check").code in (0, 1)
    ran = invoke(rolling.path, "experiment.stop", *ONE)
    assert ran.code == 0, ran.err
    assert (rolling.read(STAGING), image(rolling)) == (before, "two")


def test_a_fleet_of_which_all_follow_the_chart(rolling: Hubs, invoke: Run) -> None:
    ran = invoke(rolling.path, "rollback", "--all", "--force")
    assert ran.code == 0, ran.err
    assert set(runs(rolling).values()) == {"127.0.0.1:9/o/hub:one"}
    assert rolling.last() == [VALUES]
    assert "plain" in ran.err  # it has no hub image, and is left


def test_neither_a_dry_run_nor_one_without_a_commit_deploys(rolling: Hubs, invoke: Run) -> None:
    before = (rolling.state(), rolling.head())
    ran = invoke(rolling.path, "rollback", *ONE, "--dry-run")
    assert (ran.code, deployed(rolling)) == (0, "")
    assert (rolling.state(), rolling.head()) == before
    assert "next: invoke deploy --hub example/staging" in ran.err
    for _ in range(2):
        ran = invoke(rolling.path, "rollback", *ONE, "--force", "--no-commit")
        assert ran.code == 0, ran.err
        assert (rolling.head(), image(rolling), deployed(rolling)) == (before[1], "one", "")


def test_another_tag_and_nothing_before(rolling: Hubs, invoke: Run) -> None:
    ran = invoke(rolling.path, "rollback", *ONE, "--tag", "zero", "--force")
    assert (ran.code, image(rolling)) == (0, "zero"), ran.err
    ran = invoke(rolling.path, "rollback", "--hub", "research/plain")
    assert ran.code == 1
    assert "no image" in ran.err


def test_an_image_that_is_gone_from_its_registry(deployer: Hubs, invoke: Run) -> None:
    fake = Fake()
    try:
        for tag in ("one", "two"):
            text = chart(tag)[VALUES].replace(NAME, f"{fake.host}/org/")
            deployer.commit({VALUES: text}, tag)
        head = deployer.head()
        ran = invoke(deployer.path, "rollback", *ONE)
        assert (ran.code, deployer.head(), deployed(deployer)) == (1, head, "")
        assert "hub:one is not in its registry (any more)" in ran.err
        assert "--tag" in ran.err
    finally:
        fake.close()

"""check, as it is typed."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

import hubs
from hubs import Hubs
from repositories import CORPUS
from tests.commands.conftest import Machine, Run
from tests.registry.fake import Doorkeeper

HUB = "helm-charts/images/hub/requirements.txt"
VALUES = "helm-charts/basehub/values.yaml"
TWIN_CHART = "config/clusters/research/twin.chart.yaml"
KEYS = ["policy", "severity", "path", "line", "message", "fix"]
TWICE = "oauthenticator==17.3.0\noauthenticator==17.3.1\n"


@pytest.fixture
def tidy(repo: Hubs) -> Hubs:
    """A repository with warnings, and no error."""
    values = repo.read(VALUES).replace("0.0.1-set.by.chartpress", "0.0.1-0.dev.git.1.h0123456")
    repo.commit({VALUES: values, TWIN_CHART: hubs.CHART})
    return repo


def test_warnings_exit_with_0_and_errors_with_1(tidy: Hubs, invoke: Run) -> None:
    ran = invoke(tidy.path, "check")
    assert ran.code == 0, ran.out
    assert "0 error(s), 2 warning(s)" in ran.err
    tidy.write(HUB, TWICE)
    ran = invoke(tidy.path, "check")
    assert ran.code == 1
    assert "1 error(s)" in ran.err


def test_text_groups_by_policy_and_says_what_to_do(tidy: Hubs, invoke: Run) -> None:
    tidy.write(HUB, TWICE + "oauthenticator==17.3.2\n")
    lines = invoke(tidy.path, "check").out.splitlines()
    first = lines.index("error pinned-twice")
    assert [line.split()[0] for line in lines[first + 1 : first + 5]] == [
        f"{HUB}:2",
        "→",
        f"{HUB}:3",
        "→",
    ]
    assert "warning off-main" in lines


@pytest.mark.parametrize("flags", [["--format", "json"], ["--json"]])
def test_json_is_the_contract(tidy: Hubs, invoke: Run, flags: list[str]) -> None:
    tidy.write(HUB, TWICE)
    ran = invoke(tidy.path, "check", *flags)
    assert ran.code == 1
    assert [list(finding) for finding in ran.json] == [KEYS] * 3
    (error,) = (finding for finding in ran.json if finding["severity"] == "error")
    assert (error["policy"], error["path"], error["line"]) == ("pinned-twice", HUB, 2)


def test_no_finding_is_an_empty_list(tidy: Hubs, invoke: Run) -> None:
    tidy.write("invoke.yaml", "hubimages:\n  policies: {off-main: off, idle-experiment: off}\n")
    ran = invoke(tidy.path, "check", "--format", "json")
    assert (ran.code, ran.json) == (0, [])
    assert "switched off in the configuration: off-main" in ran.err


def test_github_annotations_are_escaped(tidy: Hubs, invoke: Run) -> None:
    odd = "config/clusters/example/a,b: 100%.values.yaml"
    cluster = hubs.EXAMPLE.replace("prod.values.yaml", json.dumps(odd.rpartition("/")[2]))
    tidy.write("config/clusters/example/cluster.yaml", cluster)
    tidy.write(
        odd, "jupyterhub:\n  singleuser:\n    image:\n      name: ubuntu\n      tag: 24.04-x\n"
    )
    ran = invoke(tidy.path, "check", "--format", "github")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert all(line.startswith("::warning file=") for line in lines)
    (line,) = (line for line in lines if "pull-limits" in line)
    place = "file=config/clusters/example/a%2Cb%3A 100%25.values.yaml,line=5,title=pull-limits"
    assert line.startswith(f"::warning {place}::The user image ubuntu:24.04-x")
    assert "%0A→ " in line


def test_an_excuse_is_printed_with_its_reason(tidy: Hubs, invoke: Run) -> None:
    tidy.write(HUB, TWICE)
    tidy.write(
        "invoke.yaml",
        "hubimages:\n  excused:\n    - policy: pinned-twice\n      path: helm-charts/*\n"
        "      until: 9999-12-31\n      reason: the two are one release\n",
    )
    ran = invoke(tidy.path, "check")
    assert ran.code == 0
    assert "pinned-twice" not in ran.out
    assert "excused until 9999-12-31, the two are one release" in ran.err
    notices = [
        line
        for line in invoke(tidy.path, "check", "--format", "github").out.splitlines()
        if "::notice" in line
    ]
    assert len(notices) == 1
    assert "the two are one release" in notices[0]


def test_mistakes_name_what_there_is(tidy: Hubs, invoke: Run) -> None:
    ran = invoke(tidy.path, "check", "--format", "xml")
    assert (ran.code, ran.out) == (1, "")
    assert "text, json, github" in ran.err
    tidy.write("invoke.yaml", "hubimages:\n  policies: {of-main: off}\n")
    ran = invoke(tidy.path, "check")
    assert (ran.code, ran.out) == (1, "")
    assert "off-main" in ran.err


def test_the_registry_is_asked_on_request_alone(machine: Machine, invoke: Run) -> None:
    repo, fake = machine.repo, machine.fake
    tag = "0.0.1-0.dev.git.1.h0123456"
    repo.write(VALUES, repo.read(VALUES).replace("0.0.1-set.by.chartpress", tag))
    repo.write(TWIN_CHART, hubs.CHART)
    assert invoke(repo.path, "check").code == 0
    assert fake.asked == []
    ran = invoke(repo.path, "check", "--registry", "--json")
    assert ran.code == 1
    (missing,) = (one for one in ran.json if one["policy"] == "pullable")
    assert (missing["severity"], missing["path"]) == ("error", VALUES)
    assert f"{fake.host}/org/hub:{tag}" in missing["message"]
    fake.image(tag)
    ran = invoke(repo.path, "check", "--registry", "--json")
    assert (ran.code, [one for one in ran.json if one["policy"] == "pullable"]) == (0, [])


def test_each_finding_is_told_in_exactly_one_part(machine: Machine, invoke: Run) -> None:
    """However the hubs are divided, what the parts tell is what the whole tells."""
    repo, fake = machine.repo, machine.fake
    user = f"jupyterhub: {{singleuser: {{image: {{name: {fake.host}/org/user, tag: '1'}}}}}}\n"
    repo.write("config/clusters/example/prod.values.yaml", user)
    repo.write("config/clusters/research/twins.values.yaml", user)
    whole = invoke(repo.path, "check", "--registry", "--json").json
    missing = [one for one in whole if one["policy"] == "pullable"]
    assert len(missing) == 3  # the chart's line, which all hubs share, and these two
    names = [hub.name for hub in repo.fleet.hubs]
    for parts in (names, [",".join(names[:2]), ",".join(names[2:])], [",".join(names)]):
        told = [
            finding
            for part in parts
            for finding in invoke(repo.path, "check", "--registry", "--hub", part, "--json").json
        ]
        assert sorted(told, key=str) == sorted(missing, key=str)
    ran = invoke(repo.path, "check", "--registry", "--hub", "research/twin")
    assert ran.code == 1
    assert "on a line with example/staging is asked for with the latter" in ran.err
    assert "files" not in ran.out
    fake.asked.clear()
    invoke(repo.path, "check", "--registry", "--hub", "research/plain,example/prod")
    assert {asked.path for asked in fake.asked} == {"/v2/org/user/manifests/1"}


def test_a_part_is_of_hubs_that_there_are(tidy: Hubs, invoke: Run) -> None:
    ran = invoke(tidy.path, "check", "--hub", "example/prod")
    assert (ran.code, ran.out) == (1, "")
    assert "add --registry" in ran.err
    ran = invoke(tidy.path, "check", "--registry", "--hub", "example/prod,example/none")
    assert (ran.code, ran.out) == (1, "")
    assert "no hub `example/none`" in ran.err
    tidy.write("config/clusters/example/prod.values.yaml", "a: 1\n  b: 2\n")
    ran = invoke(tidy.path, "check", "--registry", "--hub", "example/prod")
    assert ran.code == 0  # the files are the business of the check without --hub
    assert "example/prod was left out" in ran.err


def test_the_registry_is_asked_as_anybody(
    machine: Machine, invoke: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only a login can see, a node cannot pull."""
    repo, fake = machine.repo, machine.fake
    tag = "0.0.1-0.dev.git.1.h0123456"
    repo.write(VALUES, repo.read(VALUES).replace("0.0.1-set.by.chartpress", tag))
    login = base64.b64encode(b"anna:anna-s3cret").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {fake.host: {"auth": login}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    fake.image(tag)
    keeper = Doorkeeper(fake, users={f"Basic {login}": "anna"}, may={"anna": {"pull"}})
    keeper.guard(f"GET /v2/org/hub/manifests/{tag}", "pull")
    ran = invoke(repo.path, "check", "--registry", "--json")
    (unknown,) = (one for one in ran.json if one["policy"] == "pullable")
    assert unknown["severity"] == "warning"
    assert "without a login" in unknown["message"]


def test_the_corpus(tmp_path: Path, invoke: Run) -> None:
    """What was looked at by hand: these are true, and no hub of 64 has a base of another version."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not there (../shared/corpus)")
    repo = Hubs(tmp_path / "corpus")
    repo.path.mkdir()
    repo.ask("init", "--quiet")
    for path in CORPUS.rglob("*"):
        if path.is_file():
            (repo.path / path.relative_to(CORPUS)).parent.mkdir(parents=True, exist_ok=True)
            (repo.path / path.relative_to(CORPUS)).write_bytes(path.read_bytes())
    repo.commit({"helm-charts/images/hub/Dockerfile": hubs.SHARED})
    ran = invoke(repo.path, "check", "--json")
    errors = {
        (one["policy"], one["path"], one["line"]) for one in ran.json if one["severity"] == "error"
    }
    assert ran.code == 1
    assert errors == {
        ("values-path", "helm-charts/chartpress.yaml", 20),
        ("gone-image", "config/clusters/nasa-ghg-hub/common.values.yaml", 42),
    }
    warned = {one["policy"] for one in ran.json if one["severity"] == "warning"}
    assert warned == {"idle-experiment", "off-main", "pull-limits", "mutable-tag"}

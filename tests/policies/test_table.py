"""The table, and what switches a policy off or excuses a finding."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hubimages import policies
from hubimages.config import Excuse
from hubimages.errors import BadConfiguration
from hubimages.policies.table import POLICIES
from hubs import Hubs
from tests.policies.conftest import HUB, STAGING, found, look, only

_NO_POLICIES = {"__init__", "facts", "finding", "table"}
TWICE = "oauthenticator==17.3.0\noauthenticator==17.3.1\n"


def test_a_repository_in_order(repo: Hubs) -> None:
    assert found(repo) == []


def test_every_file_is_in_the_table() -> None:
    folder = Path(policies.__file__).parent
    files = {path.stem.replace("_", "-") for path in folder.glob("*.py")}
    assert files - {name.replace("_", "-") for name in _NO_POLICIES} == set(POLICIES)


def test_switched_off(repo: Hubs) -> None:
    repo.write(HUB, TWICE)
    assert only(repo).policy == "pinned-twice"
    report = look(repo, policies={"pinned-twice": False, "readable": True})
    assert (report.findings, report.off) == ((), ("pinned-twice",))


def excuse(until: date, **about: str) -> Excuse:
    return Excuse(policy="pinned-twice", until=until, reason="moving to 17.3.1", **about)


@pytest.mark.parametrize("about", [{"match": "oauthenticator"}, {"path": "helm-charts/*"}])
def test_excused_up_to_a_day(repo: Hubs, about: dict[str, str]) -> None:
    repo.write(HUB, TWICE)
    ends = excuse(date(2026, 8, 21), **about)
    report = look(repo, excused=(excuse(date(2026, 1, 1), **about), ends))
    assert (report.findings, report.failed) == ((), False)
    assert [(finding.path, why) for finding, why in report.excused] == [(HUB, ends)]


def test_an_excuse_that_ran_out_is_a_finding_again(repo: Hubs) -> None:
    repo.write(HUB, TWICE)
    finding = only(repo, excused=(excuse(date(2026, 8, 20), path=HUB),))
    assert (finding.severity, finding.path) == ("error", HUB)
    assert "2026-08-20" in finding.message
    assert "moving to 17.3.1" in finding.message


@pytest.mark.parametrize("about", [{"match": "kubespawner"}, {"path": STAGING}])
def test_an_excuse_of_something_else(repo: Hubs, about: dict[str, str]) -> None:
    repo.write(HUB, TWICE)
    assert "excused" not in only(repo, excused=(excuse(date(2027, 1, 1), **about),)).message


def test_a_policy_that_there_is_not(repo: Hubs) -> None:
    wrong = Excuse(policy="pinned-thrice", until=date(2027, 1, 1), reason="x", path="*")
    for settings in ({"policies": {"pinned-thrice": False}}, {"excused": (wrong,)}):
        with pytest.raises(BadConfiguration, match="pinned-thrice") as caught:
            look(repo, **settings)
        assert "pinned-twice" in caught.value.fix


def test_warnings_are_no_failure(repo: Hubs) -> None:
    repo.write(STAGING, "{}\n")
    report = look(repo)
    assert [finding.severity for finding in report.findings] == ["warning"]
    assert not report.failed
    repo.write(HUB, TWICE)
    assert look(repo).failed


def test_no_credentials_in_a_finding(repo: Hubs) -> None:
    repo.write(HUB, "git+https://anna:s3cret@git.example.org/team/tool@main\n")
    assert "s3cret" not in str(only(repo))
    repo.write(HUB, "https://anna:s3cret@files.example.org/a.whl\n" * 2)
    finding = only(repo)
    assert "files.example.org" in finding.message
    assert "s3cret" not in str(finding)

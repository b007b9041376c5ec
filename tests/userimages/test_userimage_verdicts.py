from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hubimages.engine import State
from hubimages.userimages import origins, said, verdicts
from hubimages.userimages.findings import Check, Report, plain, tail
from hubimages.userimages.hubversion import HubVersion
from hubimages.userimages.said import Answer, Facts, Served

FACTS = Facts(
    python="/usr/bin/python3",
    account="jovyan",
    default_uid=1000,
    command="/opt/bin/jupyterhub-singleuser",
    closed=None,
    version="5.2.0",
    path="/opt/bin:/bin",
    home="/home/jovyan",
    hidden=(),
    traces=(),
)
AT = "/user/ada/"
FILES = f"{AT}api/contents"
SERVED = Served(
    seconds=1.5,
    home="/home/jovyan",
    tried_home=True,
    front=Answer(status=302, leads=f"{AT}lab", version="5.1.0", path=AT),
    page=Answer(status=200, path=f"{AT}lab"),
    guest=Answer(status=403, path=FILES),
    owner=Answer(status=200, path=FILES),
    root=Answer(status=404, path="/"),
    log="      last words",
)
HUB = HubVersion("5.4.4", "in the hub's image")


def front(**answer: Any) -> Served:
    return replace(SERVED, front=Answer(**{"path": AT, **answer}))


def test_a_fit_image() -> None:
    checks = [
        verdicts.singleuser(FACTS),
        verdicts.serves(SERVED),
        verdicts.login(SERVED),
        verdicts.user(FACTS, SERVED, "1000"),
        verdicts.home(FACTS, SERVED),
        verdicts.version(FACTS, SERVED, HUB),
    ]
    assert [check.name for check in checks] == list(verdicts.RUNTIME)
    assert [check.ok for check in checks] == [True] * 6


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        (replace(FACTS, command=None), "not on the PATH (/opt/bin:/bin)"),
        (replace(FACTS, command=None, closed="/root/bin"), "uid 1000 cannot run /root/bin"),
        (replace(FACTS, command="/home/jovyan/bin/jupyterhub-singleuser"), "in the home folder"),
    ],
)
def test_no_command_to_run(facts: Facts, detail: str) -> None:
    check = verdicts.singleuser(facts)
    assert check.ok is False
    assert detail in check.detail
    assert check.fix


def test_a_folder_beside_the_home_folder_is_not_in_it() -> None:
    beside = replace(FACTS, command="/home/jovyan2/bin/jupyterhub-singleuser")
    assert verdicts.singleuser(beside).ok is True


@pytest.mark.parametrize(
    "leads",
    [
        f"{AT}lab?x=1",
        "lab",
        "?token",
        f"http://127.0.0.1:8888{AT}tree",
        "/hub/api/oauth2/authorize",
    ],
)
def test_a_redirect_that_stays(leads: str) -> None:
    assert verdicts.serves(front(status=302, leads=leads)).ok is True


@pytest.mark.parametrize("leads", ["/lab", "http://127.0.0.1:8888", "http://[", "//other/user/ad"])
def test_a_redirect_out_of_the_prefix(leads: str) -> None:
    check = verdicts.serves(front(status=302, leads=leads))
    assert check.ok is False
    assert "ignores its prefix" in check.detail


def test_a_server_that_knows_only_the_root() -> None:
    served = replace(front(status=404), root=Answer(status=200, path="/"))
    check = verdicts.serves(served)
    assert (check.ok, check.detail.partition(". ")[0]) == (
        False,
        "It answers 404 at /user/ada/, and 200 at /",
    )


@pytest.mark.parametrize(
    ("served", "detail"),
    [
        (front(why="silent"), "takes connections on port 8888 and does not answer"),
        (front(why="closed"), "does not listen on port 8888"),
        (front(why="loopback"), "listens on 127.0.0.1 alone"),
        (front(why="BadStatusLine: 220"), "does not answer (BadStatusLine: 220)"),
        (front(status=503), "answers 503"),
        (replace(SERVED, page=Answer(status=302, leads="b", path=f"{AT}a")), "in circles, from"),
        (
            replace(SERVED, page=Answer(status=302, leads="/x", path=AT)),
            "out of their server, from",
        ),
        (replace(SERVED, page=Answer(status=500, path=f"{AT}lab")), f"500 to its owner at {AT}lab"),
        (replace(SERVED, owner=Answer(status=500, path=FILES)), f"500 to its owner at {FILES}"),
        (replace(SERVED, owner=Answer(why="silent", path=FILES)), "nothing (silent) to its owner"),
        (replace(SERVED, front=None, ended=State(False, 3, False)), "exit code 3. Its log"),
        (replace(SERVED, front=None, ended=State(False, 137, True)), "(out of memory)"),
    ],
)
def test_a_server_that_does_not_serve(served: Served, detail: str) -> None:
    check = verdicts.serves(served)
    assert check.ok is False
    assert detail in check.detail
    assert "last words" in check.detail
    assert verdicts.login(served).ok is None


@pytest.mark.parametrize(
    "page",
    [
        Answer(status=403, path=AT),
        Answer(status=302, leads="/hub/api/oauth2/authorize", path=AT),
        None,
    ],
)
def test_an_owner_who_is_asked_to_log_in_was_served(page: Answer | None) -> None:
    assert verdicts.serves(replace(SERVED, page=page)).ok is True


def test_a_start_page_that_is_missing_is_said_since_a_hub_may_have_another() -> None:
    check = verdicts.serves(replace(SERVED, page=Answer(status=404, path=f"{AT}tree")))
    assert check.ok is True
    assert f"{AT}tree" in check.detail
    assert "defaultUrl" in check.fix


def test_a_server_that_logged_nothing() -> None:
    served = replace(SERVED, front=None, ended=State(False, 0, False), log="")
    assert verdicts.serves(served).detail == "The server ended with exit code 0. It logged nothing."


def test_what_asked_the_server_can_fail_too() -> None:
    assert verdicts.serves(replace(SERVED, front=None)).ok is None


@pytest.mark.parametrize(
    ("guest", "owner", "ok"),
    [(200, 200, False), (403, 403, False), (401, 401, False), (404, 404, None), (403, 404, None)],
)
def test_who_comes_in(guest: int, owner: int, ok: bool | None) -> None:
    served = replace(SERVED, guest=Answer(status=guest), owner=Answer(status=owner))
    assert verdicts.login(served).ok is ok


@pytest.mark.parametrize("default", ["", "0", "root", "root:root", "0:0"])
def test_root_by_default(default: str) -> None:
    check = verdicts.user(FACTS, SERVED, default)
    assert (check.ok, check.fix) == (False, "end the Dockerfile with USER 1000")


def test_root_by_another_name() -> None:
    assert verdicts.user(replace(FACTS, default_uid=0), SERVED, "toor").ok is False


@pytest.mark.parametrize(
    ("served", "ok"), [(SERVED, True), (front(why="closed"), False), (None, None)]
)
def test_a_uid_without_an_account(served: Served | None, ok: bool | None) -> None:
    check = verdicts.user(replace(FACTS, account=None, default_uid=1001), served, "1001")
    assert check.ok is ok
    assert "no entry in /etc/passwd" in check.detail


def test_another_default_user_is_said() -> None:
    check = verdicts.user(replace(FACTS, default_uid=1001), SERVED, "rstudio")
    assert (check.ok, check.detail) == (True, "uid 1000 is jovyan; its default user is rstudio")


@pytest.mark.parametrize(
    ("served", "ok", "detail"),
    [
        (replace(SERVED, home="/root", home_error="Permission denied"), False, "Permission denied"),
        (replace(SERVED, home="/home/rstudio"), None, "files kept there are lost"),
        (replace(SERVED, tried_home=False), None, "not tried"),
        (replace(SERVED, home="/home/jovyan/sub"), True, "takes files"),
    ],
)
def test_the_home_folder(served: Served, ok: bool | None, detail: str) -> None:
    check = verdicts.home(FACTS, served)
    assert check.ok is ok
    assert detail in check.detail


def test_what_the_volume_hides_is_named() -> None:
    check = verdicts.home(replace(FACTS, hidden=(".bashrc", "examples")), SERVED)
    assert check.ok is True
    assert check.detail.endswith("nobody will see: examples")


@pytest.mark.parametrize(
    ("inside", "hub", "ok"),
    [("5.1.0", "5.4.4", True), ("4.1.6", "5", False), ("5.0", "4.0", False), ("5.0", None, None)],
)
def test_the_major_version(inside: str, hub: str | None, ok: bool | None) -> None:
    check = verdicts.version(replace(FACTS, version=inside), None, HubVersion(hub, "why"))
    assert check.ok is ok
    assert "why" in check.detail


def test_what_the_server_says_counts_before_what_is_installed() -> None:
    assert verdicts.version(replace(FACTS, version="4.0"), SERVED, HUB).detail.startswith("5.1.0")
    assert verdicts.version(replace(FACTS, version=None), None, HUB).ok is None


# --- what built it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "labels", "traces", "said"),
    [
        ("u/i", {"repo2docker.version": "2024.07.0", "repo2docker.repo": "local"}, (), "repo2docker 2024.07.0"),
        ("u/i", {}, ("/usr/local/bin/repo2docker-entrypoint",), "repo2docker"),
        ("pangeo/pangeo-notebook", {}, (), "Pangeo's images, or FROM one of them"),
        ("u/i", {}, ("/srv/start", "/srv/conda/envs/notebook"), "Pangeo's images, or FROM one of them"),
        ("u/i", {}, ("/usr/local/bin/start-notebook.py",), "Jupyter docker-stacks, or FROM one of its images"),
        ("u/i", {"maintainer": "Jupyter Project <jupyter@googlegroups.com>"}, (), "Jupyter docker-stacks, or FROM one of its images"),
    ],
)  # fmt: skip
def test_what_built_it(
    name: str, labels: dict[str, str], traces: tuple[str, ...], said: str
) -> None:
    check = origins.built_by(name, labels, traces)
    assert (check.ok, check.detail) == (True, said)
    assert check.fix


def test_what_built_it_may_stay_unknown() -> None:
    assert origins.built_by("u/i", {"maintainer": "me"}, ("/srv/start",)).ok is None


# --- what an image prints ----------------------------------------------------------------------------


def test_what_would_steer_a_terminal_is_left_out() -> None:
    assert tail("one\n\n\x1b[31mtwo\x1b]0;title\x07\r\n") == "      one\n      two]0;title"
    assert plain("a\x1b[2J\n b\x9b") == "a b"
    assert len(plain("x" * 10_000)) == 300


def test_a_report_between_other_lines_is_found() -> None:
    log = 'banner\n{"python": "/first"}\n{"other": 1}\n{broken\n[1]\nbye\n'
    assert said.last_json(log, "python") == {"python": "/first"}
    assert said.last_json('{"python": "/a"}\n{"python": "/b"}\n', "python") == {"python": "/b"}
    assert said.last_json("nothing", "python") is None
    assert said.last_json("{" * 100_000, "python") is None


@pytest.mark.parametrize("odd", [None, 7, "text", [1], {"uid": "x", "name": 3}])
def test_a_report_of_odd_things_is_read_as_not_saying(odd: Any) -> None:
    keys = ("python", "account", "default", "command", "version", "hidden", "traces", "home")
    facts = said.read_facts(dict.fromkeys(keys, odd))
    assert facts.account is None
    assert facts.default_uid is None
    line = json.dumps(dict.fromkeys(("front", "guest", "owner", "seconds", "home"), odd))
    served = said.read_served(line, None, "")
    assert served.front is None or served.front.status is None


# --- the report --------------------------------------------------------------------------------------


def test_what_could_not_be_told_fails_no_image() -> None:
    report = Report(ref="q/i:1", digest=None, checks=(Check("found", None, "why", "look"),))
    assert not report.unfit
    assert report.as_json() == {
        "ref": "q/i:1",
        "digest": None,
        "checks": [{"name": "found", "ok": None, "detail": "why → look"}],
    }
    assert replace(report, checks=(*report.checks, Check("tag", False, "moves"))).unfit


def test_the_reason_is_said_of_every_point_and_the_fix_once() -> None:
    checks = list(verdicts.unknown("no engine", "get one"))
    assert [check.name for check in checks] == list(verdicts.RUNTIME)
    assert {(check.ok, check.detail) for check in checks} == {(None, "no engine")}
    assert [check.fix for check in checks] == ["get one", "", "", "", "", ""]

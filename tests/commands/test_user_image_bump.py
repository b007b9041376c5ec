"""user-image.bump: which tags are taken, what is committed for which hub, and how it ends."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fakegh import FakeGh
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubs import Hubs
from tests.commands.conftest import Machine, Ran, Run
from tests.registry.gallery import Gallery

CLUSTERS = "config/clusters"
STAGING, PROD = f"{CLUSTERS}/example/staging.values.yaml", f"{CLUSTERS}/example/prod.values.yaml"
COMMON, DASK = f"{CLUSTERS}/example/common.values.yaml", f"{CLUSTERS}/research/dask.values.yaml"
BUMP = "user-image.bump"
FILES = {
    COMMON: "jupyterhub: {{singleuser: {{image: {{name: {0}/org/base, tag: 2026.01.01}}}}}}\n",
    STAGING: """\
jupyterhub:
  singleuser:
    profileList:
      - display_name: Lab
        kubespawner_override: {{image: {0}/org/lab:lab-2026-01-01}}  # lab
      - display_name: Moving
        kubespawner_override: {{image: {0}/org/lab:latest}}
""",
    PROD: """\
jupyterhub:
  singleuser:
    profileList:
      - display_name: Commits
        kubespawner_override:
          image: "{0}/org/commits:0a1b2c3"
""",
    DASK: """\
basehub:
  jupyterhub:
    singleuser:
      image: {{name: {0}/org/dask, tag: "1.9.0"}}
""",
}


@pytest.fixture
def gallery(machine: Machine) -> Gallery:
    made = Gallery(machine.fake)
    host = machine.fake.host
    machine.repo.commit({path: text.format(host) for path, text in FILES.items()})
    made.add("org/base", ["2026.01.01", "2026.02.01", "2026.01.15", "latest", "2026.03.01-gpu"])
    made.add("org/lab", ["lab-2026-01-01", "lab-2026-02-01", "2026-03-01", "latest"])
    made.add("org/commits", {"0a1b2c3": "2026-01-01T00:00:00Z", "9f8e7d6": "2026-02-01T00:00:00Z"})
    made.add("org/dask", ["1.9.0", "1.10.0", "2.0.0rc1", "1.10"])
    return made


@pytest.fixture
def repo(machine: Machine, gallery: Gallery) -> Hubs:
    return machine.repo


def subjects(repo: Hubs, since: str) -> list[str]:
    return repo.ask("log", "--reverse", "--format=%s", f"{since}..").splitlines()


def failed(ran: Ran, *said: str) -> None:
    assert (ran.code, ran.out) == (1, ""), ran.err
    assert "bug in hubimages" not in ran.err
    for text in said:
        assert text in ran.err, ran.err


def text_after(repo: Hubs, gallery: Gallery, path: str, old: str, new: str) -> None:
    assert repo.read(path) == FILES[path].format(gallery.fake.host).replace(old, new)


def test_the_whole_fleet(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    head, host = repo.head(), gallery.fake.host
    ran = invoke(repo.path, BUMP, "--all", "--latest")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert subjects(repo, head) == [
        "example/staging: bump 2 user images",
        f"example/prod: bump {host}/org/commits to 9f8e7d6",
        f"research/dask: bump {host}/org/dask to 1.10.0",
    ]
    text_after(repo, gallery, COMMON, "2026.01.01", "2026.02.01")
    text_after(repo, gallery, STAGING, "lab-2026-01-01", "lab-2026-02-01")
    text_after(repo, gallery, PROD, "0a1b2c3", "9f8e7d6")
    text_after(repo, gallery, DASK, "1.9.0", "1.10.0")
    message = repo.ask("log", "-1", "--format=%B", "HEAD~2")
    assert f"- `{host}/org/base`: 2026.01.01 → 2026.02.01 (the default image)" in message
    assert message.count("before: sha256:") == message.count("after: sha256:") == 2
    assert "made 2026-01-02, " in message
    assert "The edit reaches example/prod too." in message
    assert "org/lab:latest stays" in ran.err
    assert "░" not in ran.err  # progress is for terminals
    assert ran.err.count("deploy --hub example/staging,example/prod,research/dask") == 1
    head = repo.head()
    ran = invoke(repo.path, BUMP, "--all", "--latest")
    assert (ran.code, repo.head()) == (0, head), ran.err
    assert "4 of 5 image(s) are the newest of their family" in ran.err


def test_each_image_is_asked_for_once(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    assert invoke(repo.path, BUMP, "--all", "--latest", "--dry-run").code == 0
    assert len(gallery.asked_for("tags")) == 4
    assert len(gallery.asked_for("manifests")) == 8


def test_one_hub_and_one_choice(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    head, host = repo.head(), gallery.fake.host
    words = (BUMP, "--hub", "example/staging", "--latest")
    ran = invoke(repo.path, *words, "--choice", "lab")
    assert ran.code == 0, ran.err
    assert subjects(repo, head) == [f"example/staging: bump {host}/org/lab to lab-2026-02-01"]
    assert len(gallery.asked_for("tags")) == 1
    failed(invoke(repo.path, *words, "--choice", "no"), "--choice, one of: Lab; Moving")
    failed(invoke(repo.path, BUMP, "--all", "--latest", "--choice", "no"), "None of these hubs")
    # the default image is another hub's too
    failed(invoke(repo.path, *words), "the edit reaches example/prod too", "--yes")
    ran = invoke(repo.path, *words, "--yes")
    assert ran.code == 0, ran.err
    text_after(repo, gallery, COMMON, "2026.01.01", "2026.02.01")


def test_a_label_that_names_the_old_tag(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    text = repo.read(STAGING).replace("name: Lab\n", "name: Lab (lab-2026-01-01)\n")
    repo.commit({STAGING: text})
    ran = invoke(repo.path, BUMP, "--hub", "example/staging", "--latest", "--dry-run")
    assert "warning: people go on reading the old tag in Lab (lab-2026-01-01)" in ran.err


def test_one_cluster(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    head, host = repo.head(), gallery.fake.host
    ran = invoke(repo.path, BUMP, "--cluster", "research", "--latest", "--no-commit")
    assert (ran.code, repo.head()) == (0, head), ran.err
    text_after(repo, gallery, DASK, "1.9.0", "1.10.0")
    assert f"{host}/org/base" not in ran.err
    failed(invoke(repo.path, BUMP, "--cluster", "no", "--latest"), "no cluster `no`")


def test_the_parts_of_a_matrix_bump_what_the_whole_does(
    repo: Hubs, gallery: Gallery, invoke: Run
) -> None:
    """Nothing is asked, and nothing edited twice: hubs that share a line are in one part."""
    start = repo.head()
    assert invoke(repo.path, BUMP, "--all", "--latest").code == 0
    whole = repo.ask("diff", start)
    repo.ask("reset", "--quiet", "--hard", start)
    parts = invoke(repo.path, "hubs.list", "--matrix", "9").json["include"]
    assert len(parts) == 2  # what names no user image makes no part
    for part in parts:
        ran = invoke(repo.path, BUMP, "--hub", part["hubs"], "--latest")
        assert ran.code == 0, ran.err
    assert repo.ask("diff", start) == whole


def test_a_dry_run_changes_nothing(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    before = repo.state(), repo.head()
    gallery.broken = {"org/dask"}
    ran = invoke(repo.path, BUMP, "--all", "--latest", "--dry-run")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert (repo.state(), repo.head()) == before
    assert ran.err.count("would commit: ") == 2
    assert "org/dask:1.9.0: not known" in ran.err


def test_what_cannot_be_told_does_not_stop_the_rest(
    repo: Hubs, gallery: Gallery, invoke: Run
) -> None:
    head, host = repo.head(), gallery.fake.host
    gallery.broken = {"org/base", "org/lab"}
    ran = invoke(repo.path, BUMP, "--all", "--latest")
    failed(ran, f"{host}/org/base:2026.01.01: not known", "2 image(s) could not be told about")
    assert len(subjects(repo, head)) == 2


def test_a_broken_hub_does_not_stop_the_rest(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    repo.commit({DASK: "a: [\n"})
    head = repo.head()
    failed(invoke(repo.path, BUMP, "--all", "--latest"), f"{DASK}:2: is not YAML")
    assert len(subjects(repo, head)) == 2


def test_a_file_with_changes_does_not_stop_the_rest(
    repo: Hubs, gallery: Gallery, invoke: Run
) -> None:
    repo.write(PROD, repo.read(PROD) + "# mine\n")
    head = repo.head()
    failed(invoke(repo.path, BUMP, "--all", "--latest"), "example/prod: ", "uncommitted changes")
    assert len(subjects(repo, head)) == 2


def test_without_a_terminal_flags_are_named(repo: Hubs, gallery: Gallery, invoke: Run) -> None:
    failed(invoke(repo.path, BUMP, "--all"), "without a terminal", "--latest")
    failed(invoke(repo.path, BUMP, "--latest"), "--hub is missing")
    failed(invoke(repo.path, BUMP, "--latest", "--all", "--hub", "example/prod"), "give one of")
    assert gallery.fake.asked == []


def test_a_person_picks(
    repo: Hubs, gallery: Gallery, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str]]] = []

    def select(flag: str, question: str, choices: list[Choice], default: str | None = None) -> str:
        asked.append((question, [choice.shown for choice in choices]))
        assert (flag, default) == ("--latest", choices[0].value)
        return "2026.01.15" if "org/base" in question else choices[-1].value

    monkeypatch.setattr(ask, "interactive", lambda: True)
    monkeypatch.setattr(ask, "select", select)
    head, host = repo.head(), gallery.fake.host
    ran = invoke(repo.path, BUMP, "--cluster", "example", "--yes")
    assert ran.code == 0, ran.err
    question, rows = asked[0]
    assert question == f"{host}/org/base (example/staging, example/prod): which tag?"
    assert [row.split()[0] for row in rows] == ["2026.02.01", "2026.01.15", "2026.01.01"]
    assert all("days old" in row and "123 MB" in row for row in rows)
    assert ["as it is now" in row for row in rows] == [False, False, True]
    # the others stay as they are, since that was picked
    assert subjects(repo, head) == [f"example/staging: bump {host}/org/base to 2026.01.15"]


def test_a_pull_request_for_each_hub(
    repo: Hubs,
    gallery: Gallery,
    invoke: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    github = FakeGh.install(tmp_path / "gh", monkeypatch)
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote.git")], check=True)
    repo.ask("remote", "add", "origin", str(tmp_path / "remote.git"))
    repo.ask("push", "--quiet", "origin", "main")
    before = repo.state(), repo.head()
    ran = invoke(repo.path, BUMP, "--all", "--latest", "--pr")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert (repo.state(), repo.head()) == before
    hubs = ("example/staging", "example/prod", "research/dask")
    assert [pull["headRefName"] for pull in github.pulls] == [
        f"hubimages/bump-{hub}" for hub in hubs
    ]
    for pull, hub in zip(github.pulls, hubs, strict=True):
        assert pull["title"].startswith(f"{hub}: bump ")
        assert "before: sha256:" in pull["body"]
        assert "days old" in pull["body"]
        assert f"deploy --hub {hub}" in pull["body"]
    # what both share is in the first one alone
    changed = ("diff", "--name-only", "main...origin/hubimages/bump-example/prod")
    assert repo.ask(*changed).split() == [PROD]
    ran = invoke(repo.path, BUMP, "--all", "--latest", "--pr")
    assert (ran.code, len(github.pulls)) == (0, 3), ran.err
    assert repo.ask(*changed).split() == [PROD]
    # before any of them is merged there are newer ones; they go where the last ones went
    gallery.add("org/base", ["2026.09.01"])
    gallery.add("org/commits", {"1f8e7d6": "2026-09-01T00:00:00Z"})
    ran = invoke(repo.path, BUMP, "--all", "--latest", "--pr")
    assert (ran.code, len(github.pulls)) == (0, 3), ran.err
    assert repo.ask(*changed).split() == [PROD]
    assert "2026.09.01" in repo.ask("show", f"origin/hubimages/bump-example/staging:{COMMON}")
    assert "1f8e7d6" in repo.ask("show", f"origin/hubimages/bump-example/prod:{PROD}")

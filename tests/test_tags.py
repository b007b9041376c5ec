"""Our tags against chartpress's own, for every image at every commit of many repositories."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest

from hubimages import chartpress, images, tags
from hubimages.config import Settings
from hubimages.errors import BadConfiguration
from hubimages.tags import Named, NotCommitted, identify, parse
from hubimages.tree import CommitTree
from repositories import RUN, Repository

# One process for many commits, since starting one takes longer than what it does here.
_DRIVER = """
import contextlib, io, json, os, subprocess, sys
import chartpress

def answer(folder):
    os.chdir(folder)
    for cached in vars(chartpress).values():
        getattr(cached, "cache_clear", bool)()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            chartpress.main(["--list-images"])
        except ValueError as error:
            return str(error)
    return dict(line.rsplit(":", 1) for line in out.getvalue().split())

root, folder, commits = json.loads(sys.stdin.read())
found = []
for commit in commits:
    subprocess.run(["git", "checkout", "--quiet", commit], cwd=root, check=True)
    found.append(answer(os.path.join(root, folder)))
print(json.dumps(found))
"""
_CONFIG = """\
charts:
  - name: basehub
    imagePrefix: example.org/
    {base_version}
    images:
      hub: &hub
        valuesPath: hub.image
      hub-experimental:
        valuesPath: experimental.image
        contextPath: images/hub
        dockerfilePath: images/hub/Dockerfile
        buildArgs: {{REQUIREMENTS_FILE: experimental.txt}}
      tools:
        valuesPath: tools.image
        rebuildOnContextPathChanges: false
        paths: [images/tools/watched.txt, "../shared/*.txt", ../not-there]
      careful:
        <<: *hub
        valuesPath: [careful.image, careful.again]
        contextPath: ./images//tools/
        rebuildOnContextPathChanges: no
      outside:
        valuesPath: outside.image
        imageName: other.example.org/outside
        contextPath: ../user images/é
  - name: other
    chartPath: charts/other
    images:
      other: {{valuesPath: other.image, imageName: example.org/other, contextPath: images/other}}
"""
_FILES = [
    "images/hub/Dockerfile",
    "images/hub/requirements.txt",
    "images/hub/experimental.txt",
    "images/tools/Dockerfile",
    "images/tools/watched.txt",
    "images/tools/ignored.txt",
    "images/other/Dockerfile",
    "../shared/deep/library.txt",
    "../shared/library.py",
    "../user images/é/Dockerfile",
    "../README.md",
]
_BASE_VERSIONS = [
    "",
    "major",
    "minor",
    "patch",
    "0.9.0",
    "1.2.3",
    "1.2.3-0.dev",
    "2.0.0-beta.1",
    "x",
]
_TAGS = [
    "v{}.2.3",
    "{}.2.3",
    "{}.2.3-alpha.1",
    "v{}.0.0-rc.1",
    "release-{}",
    "stack/{}-2",
    "vv{}.0.0",
]


def _grow(repo: Repository, dice: random.Random, folder: str) -> None:
    """Let a repository grow at random: changes, tags, branches, merges, clocks that go back."""

    def config() -> dict[str, str]:
        chosen = dice.choice(_BASE_VERSIONS)
        line = f"baseVersion: {chosen}" if chosen else "# no baseVersion"
        return {f"{folder}/chartpress.yaml": _CONFIG.format(base_version=line)}

    repo.commit({**config(), **{f"{folder}/{path}": "" for path in _FILES}}, "Start")
    repo.commit()
    for step in range(9):
        repo.clock += dice.choice([0, 0, 600, -60, -3600])
        match dice.choice(["change"] * 5 + ["tag"] * 2 + ["config", "merge"]):
            case "change":
                repo.commit({f"{folder}/{dice.choice(_FILES)}": f"{step}\n"})
            case "config":
                repo.commit(config())
            case "merge":
                repo.git(
                    "checkout", "--quiet", "-b", f"side-{step}", dice.choice(["HEAD", "HEAD^"])
                )
                repo.commit({f"{folder}/images/{dice.choice(['hub', 'tools'])}/side-{step}": ""})
                if dice.random() < 0.5:
                    repo.git("tag", "--force", dice.choice(_TAGS).format(step))
                repo.git("checkout", "--quiet", "main")
                repo.git("merge", "--quiet", "--no-ff", "-m", "Merge", f"side-{step}")
            case _:
                repo.commit({f"{folder}/../README.md": f"{step}\n"})
                kind = ["-a", "-m", "x"] if dice.random() < 0.5 else []
                repo.git(
                    "tag",
                    "--force",
                    *kind,
                    dice.choice(_TAGS).format(dice.randrange(4) * 10 + step),
                )


def _theirs(repo: Repository, folder: str, commits: list[str]) -> list[dict[str, str] | str]:
    asked = json.dumps([str(repo.root), folder, commits])
    answers: list[dict[str, str] | str] = json.loads(
        RUN([sys.executable, "-c", _DRIVER], stdin=asked).stdout
    )
    return answers


def _ours(repo: Repository, folder: str, commit: str) -> dict[str, str] | str:
    git = repo.ours
    try:
        return {
            image.name: identify(git, image.paths, image.base_version, commit).text
            for image in images.load(CommitTree(git, commit), Settings(charts_dir=folder)).all
        }
    except BadConfiguration as error:
        return error.what


@pytest.mark.parametrize(
    ("seed", "folder", "settings"),
    [
        (1, "helm-charts", {}),
        (2, "helm-charts", {"core.abbrev": "12", "log.follow": "true"}),
        (3, "deploy/helm chärts", {"core.quotePath": "true", "diff.renames": "copies"}),
        (4, "x", {"core.abbrev": "no", "log.date": "relative", "color.ui": "always"}),
        (5, "helm-charts", {"log.showRoot": "false", "log.diffMerges": "first-parent"}),
        (6, "helm-charts", {"log.decorate": "full", "format.pretty": "fuller"}),
    ],
)
def test_each_tag_is_chartpress_s_own(
    seed: int, folder: str, settings: dict[str, str], tmp_path: Path
) -> None:
    repo = Repository.init(tmp_path / "repo")
    for name, value in settings.items():
        repo.git("config", name, value)
    _grow(repo, random.Random(seed), folder)
    commits = repo.git("rev-list", "--reverse", "main").split()
    ours = [_ours(repo, folder, commit) for commit in commits]
    theirs = _theirs(repo, folder, commits)
    for commit, our, their in zip(commits, ours, theirs, strict=True):
        assert isinstance(our, str) == isinstance(their, str), (commit, our, their)
        if isinstance(their, dict):
            assert our == their, repo.git("log", "--graph", "--all", "--oneline", "--decorate")
    assert any(isinstance(their, dict) for their in theirs)


def test_the_command_says_the_same(tmp_path: Path) -> None:
    repo = Repository.init(tmp_path / "repo")
    _grow(repo, random.Random(0), "charts")
    repo.commit({"charts/chartpress.yaml": _CONFIG.format(base_version="")})
    done = RUN([chartpress.command(), "--list-images"], cwd=repo.root / "charts")
    theirs = dict(line.rsplit(":", 1) for line in done.stdout.split())
    assert theirs == _ours(repo, "charts", "HEAD")


def test_a_chartpress_yaml_at_the_top(tmp_path: Path) -> None:
    config = (
        "charts:\n- name: c\n  images: {hub: {valuesPath: a.b, imageName: o/h, contextPath: .}}\n"
    )
    repo = Repository.init(tmp_path / "repo")
    commits = [repo.commit({"chartpress.yaml": config, "Dockerfile": ""}), repo.commit({"x": ""})]
    assert _theirs(repo, ".", commits) == [_ours(repo, ".", commit) for commit in commits]


# --- the parts -------------------------------------------------------------------------------------


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository.init(tmp_path / "repo")
    made.commit({"hub/Dockerfile": ""})
    made.commit({"README.md": ""})
    return made


def test_a_tag_names_the_last_commit_on_the_paths(repo: Repository) -> None:
    first = repo.git("rev-parse", "HEAD~1")
    found = identify(repo.ours, ["hub"])
    assert found.revision == first
    assert found.text == f"0.0.1-0.dev.git.1.h{repo.git('rev-parse', '--short', first)}"
    named = parse(found.text)
    assert named
    assert first.startswith(named.commit)
    assert named.count == 1


def test_a_tagged_commit_gives_its_name(repo: Repository) -> None:
    repo.git("tag", "v1.0.0")
    assert identify(repo.ours, ["hub"], "9.9.9-0.dev").text == "v1.0.0"
    repo.commit({"README.md": "x"})
    assert identify(repo.ours, ["hub"]).text == "v1.0.0"
    assert identify(repo.ours, ["hub"]).revision == repo.git("rev-parse", "v1.0.0")


def test_what_no_commit_touched_has_no_tag(repo: Repository) -> None:
    repo.write({"new/Dockerfile": ""})
    with pytest.raises(NotCommitted, match="new") as caught:
        identify(repo.ours, ["new"])
    assert "git commit" in caught.value.fix


def test_a_base_version_may_follow_its_own_prerelease(repo: Repository) -> None:
    repo.git("tag", "1.2.3-alpha.1")
    repo.commit({"hub/Dockerfile": "x"})
    assert identify(repo.ours, ["hub"], "1.2.3").text.startswith("1.2.3-0.dev.git.3.h")


@pytest.mark.parametrize(
    ("wanted", "tag", "why"),
    [
        ("nonsense", None, "semantic"),
        ("1.2.3-0.dev", "v1.2.3", "not greater"),
        ("1.2.2", "v1.2.3", "not greater"),
        ("minor", "release-7", "release-7"),
    ],
)
def test_a_base_version_that_cannot_be(
    wanted: str, tag: str | None, why: str, repo: Repository
) -> None:
    if tag:
        repo.git("tag", tag)
        repo.commit({"hub/Dockerfile": "x"})
    with pytest.raises(BadConfiguration, match=why) as caught:
        identify(repo.ours, ["hub"], wanted)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("tag", "named"),
    [
        ("0.0.1-0.dev.git.17036.h8ae9a5db", Named(17036, "8ae9a5db")),
        ("1.2.3-alpha.1.git.5.habc1234", Named(5, "abc1234")),
        ("4.0.0-0.dev.git.12.h0123456789ab", Named(12, "0123456789ab")),
        ("release-7.git.3.habc1234", Named(3, "abc1234")),
        ("1.2.3", None),
        ("latest", None),
        ("0.0.1-set.by.chartpress", None),
        ("0.0.1-0.dev.git.x.habc", None),
        ("0.0.1-0.dev.git.1.hxyz", None),
        (".git.1.habc", None),
        ("", None),
    ],
)
def test_what_a_tag_says_of_itself(tag: str, named: Named | None) -> None:
    assert parse(tag) == named


def test_the_commit_of_a_tag_is_no_branch_that_is_called_like_it(repo: Repository) -> None:
    git, commit = repo.ours, repo.git("rev-parse", "HEAD")
    assert tags.commit(git, f"0.0.1-0.dev.git.1.h{commit[:9]}") == commit
    assert tags.commit(git, "0.0.1-0.dev.git.1.h" + "0" * 9) is None
    assert tags.commit(git, "latest") is None
    repo.git("branch", "0" * 9)
    assert tags.commit(git, "0.0.1-0.dev.git.1.h" + "0" * 9) is None

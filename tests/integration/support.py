"""Looking at a person's repository, the engine and the registry, before and after a command."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import stack
from integration.running import temporary
from stack.engine import processes

VALUES = "helm-charts/basehub/values.yaml"
CHART = "helm-charts/basehub/Chart.yaml"
STAGING = "config/clusters/example/staging.values.yaml"


def belongings(repo: stack.HubRepository) -> dict[str, object]:
    """Return all that is the person's: HEAD, index, stash, branches, configuration, every file."""
    inside = repo.path / ".git"
    files = {
        path.relative_to(repo.path).as_posix(): path.read_bytes()
        for path in sorted(repo.path.rglob("*"))
        if path.is_file() and not path.is_relative_to(inside)
    }
    return {
        **files,
        ".git/index": (inside / "index").read_bytes(),
        ".git/HEAD": (inside / "HEAD").read_text(),
        ".git/config": (inside / "config").read_text(),
        "refs": repo.git("for-each-ref"),
        "stash": repo.git("stash", "list"),
        "status": repo.git("--no-optional-locks", "status", "--porcelain"),
    }


def lived_in(repo: stack.HubRepository) -> dict[str, object]:
    """Give the clone a stash, staged and unstaged changes, edits in Chart.yaml; return it all."""
    (repo.path / "notes.txt").write_text("set aside\n")
    repo.git("stash", "--include-untracked", "--quiet")
    with (repo.path / CHART).open("a") as chart:
        chart.write("# my edit\n")
    (repo.path / "README.md").write_text("staged\n")
    repo.git("add", "README.md")
    (repo.path / "README.md").write_text("staged, and then changed\n")
    return belongings(repo)


def assert_nothing_left(repo: stack.HubRepository, engine: stack.Engine | None = None) -> None:
    """Assert that a command left no worktree, no scratch folder and no container of its own."""
    assert len(repo.git("worktree", "list").splitlines()) == 1
    assert scratch_folders(repo) == []
    if engine:
        assert proofs(repo, engine) == []


def scratch_folders(repo: stack.HubRepository) -> list[str]:
    """Return what commands left among the temporary files, locks apart.

    Only what has our name: a kill can also leave the empty file with which Python itself tries
    whether it may write there.
    """
    found = {path.name for path in temporary(repo).glob("hubimages-*")}
    return sorted(name for name in found if not name.startswith("hubimages-locks-"))


def proofs(repo: stack.HubRepository, engine: stack.Engine, *, started: bool = False) -> list[str]:
    """Return the containers in which images of a repository are being proven.

    started leaves out those that are only made; whose docker command ends just then remain.
    """
    words = ["ps", "--format", "{{.Names}}", "--filter", "name=hubimages-proof-"]
    ours = [word for image in images_of(repo, engine) for word in ("--filter", f"ancestor={image}")]
    every = [] if started else ["--all"]
    return engine.docker(*words, *every, *ours).stdout.split() if ours else []


def relatives(repo: stack.HubRepository) -> dict[int, str]:
    """Return the programs that still work for commands in a repository: git, chartpress, docker."""
    found = {}
    for pid, (_, args) in processes().items():
        with suppress(OSError):
            folder = Path(f"/proc/{pid}/cwd").readlink()
            if folder.is_relative_to(repo.path.parent) or repo.prefix in args:
                found[pid] = args
    return found


def images_of(repo: stack.HubRepository, engine: stack.Engine) -> list[str]:
    """Return NAME:TAG of all that the engine has of a repository's images."""
    form = "{{.Repository}}:{{.Tag}}"
    words = ("images", "--format", form, "--filter", f"reference={repo.prefix}*")
    found = engine.docker(*words).stdout.split()
    return sorted(name for name in found if not name.endswith(":<none>"))


def in_registry(
    registry: stack.Registry, repo: stack.HubRepository, image: str = "hub"
) -> list[str]:
    """Return the tags that a registry has of an image."""
    return registry.tags(repo.image(image).partition("/")[2])


def digest(registry: stack.Registry, name: str, tag: str) -> str | None:
    """Return what a registry says is the digest of NAME:TAG."""
    return registry.digest(name.partition("/")[2], tag)


def labels(registry: stack.Registry, name: str, tag: str) -> dict[str, str]:
    """Return the labels of an image, from the registry alone."""
    repository = name.partition("/")[2]
    manifest = json.loads(registry.ask("GET", f"/v2/{repository}/manifests/{tag}")[2])
    config = registry.ask("GET", f"/v2/{repository}/blobs/{manifest['config']['digest']}")[2]
    return dict(json.loads(config)["config"]["Labels"])

"""Time status --json against a bare CSafeLoader loop over the same YAML files.

    PYTHONPATH=tasks:tests python bench/status.py

The repository is made up: 16,000 commits, 500 YAML files of 125 clusters, an experiment whose pin
was moved now and then, and a hub on trial. Its registry is a closed port on this machine, and it
is not asked, since the hub on trial runs the newest tag.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from timing import ratio

import hubs

COMMITS, CLUSTERS = 16_000, 125
BEGIN = 1_600_000_000
NAME = "127.0.0.1:9/bench/"
TRIAL = "config/clusters/c7/staging.values.yaml"
OURS = hubs.requirements("folders")
STATUS = "from hubimages.commands.program import main; main()"
LOOP = """
import pathlib, sys, yaml
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
"""
ENVIRON = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}


def values(number: int, tag: str = "") -> str:
    """Return a values file as hubs have them, of some 120 lines; number makes it another one."""
    image = f"    image:\n      name: {NAME}hub-experimental\n      tag: {tag}\n" if tag else ""
    users = "".join(f"          - user-{number}-{one}@example.org\n" for one in range(40))
    profiles = "".join(
        f"      - display_name: Size {one}\n        kubespawner_override:\n"
        f"          image: quay.io/example/user:{number}\n          mem_limit: {one}G\n"
        for one in range(12)
    )
    return (
        f"jupyterhub:\n  hub:\n{image}    config:\n      Authenticator:\n        admin_users:\n{users}"
        f"  singleuser:\n    profileList:\n{profiles}"
    )


def cluster(number: int) -> str:
    """Return a cluster.yaml with two hubs."""
    said = [f"name: c{number}", "hubs:"]
    for hub in ("staging", "prod"):
        said += [f"  - name: {hub}", "    helm_chart: basehub"]
        said += [f"    helm_chart_values_files: [common.values.yaml, {hub}.values.yaml]"]
    return "\n".join(said) + "\n"


def files() -> dict[str, str]:
    """Return the first commit's files."""
    found = {
        path: text for path, text in hubs.files("folders", NAME).items() if "config/" not in path
    }
    for number in range(CLUSTERS):
        folder = f"config/clusters/c{number}"
        found[f"{folder}/cluster.yaml"] = cluster(number)
        for name in ("common", "staging", "prod"):
            found[f"{folder}/{name}.values.yaml"] = values(number)
    return found


def stream(numbers: range, begin: dict[str, str]) -> Iterator[str]:
    """Yield commits as git fast-import takes them; begin is what the first of them changes."""
    random.seed(16_000)
    paths = [path for path in files() if path.endswith(".values.yaml") and path != TRIAL]
    for number in numbers:
        when = f"{BEGIN + number * 3600} +0000"
        yield f"commit refs/heads/main\ncommitter Bench <bench@example.org> {when}\ndata 1\nx\n"
        if number == numbers[0]:
            yield "from refs/heads/main^0\n" if number else ""
            changed = begin
        elif number % 400 == 0:
            changed = {OURS: f"git+https://github.com/o/thing@{number:040x}\n"}
        elif number % 10 == 0:
            text = f"# {number}\n{hubs.VALUES.format(name=NAME)}"
            changed = {"helm-charts/basehub/values.yaml": text}
        else:
            changed = {random.choice(paths): values(number)}
        for path, text in changed.items():
            yield f"M 644 inline {path}\ndata {len(text.encode())}\n{text}\n"


def git(folder: Path, *words: str, given: str = "") -> str:
    """Run git, which has to succeed."""
    done = subprocess.run(
        ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", *words],
        cwd=folder,
        env=ENVIRON,
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def status(folder: Path) -> str:
    """Run status --json in a process of its own."""
    command = [sys.executable, "-c", STATUS, "status", "--json"]
    done = subprocess.run(
        command, cwd=folder, env=ENVIRON, capture_output=True, text=True, check=True
    )
    return done.stdout


def loop(folder: Path) -> None:
    """Read every YAML file of the clusters in a bare Python process."""
    subprocess.run([sys.executable, "-c", LOOP, str(folder / "config")], check=True)


def main() -> None:
    """Make the repository, and time both in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        git(folder, "init", "--quiet", "--initial-branch=main")
        begun = COMMITS - 390
        tag = ""
        for numbers in (range(begun), range(begun, COMMITS)):
            begin = {TRIAL: values(7, tag)} if tag else files()
            git(folder, "fast-import", "--quiet", given="".join(stream(numbers, begin)))
            git(folder, "reset", "--quiet", "--hard", "main")
            tag = json.loads(status(folder))["experiments"][0]["tag"]
        git(folder, "repack", "-a", "-d", "--quiet")
        found = json.loads(status(folder))["experiments"][0]
        assert found["changes"][0]["since"].startswith("2020-09-30"), found
        assert [trial["hub"] for trial in found["trials"]] == ["c7/staging"], found
        assert len(list((folder / "config").rglob("*.yaml"))) == 4 * CLUSTERS
        ratio(
            f"status --json, {COMMITS} commits and {4 * CLUSTERS} YAML files",
            lambda: status(folder),
            lambda: loop(folder),
            target=3.0,
            rounds=9,
        )


main()

"""Time build-hub against chartpress on the real stack.

    script/bootstrap --stack
    PYTHONPATH=tests .venv/bin/python bench/build_hub.py

Two rows: an image that the registry has already (`build-hub --push` against `chartpress --push`),
and one stale image out of four (`build-hub`, proof included, against `chartpress`, which builds
all four and proves none). Each image installs a git pin and a release, as hub images do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from timing import ratio

from stack import GitServer, base_image, engine, hub_repository, registry

BIN = Path(sys.executable).parent
IMAGES = ("hub", "one", "two", "three")
CLEAN = {"GIT_CONFIG_GLOBAL": os.devnull, "PATH": f"{BIN}:{os.environ['PATH']}"}
CLEAN |= {
    f"GIT_{who}_{what}": "bench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def run(*words: str, cwd: Path) -> None:
    """Run a command that has to succeed."""
    subprocess.run(words, cwd=cwd, check=True, capture_output=True, env={**os.environ, **CLEAN})


def chart_of(keys: Sequence[str], prefix: str) -> str:
    """Return a chartpress.yaml with images that have a folder each."""
    lines = ["charts:", "  - name: basehub", "    images:"]
    for key in keys:
        lines += [f"      {key}:", f"        imageName: {prefix}{key}"]
        lines += ["        extraBuildCommandOptions: [--network=host]"]
        lines += ["        valuesPath: jupyterhub.hub.image"] if key == keys[0] else []
    return "\n".join(lines) + "\n"


def main() -> None:
    """Bring up the stack and time both rows."""
    with (
        engine() as docker,
        registry() as images,
        GitServer() as git,
        tempfile.TemporaryDirectory() as name,
    ):
        os.environ["DOCKER_HOST"] = docker.host
        base_image(docker)
        pin = git.released("oauthenticator", "17.3.0")
        commit = pin.git("rev-parse", "HEAD")
        hubs = hub_repository(Path(name), registry=images.address, organisation="bench")
        dockerfile = (hubs.path / "helm-charts/images/hub/Dockerfile").read_text()
        numbers = count()

        def touch(keys: Sequence[str] = IMAGES) -> None:
            """Make a chart of just these images, all stale: a commit with new requirements."""
            wanted = f"# {next(numbers)}\ngit+{pin.url}@{commit}\njupyterhub-idle-culler==1.4.0\n"
            files = {"helm-charts/chartpress.yaml": chart_of(keys, hubs.prefix)}
            for key in keys:
                files[f"helm-charts/images/{key}/Dockerfile"] = dockerfile
                files[f"helm-charts/images/{key}/requirements.txt"] = f"# {key}\n{wanted}"
            hubs.commit(files)

        def ours(*flags: str) -> None:
            run("hubimages", "build-hub", "--image", "one", *flags, cwd=hubs.path)

        def theirs(*flags: str) -> None:
            run("chartpress", *flags, cwd=hubs.path / "helm-charts")
            run("git", "checkout", "--quiet", ".", cwd=hubs.path)

        def stale_ours() -> None:
            touch()
            ours()

        def stale_theirs() -> None:
            touch()
            theirs()

        touch(IMAGES[1:2])
        theirs("--push")
        ratio(
            "build-hub of an image in the registry",
            lambda: ours("--push"),
            lambda: theirs("--push"),
            target=1.0,
            rounds=9,
        )
        ratio(
            "build-hub of one stale image of four", stale_ours, stale_theirs, target=0.35, rounds=3
        )


if __name__ == "__main__":
    main()

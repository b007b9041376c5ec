"""Time a cold build with a layer cache in the registry against one without, on an engine of its own.

    script/bootstrap --stack
    PYTHONPATH=tests .venv/bin/python bench/layer_cache.py

Cold is an engine that has the base image and nothing else, as a CI machine that has just pulled
it. Each build is of a commit that changes one line of the image's requirements; what comes
before them in its Dockerfile does not change, as the tools that a hub image installs first do
not. Whole commands, proof included.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

from build_hub import run
from timing import ratio

from stack import Dockerd, base_image, copy_image, engine, hub_repository, registry

DOCKERFILE = """\
FROM quay.io/jupyterhub/k8s-hub:4.3.3
USER root
RUN pip install --no-cache-dir jupyterlab==4.4.* nbconvert==7.* pandas==2.*
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt
USER $NB_USER
"""


def main() -> None:
    """Bring up the stack, fill the cache once, and time the row."""
    with (
        engine() as machine,
        registry() as images,
        Dockerd() as cold,
        tempfile.TemporaryDirectory() as name,
    ):
        copy_image(base_image(machine), machine, cold)
        os.environ["DOCKER_HOST"] = cold.host
        hubs = hub_repository(Path(name), registry=images.address, organisation="bench")
        folder = "helm-charts/images/hub-experimental"
        numbers = count()

        def build(*flags: str) -> Callable[[], None]:
            def act() -> None:
                run("hubimages", "build-hub", "--image", "hub-experimental", *flags, cwd=hubs.path)

            return act

        def chill() -> None:
            """Commit a one-line change, and make the engine forget all but the base image."""
            text = f"jupyterhub-idle-culler==1.4.0\n# {next(numbers)}\n"
            files = {f"{folder}/Dockerfile": DOCKERFILE, f"{folder}/requirements.txt": text}
            hubs.commit(files)
            cold.remove_images(f"{hubs.prefix}*")
            cold.docker("builder", "prune", "--all", "--force")

        chill()
        build("--cache", "--push")()
        ratio(
            "a cold build with its layer cache",
            build("--cache"),
            build(),
            target=0.5,
            rounds=5,
            before=chill,
        )


if __name__ == "__main__":
    main()

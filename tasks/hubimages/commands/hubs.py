"""hubs.*: what every hub of every cluster runs."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded


@task(
    name="list",
    auto_shortflags=False,
    help={
        "json": "print the hubs as JSON on standard output",
        "cluster": "only this cluster's hubs",
        "image": "only hubs that run this image, as hub or user image (a name, or name:tag)",
        "matrix": "print a GitHub Actions matrix instead: the hubs in at most so many parts",
    },
)
@guarded
def list_(
    c: Context, json: bool = False, cluster: str = "", image: str = "", matrix: str | None = None
) -> None:
    """List every hub with its effective hub image and user images, and the line that says so.

    Values files are merged as Helm merges them. Encrypted and missing files are passed over with
    a note; a broken one is an error that hides no other hub, and exits with 1.

    The parts of a matrix ask for about the same number of images each; `hubs` of each is what
    --hub of check --registry, user-image.check and user-image.bump takes.

    Example: invoke hubs.list --image quay.io/your-organisation/hub-experimental
    Example: invoke hubs.list --matrix 8
    """
    from hubimages.commands.bodies import hubs

    hubs.list_(c, json=json, cluster=cluster, image=image, matrix=matrix)

"""user-image.split: an image folder becomes a repository of its own."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded
from hubimages.commands.help import HELP


@task(
    auto_shortflags=False,
    help={
        "source": "the repository that has the folder: a URL, or a path",
        "path": "the image's folder in it, from its top",
        "template": "the repository whose files the new one gets, all but its environment.yml",
        "target": "the new repository, which has to be empty",
        "directory": "where the new clone goes (default: the folder's name, beside this repository)",
        "dry_run": "do all of it in a temporary folder, without the push; asks the repositories",
        "yes": HELP["yes"],
    },
)
@guarded
def split(
    _: Context,
    source: str = "",
    path: str = "",
    template: str = "",
    target: str = "",
    directory: str = "",
    dry_run: bool = False,
    yes: bool = False,
) -> None:
    """Move an image folder into a repository of its own, with all that was ever done to it.

    Each commit that changed the folder is kept with its author, dates and message, renames
    followed. That is verified, file by file in every commit, before anything is pushed. After a
    failure, run it again.

    Example: invoke user-image.split --source https://github.com/org/hubs --path images/lab --template https://github.com/org/template --target https://github.com/org/lab-image
    """
    from hubimages.commands.bodies import userimage_split

    userimage_split.split(
        userimage_split.Wanted(
            source=source, path=path, template=template, target=target, directory=directory
        ),
        dry_run=dry_run,
        yes=yes,
    )

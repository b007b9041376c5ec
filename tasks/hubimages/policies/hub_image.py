"""Every hub runs an image that is built here, under a tag that a build gives."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.images import Image
from hubimages.policies.facts import Facts, Use
from hubimages.policies.finding import Flaw


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each place where a chart names a foreign image, or anything names a made-up tag."""
    git_tags: set[str] | None = None
    for use, image in facts.hub_uses:
        if image is None:
            if not use.own or use.name is None:  # gone-image has the others
                yield _foreign(facts, use)
        elif use.commit is None:
            if git_tags is None:
                git_tags = set(facts.git.ask("tag", "--list").splitlines())
            if use.tag not in git_tags:  # what is built on a tagged commit is named after that tag
                yield _made_up(use, image)


def _foreign(facts: Facts, use: Use) -> Flaw:
    return Flaw(
        severity="error",
        path=use.path,
        line=use.line,
        message=f"The hub image {use} is none of {facts.images.path} ({use.who}).",
        fix=f"name {facts.images.production.name} there, or add the image to {facts.images.path}",
    )


def _made_up(use: Use, image: Image) -> Flaw:
    what = f"The tag `{use.tag}`" if use.tag else "An image without a tag"
    return Flaw(
        severity="error",
        path=use.path,
        line=use.line,
        message=f"{what} is nothing that a build of `{image.key}` gives ({use.who}).",
        fix=f"invoke build-hub --image {image.key} --push",
    )

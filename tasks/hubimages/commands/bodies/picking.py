"""Letting a person pick one of an image's tags in its registry."""

from __future__ import annotations

from hubimages import candidates
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.session import Session
from hubimages.errors import Failure
from hubimages.images import Image
from hubimages.registry import NotThere, Unknown


class NoTags(Failure):
    """There are no tags to pick from, or the registry does not tell them."""


def tag(session: Session, image: Image) -> str:
    """Offer the image's tags, newest first, with what their commits say; raises MissingValue."""
    if not ask.interactive():
        raise ask.MissingValue("--tag")
    answer = session.registry.tags(image.reference)
    if isinstance(answer, Unknown):
        raise NoTags(
            f"The tags of {image.name} are not known. {answer.why}",
            fix=answer.fix or "add --tag TAG",
        )
    tags = candidates.candidates(session.git, () if isinstance(answer, NotThere) else answer)
    if not tags:
        raise NoTags(
            f"{image.name} has no tags in its registry.",
            fix=f"invoke build-hub --image {image.key} --push",
        )
    shown = [
        Choice(
            t.tag,
            f"{t.tag}  {t.when[:16].replace('T', ' ')}  {t.subject}"
            if t.when
            else f"{t.tag}  (commit not in this clone)",
        )
        for t in tags
    ]
    return ask.select("--tag", "Which tag?", shown, default=tags[0].tag)

"""What several commands do alike: pick an image, show edits, commit them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from hubimages import edits
from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.session import Session, show
from hubimages.edits import Edit
from hubimages.errors import Failure
from hubimages.images import Image, Images, UnknownImage
from hubimages.redaction import quoted
from hubimages.reference import Reference
from hubimages.registry import NotThere, There, Unknown


def experiment(images: Images, key: str, default: str) -> Image:
    """Return the image that was named, or picked where several could be meant, or the configured one."""
    if key:
        return images.named(key)
    found = [image.key for image in images.experiments]
    if len(found) > 1 and ask.interactive():
        key = ask.select(
            "--image", "Which experimental image?", [Choice(k, k) for k in found], default=default
        )
        return images.named(key)
    if default in found:
        return images.named(default)
    if len(found) == 1 and ask.interactive():
        return images.named(found[0])
    error = UnknownImage(default, found, images.path)
    error.fix = (
        f"add --image NAME, one of {', '.join(found)}; `experiment` under `hubimages:` in invoke.yaml sets the default"
        if found
        else f"invoke experiment.create --image {default}"
    )
    raise error


class NotInRegistry(Failure):
    """A hub would be pointed at an image that its registry does not have, or may not have."""


def is_in_registry(
    session: Session,
    reference: Reference,
    name: str,
    absent: NotInRegistry,
    *,
    force: bool,
    dry_run: bool,
) -> bool:
    """Return whether a registry has an image; else refuse, with absent where it said no.

    --force goes on and says so, and a dry run says what is unknown.
    """
    answer = session.registry.look(reference)
    match answer:
        case There():
            return True
        case NotThere():
            unless_forced(session, absent, force=force)
        case Unknown(why, fix):
            silent = NotInRegistry(
                f"Whether {name} is in its registry is not known. {why}",
                fix=f"{fix or 'try again'}; --force goes on without an answer",
            )
            if dry_run:
                session.console.say(f"unknown: {silent.what}")
            else:
                unless_forced(session, silent, force=force)
        case _:
            assert_never(answer)
    return False


def unless_forced(session: Session, refusal: Failure, *, force: bool) -> None:
    """Raise a refusal, or with --force say what it overrides."""
    if not force:
        raise refusal
    session.console.warn(f"going on because of --force, although: {refusal.what}")


def commit(session: Session, planned: Sequence[Edit], message: str) -> str:
    """Write and commit edits, say so, and return the commit."""
    made = edits.apply(session.git, planned, message, commit=True)
    assert made  # noqa: S101 - what is committed has a commit
    said = f"committed {made[:12]}: {message.splitlines()[0]}"
    session.console.did(said)
    session.console.say(said)
    return made


def carry_out(
    session: Session,
    planned: Sequence[Edit],
    message: str,
    *,
    dry_run: bool,
    commit: bool,
    yes: bool,
) -> bool:
    """Show edits, ask on a terminal, write and commit them; return whether they were committed.

    Raises ask.Declined where the person says no.
    """
    for edit in planned:
        show(edit)
    subject = message.splitlines()[0]
    if dry_run:
        session.console.say(_would(session, subject) if commit else "would leave this uncommitted")
        return False
    if ask.interactive():
        question = "Open a pull request with this?" if session.branch else "Commit this?"
        ask.confirm(question if commit else "Write this?", yes=yes)
    made = edits.apply(session.git, planned, message, commit=commit)
    paths = [edit.path for edit in planned]
    if made is None:
        session.console.did(f"edited {', '.join(paths)}")
        add, commit_them = ["git", "add", *paths], ["git", "commit", "--only", *paths]
        session.console.say(
            f"not committed, as asked; next: {quoted(add)} && {quoted(commit_them)}"
        )
        return False
    session.console.did(f"committed {made[:12]}")
    session.console.say(f"committed {made[:12]}: {subject}")
    return True


def _would(session: Session, subject: str) -> str:
    if session.branch:
        return f"would commit on branch {session.branch}, push it and open a pull request, or update it: {subject}"
    return f"would commit: {subject}"

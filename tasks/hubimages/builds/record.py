"""Recording a production image's tag in values.yaml."""

from __future__ import annotations

from hubimages import edits, imagevalues
from hubimages.builds.plan import Plan
from hubimages.edits import Edit
from hubimages.errors import BadFile
from hubimages.git import Git


def recording(plan: Plan, git: Git) -> Edit | None:
    """Return the edit that makes values.yaml name the tag, or None where there is nothing to edit.

    Raises UncommittedChanges, and BadFile for a production image without a valuesPath.
    """
    if not plan.records:
        return None
    if not plan.image.values_paths:
        raise BadFile(
            plan.images.path,
            f"the production image `{plan.image.key}` has no `valuesPath`, so no hub would follow it.",
            fix="add for instance `valuesPath: jupyterhub.hub.image`",
        )

    change = imagevalues.naming(plan.image.values_paths, name=plan.image.name, tag=plan.tag.text)
    return edits.plan(git, plan.image.values_file, change, commit=plan.request.commit)


def record(plan: Plan, edit: Edit, git: Git, trailer: str = "") -> None:
    """Write the edit and, where that was asked for, commit exactly it.

    trailer becomes the last paragraph of the message.
    """
    subject = f"Use {plan.image.key} image {plan.tag.text}"
    body = f"{plan.full_name}, of commit {plan.tag.revision}."
    message = "\n\n".join(filter(None, [subject, body, trailer.rstrip()])) + "\n"
    edits.apply(git, [edit], message, commit=plan.request.commit)

"""Look at everything a build depends on, and make a plan of it that can be shown before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from hubimages import edits, imagevalues, requirements, tags
from hubimages.build.labels import PINS, REVISION
from hubimages.chartpress import argv
from hubimages.config import BuilderChoice, Settings
from hubimages.edits import Edit
from hubimages.engine import Engine, LocalImage
from hubimages.errors import BadFile
from hubimages.git import Git
from hubimages.images import Image, Images, NoRequirements, load
from hubimages.process import quoted
from hubimages.reference import Reference
from hubimages.registry import Answer, Registry, There
from hubimages.requirements import Pin
from hubimages.tags import Tag
from hubimages.tree import CommitTree


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for on the command line."""

    image: str
    push: bool
    platform: str
    builder: BuilderChoice
    commit: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be built of which commit, and what stands in the way or can be left out."""

    request: Request
    images: Images
    image: Image
    tag: Tag
    pins: tuple[Pin, ...]
    registry: Answer  # whether the tag is there already
    uncommitted: tuple[str, ...]  # paths below the image's inputs that are not in the build
    source: str | None  # the remote's address, for the label

    @property
    def reference(self) -> Reference:
        """The image with its tag."""
        return self.image.reference.with_tag(self.tag.text)

    @property
    def full_name(self) -> str:
        """The image with its tag, as docker takes it."""
        return f"{self.image.name}:{self.tag.text}"

    @property
    def records(self) -> bool:
        """Whether the tag goes into values.yaml: only the production image's does."""
        return self.images.is_production(self.image)

    @property
    def there(self) -> bool:
        """Whether the registry has the tag, so that there is nothing to build or push."""
        return isinstance(self.registry, There)


def look(request: Request, git: Git, settings: Settings, registry: Registry) -> Plan:
    """Read the commit, its images and the registry; nothing is changed and nothing refused yet."""
    images = load(CommitTree(git), settings)
    image = images.named(request.image)
    tag = tags.identify(git, image.paths, image.base_version)
    reference = image.reference.with_tag(tag.text)
    return Plan(
        request=request,
        images=images,
        image=image,
        tag=tag,
        pins=pins(image),
        registry=registry.look(reference),
        uncommitted=tuple(git.changed(image.inputs)),
        source=git.remote_url(),
    )


def pins(image: Image) -> tuple[Pin, ...]:
    """Return the pins of all the requirements files that an image installs."""
    try:
        files = image.requirements
    except NoRequirements:
        return ()
    return tuple(pin for path in files for pin in requirements.parse(image.tree.read(path) or ""))


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

    def change(text: str) -> str:
        for path in plan.image.values_paths:
            text = imagevalues.put(text, path, name=plan.image.name, tag=plan.tag.text)
        return text

    return edits.plan(git, plan.image.values_file, change, commit=plan.request.commit)


def kept(plan: Plan, engine: Engine) -> LocalImage | None:
    """Return the image of an earlier build of the same commit that the engine still has.

    Only one with our labels counts: a plain chartpress may have put uncommitted files under
    the same tag.
    """
    found = engine.image(plan.full_name)
    if found is None or found.labels.get(REVISION) != plan.tag.revision or PINS not in found.labels:
        return None
    return found if found.platform == plan.request.platform else None


def commands(plan: Plan, builder: str) -> list[str]:
    """Return the commands of a build as a person would type them, for a dry run."""
    if plan.there:
        return []
    found = [quoted(argv(builder, plan.request.platform))]
    return [*found, quoted(["docker", "push", plan.full_name])] if plan.request.push else found


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of it; the keys of `build-hub --json`."""

    image: str
    name: str
    tag: str
    digest: str | None
    built: bool
    pushed: bool
    revision: str
    values_changed: bool


def expected(plan: Plan, edit: Edit | None) -> Result:
    """Return what a dry run can say of the result."""
    return Result(
        image=plan.image.key,
        name=plan.image.name,
        tag=plan.tag.text,
        digest=plan.registry.digest if isinstance(plan.registry, There) else None,
        built=not plan.there,
        pushed=plan.request.push and not plan.there,
        revision=plan.tag.revision,
        values_changed=edit is not None and (plan.request.push or plan.there),
    )

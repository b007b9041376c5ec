"""Look at everything a build depends on, and make a plan of it that can be shown before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hubimages import tags
from hubimages.ahead import ahead
from hubimages.builds.builder import Asked
from hubimages.config import BuilderChoice
from hubimages.git import Git
from hubimages.images import Image, Images
from hubimages.reference import Reference
from hubimages.registry import Image as Pushed
from hubimages.registry import NotThere, Registry, Unknown
from hubimages.tags import Tag


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for on the command line."""

    image: Image
    push: bool
    platform: str
    builder: BuilderChoice
    commit: bool
    builder_name: str = ""
    cache: bool = False

    @property
    def asked(self) -> Asked:
        """How the build is wanted."""
        return Asked(
            platform=self.platform,
            choice=self.builder,
            name=self.builder_name,
            cache=self.cache,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be built of which commit, and what stands in the way or can be left out."""

    request: Request
    images: Images
    head: str  # the commit that is built, whatever is committed meanwhile
    tag: Tag
    uncommitted: tuple[str, ...]  # paths below the image's inputs that are not in the build
    answer: Callable[[], Pushed | NotThere | Unknown]  # waits for the registry

    @property
    def image(self) -> Image:
        """The image to build."""
        return self.request.image

    @property
    def registry(self) -> Pushed | NotThere | Unknown:
        """What the registry has under the tag already."""
        return self.answer()

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
        return isinstance(self.registry, Pushed)


def look(request: Request, images: Images, head: str, git: Git, registry: Registry) -> Plan:
    """Ask git and the registry about an image at a commit; nothing is changed or refused yet."""
    image = request.image
    tag = tags.identify(git, image.paths, image.base_version, head)
    reference = image.reference.with_tag(tag.text)
    answer = ahead(lambda: registry.inspect(reference, request.platform))
    return Plan(
        request=request,
        images=images,
        head=head,
        tag=tag,
        uncommitted=tuple(git.changed(image.inputs)),
        answer=answer,
    )


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


def expected(plan: Plan, *, values_changed: bool) -> Result:
    """Return what a dry run can say of the result."""
    return Result(
        image=plan.image.key,
        name=plan.image.name,
        tag=plan.tag.text,
        digest=plan.registry.digest if isinstance(plan.registry, Pushed) else None,
        built=not plan.there,
        pushed=plan.request.push and not plan.there,
        revision=plan.tag.revision,
        values_changed=values_changed,
    )

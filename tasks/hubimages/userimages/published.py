"""What the registry tells of a user image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hubimages.moving import moves
from hubimages.reference import Reference
from hubimages.registry import Answer, Image, NotThere, Registry, There, Unknown
from hubimages.userimages import registries
from hubimages.userimages.findings import Check


@dataclass(frozen=True, kw_only=True)
class Published:
    """An image as its registry has it: asked with the person's logins, and as anybody.

    provider is the cloud of the hub's cluster (`aws`, `gcp`, …), or empty.
    """

    ref: Reference
    platform: str
    image: Image | NotThere | Unknown
    anybody: Answer
    provider: str = ""

    @property
    def digest(self) -> str | None:
        """What the tag names, or None where that could not be told."""
        return self.image.digest if isinstance(self.image, Image) else None

    def checks(self) -> Iterator[Check]:
        """Yield the points that need no engine."""
        yield self._found()
        yield self._platform()
        yield self._size()
        yield _tag(self.ref)
        yield self._public()
        yield registries.advice(self.ref, self.provider)

    def _found(self) -> Check:
        match self.image:
            case Image():
                return Check("found", True, self.image.digest)
            case NotThere():
                what = f"{self.ref.registry} has no {self.ref}."
                return Check("found", False, what, "push it, or name a tag that is there")
            case Unknown(why, fix):
                return Check("found", None, why, fix)

    def _platform(self) -> Check:
        if not isinstance(self.image, Image):
            return Check("platform", None, "the registry did not show the image")
        found = ", ".join(self.image.platforms)
        if self.image.manifest is None:
            what = f"It is for {found}, not for {self.platform}, which hubs run on."
            return Check("platform", False, what, f"build it with --platform {self.platform}")
        return Check("platform", True, found)

    def _size(self) -> Check:
        manifest = self.image.manifest if isinstance(self.image, Image) else None
        if manifest is None:
            return Check("size", None, f"no image for {self.platform} was shown")
        size = manifest.size / 1e6
        shown = f"{size / 1000:.1f} GB" if size >= 1000 else f"{size:.1f} MB"
        return Check("size", True, f"{shown} compressed, in {manifest.layers} layer(s)")

    def _public(self) -> Check:
        cloud = registries.is_the_clouds_own(self.ref, self.provider)
        closed = isinstance(self.anybody, Unknown) and self.anybody.denied
        hidden = isinstance(self.anybody, NotThere) and isinstance(self.image, Image)
        if isinstance(self.anybody, There):
            return Check("public", True, "anybody can pull it")
        if (closed or hidden) and cloud:
            what = "It is private, in the registry of the hub's own cloud; its nodes may well have access."
            return Check("public", None, what, "see that the nodes' account may read there")
        if closed or hidden:
            what = f"{self.ref.registry} does not give it to anybody without a login."
            fix = "make the repository public, or set jupyterhub.imagePullSecret on the hub"
            return Check("public", False, what, fix)
        if isinstance(self.anybody, Unknown):
            return Check("public", None, self.anybody.why, self.anybody.fix)
        return Check("public", None, "there is no such image to pull")


def _tag(ref: Reference) -> Check:
    if ref.digest:
        return Check("tag", True, "named by its digest, which never names another image")
    if moves(ref.tag):
        what = f"the tag `{ref.tag}`" if ref.tag else "no tag, which means `latest`"
        detail = f"It has {what}: another image tomorrow, and nodes that have it do not look again."
        return Check("tag", False, detail, "name a version, a date or a commit as the tag")
    return Check("tag", True, f"`{ref.tag}` names one version")


def ask(
    ref: Reference, platform: str, registry: Registry, anonymous: Registry, provider: str = ""
) -> Published:
    """Ask an image's registry, with the logins that registry has and with none."""
    return Published(
        ref=ref,
        platform=platform,
        image=registry.inspect(ref, platform),
        anybody=anonymous.look(ref),
        provider=provider,
    )

"""The manifests that Helm makes, read as what matters here: resources, and the images of a hub."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from hubimages.errors import BadFile
from hubimages.reference import split_tag
from hubimages.yamlread import Loader, load_mapping

_DOCUMENT = re.compile(r"^---\n", re.MULTILINE)
_HOOK = "helm.sh/hook"
_COMPONENT = ("app.kubernetes.io/component", "component")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An image as a manifest has it."""

    name: str
    tag: str | None

    @classmethod
    def of(cls, text: str) -> Shown:
        """Split off the tag, a digest behind it included; what a digest alone names has none."""
        before, at, digest = text.partition("@")
        name, tag = split_tag(before)
        return cls(name=name, tag=tag + at + digest) if tag else cls(name=text, tag=None)

    def __str__(self) -> str:
        """Return NAME:TAG."""
        return f"{self.name}:{self.tag}" if self.tag else self.name


@dataclass(frozen=True)
class Resource:
    """One document of the manifests."""

    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Kind and name, as kubectl has them, with a namespace that is written."""
        metadata = self.body.get("metadata") or {}
        inside = f" in {metadata['namespace']}" if metadata.get("namespace") else ""
        return f"{self.body.get('kind')} {metadata.get('name')}{inside}"

    @property
    def kind(self) -> str:
        """Its kind, such as Deployment."""
        return str(self.body.get("kind"))

    def is_component(self, component: str) -> bool:
        """Whether its labels say that it is this part of JupyterHub."""
        labels = (self.body.get("metadata") or {}).get("labels") or {}
        return any(labels.get(key) == component for key in _COMPONENT)


@dataclass(frozen=True)
class Manifests:
    """All that a release installs, as text and as resources."""

    text: str

    @property
    def documents(self) -> list[Manifests]:
        """Each document by itself, as text."""
        return [Manifests(part) for part in _DOCUMENT.split(self.text)]

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """The documents that are resources; raises BadFile for what is no YAML."""
        try:
            found = list(yaml.load_all(self.text, Loader=Loader))
        except yaml.YAMLError as error:
            raise BadFile("the rendered manifests", f"are not YAML: {error}") from None
        return tuple(Resource(body) for body in found if isinstance(body, dict) and "kind" in body)

    @property
    def without_hooks(self) -> Manifests:
        """These without hooks and tests, which are no part of what a release is said to have."""
        return Manifests("---\n".join(one.text for one in self.documents if not one.has_hook))

    @property
    def has_hook(self) -> bool:
        """Whether any of these is run by Helm at a certain moment rather than installed."""
        metadata = (one.body.get("metadata") or {} for one in self.resources)
        return any(_HOOK in (found.get("annotations") or {}) for found in metadata)

    @cached_property
    def hub(self) -> Resource | None:
        """The hub's Deployment: labelled as zero-to-jupyterhub does it, or named so."""
        deployments = [one for one in self.resources if one.kind == "Deployment"]
        labelled = [one for one in deployments if one.is_component("hub") and _container(one)]
        named = [one for one in deployments if _down(one.body, "metadata", "name") == "hub"]
        return next(iter([*labelled, *named]), None)

    @property
    def hub_image(self) -> Shown | None:
        """The image of the hub's Deployment, or None without one."""
        found = _container(self.hub) if self.hub else None
        return Shown.of(str(found["image"])) if found and found.get("image") else None

    @property
    def user_image(self) -> Shown | None:
        """The image of people's servers, in the values that the hub's Secret hands to the hub."""
        for resource in self.resources:
            image = _down(packed_values(resource.body), "singleuser", "image")
            if isinstance(image, dict) and image.get("name"):
                tag = image.get("tag")
                return Shown(name=str(image["name"]), tag=None if tag is None else str(tag))
        return None


def _container(resource: Resource) -> Mapping[str, Any] | None:
    """Return the container named hub, or the first."""
    found = _down(resource.body, "spec", "template", "spec", "containers")
    listed: Sequence[Any] = found if isinstance(found, list) else ()
    named = [one for one in listed if isinstance(one, dict)]
    return next((one for one in named if one.get("name") == "hub"), named[0] if named else None)


def packed_values(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the values that zero-to-jupyterhub packs into the hub's Secret, or None."""
    packed = _down(body, "data", "values.yaml")
    if body.get("kind") != "Secret" or not isinstance(packed, str):
        return None
    try:
        return load_mapping(base64.b64decode(packed).decode(), "values.yaml")
    except (binascii.Error, UnicodeDecodeError, BadFile):
        return None


def _down(found: Any, *keys: str) -> Any:
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def leaves(found: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each scalar (or empty collection) of a document with its path; lists go by name or index."""
    if isinstance(found, Mapping) and found:
        for key, value in found.items():
            yield from leaves(value, (*at, str(key)))
    elif isinstance(found, list) and found:
        names = [one.get("name") if isinstance(one, dict) else None for one in found]
        named = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
        for index, value in enumerate(found):
            yield from leaves(value, (*at, str(names[index]) if named else str(index)))
    else:
        yield at, found

"""What is reported where a rendered hub runs another image than hubs.list says."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from hubimages import placement
from hubimages.config import Settings
from hubimages.listing import HubImage, UserImage
from hubimages.rendering.manifests import Manifests
from hubimages.rendering.render import Rendered
from hubimages.rendering.valuefiles import ValueFiles
from hubimages.tree import WorkTree
from hubs import Hubs, make


@pytest.fixture
def repo(tmp_path: Path) -> Hubs:
    return make(tmp_path / "hubs")


def rendered(repo: Hubs, image: str, listed: tuple[str | None, str | None] | None) -> Rendered:
    hub = repo.fleet.named("example/staging")
    text = f"kind: Deployment\nmetadata: {{name: hub}}\nspec: {{template: {{spec: {{containers: [{{image: '{image}'}}]}}}}}}\n"
    return Rendered(
        hub=hub,
        placement=placement.of(WorkTree(repo.path), hub, Settings()),
        chart=repo.path,
        values=ValueFiles(root=repo.path, paths=(), secrets={}),
        manifests=Manifests(text if image else ""),
        listed=HubImage(name=listed[0], tag=listed[1], source="a.yaml:1") if listed else None,
        base_url="/",
    )


@pytest.mark.parametrize(
    ("image", "listed", "agrees"),
    [
        ("a/b:1", ("a/b", "1"), True),
        ("a/b:1", ("a/b", "2"), False),
        ("a/b:1", ("a/c", "1"), False),
        ("a/b:1", (None, "1"), True),
        ("a/b:1", (None, "2"), False),
        ("a/b:1", ("a/b", None), True),
        ("a/b:1", ("a/c", None), False),
        ("a/b:1", None, True),
        ("a/b", ("a/b", "1"), False),
        ("a/b@sha256:0", ("a/b", "1"), False),
        ("a/b:1@sha256:0", ("a/b", "1@sha256:0"), True),
        ("", ("a/b", "1"), False),
        ("", None, True),
    ],
)
def test_an_image_agrees(
    repo: Hubs, image: str, listed: tuple[str | None, str | None] | None, agrees: bool
) -> None:
    said = rendered(repo, image, listed).disagreement
    assert (said is None) is agrees, said
    if said:
        assert said.startswith("example/staging: the hub's Deployment ")
        assert said.endswith("(a.yaml:1).")


def test_the_user_image_is_the_listed_one_where_the_hub_is_told_none(repo: Hubs) -> None:
    alone = rendered(repo, "a/b:1", None)
    assert alone.user_image is None
    listed = UserImage(name="a/lab", tag="2", at="jupyterhub.singleuser.image", source="a.yaml:2")
    assert replace(alone, listed_user=listed).user_image == listed
    packed = base64.b64encode(b"singleuser: {image: {name: a/told, tag: 3}}").decode()
    secret = f"kind: Secret\nmetadata: {{name: hub}}\ndata: {{values.yaml: {packed}}}\n"
    told = replace(alone, listed_user=listed, manifests=Manifests(secret)).user_image
    assert (told.name, told.tag) == ("a/told", "3") if told else False

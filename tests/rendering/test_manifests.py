"""What is read in manifests: images, and what of them may be shown."""

from __future__ import annotations

import base64

import pytest
import yaml

from hubimages.errors import BadFile
from hubimages.redaction import conceal
from hubimages.rendering.hiding import hidden
from hubimages.rendering.manifests import Manifests, Shown, leaves

POD = "spec: {{template: {{spec: {{containers: [{}]}}}}}}\n"
HUB = "kind: Deployment\nmetadata: {name: hub, labels: {component: hub}}\n" + POD.format(
    "{name: sidecar, image: a:1}, {name: hub, image: 'quay.io/hub:2'}"
)
NAMED = "kind: Deployment\nmetadata: {name: hub}\n" + POD.format(
    "{name: any, image: 'host:5000/h'}"
)
OTHER = "kind: Deployment\nmetadata: {name: proxy, labels: {component: proxy}}\n" + POD.format("{}")


def secret(values: str) -> str:
    packed = base64.b64encode(values.encode()).decode()
    return f"kind: Secret\nmetadata: {{name: hub}}\ndata:\n  values.yaml: {packed}\n"


def joined(*documents: str) -> Manifests:
    return Manifests("".join(f"---\n# Source: a\n{one}" for one in documents))


@pytest.mark.parametrize(
    ("text", "name", "tag"),
    [
        ("quay.io/hub:1", "quay.io/hub", "1"),
        ("host:5000/hub", "host:5000/hub", None),
        ("quay.io/hub@sha256:ab", "quay.io/hub@sha256:ab", None),
        ("host:5000/hub:1@sha256:ab", "host:5000/hub", "1@sha256:ab"),
        ("host:5000/hub@sha256:ab", "host:5000/hub@sha256:ab", None),
    ],
)
def test_an_image_is_a_name_and_a_tag(text: str, name: str, tag: str | None) -> None:
    assert Shown.of(text) == Shown(name=name, tag=tag)
    assert str(Shown.of(text)) == text


@pytest.mark.parametrize(
    ("documents", "image"),
    [
        ((OTHER, NAMED, HUB), "quay.io/hub:2"),
        ((OTHER, NAMED), "host:5000/h"),
        ((OTHER,), "None"),
        (("kind: Deployment\n", "kind: Deployment\nmetadata: null\n", "# nothing\n"), "None"),
        (("kind: Deployment\nmetadata: {name: hub}\nspec: {template: null}\n",), "None"),
    ],
)
def test_the_hub_is_a_deployment(documents: tuple[str, ...], image: str) -> None:
    assert str(joined(*documents).hub_image) == image


@pytest.mark.parametrize(
    ("values", "image"),
    [
        ("singleuser: {image: {name: a/b, tag: '1.10'}}", "a/b:1.10"),
        ("singleuser: {image: {name: a/b}}", "a/b"),
        ("singleuser: {image: {name: '', tag: '1'}}", "None"),
        ("singleuser: null", "None"),
        ("a: [", "None"),
    ],
)
def test_the_user_image_is_in_the_packed_values(values: str, image: str) -> None:
    assert str(joined(HUB, secret(values)).user_image) == image


def test_hooks_are_no_part_of_a_release() -> None:
    hook = "kind: Job\nmetadata: {name: a, annotations: {helm.sh/hook: pre-install}}\n"
    found = joined(HUB, hook, OTHER).without_hooks
    assert [one.name for one in found.resources] == ["Deployment hub", "Deployment proxy"]


def test_what_is_no_yaml_is_said() -> None:
    with pytest.raises(BadFile, match="rendered manifests: are not YAML"):
        _ = joined("a: [\n").resources


def test_lists_go_by_name_where_they_have_names() -> None:
    named = {"env": [{"name": "A", "value": 1}, {"name": "B", "value": {}}]}
    assert dict(leaves(named)) == {
        ("env", "A", "name"): "A",
        ("env", "A", "value"): 1,
        ("env", "B", "name"): "B",
        ("env", "B", "value"): {},
    }
    twice = {"env": [{"name": "A"}, {"name": "A"}], "none": []}
    assert list(dict(leaves(twice))) == [("env", "0", "name"), ("env", "1", "name"), ("none",)]


@pytest.mark.parametrize(
    "text",
    [
        "kind: Secret\ndata:\n  a: aGlkZGVu\nstringData:\n  b: hidden-text\ntype: Opaque\n",
        'kind: Secret\ntype: Opaque\ndata: {\n"a": "aGlkZGVu",\n"b": "hidden-text"\n}\n',
        '{"kind": "Secret", "type": "Opaque", "data": {"a": "aGlkZGVu"}, "stringData": {"b": "hidden-text"}}\n',
        "  kind: Secret\n  type: Opaque\n  data:\n    a: aGlkZGVu\n  stringData: {b: hidden-text}\n",
    ],
)
def test_a_secret_is_hidden_however_it_is_written(text: str) -> None:
    shown = hidden(joined(HUB, text, OTHER))
    assert "aGlkZGVu" not in shown
    assert "hidden-text" not in shown
    assert shown.startswith(f"---\n# Source: a\n{HUB}---\n# Source: a\nkind: Secret\n")
    assert shown.endswith(OTHER)
    assert list(yaml.safe_load_all(shown))[1]["type"] == "Opaque"


def test_what_was_decrypted_is_hidden_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubimages.redaction._concealed", set())
    conceal(["a-long-password"])
    shown = hidden(
        joined(
            HUB.replace("a:1", "a-long-password"),
            "kind: Secret\nmetadata: {name: a-long-password}\n",
        )
    )
    assert "a-long-password" not in shown

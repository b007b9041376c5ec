"""How two renderings differ: by resource and field, and no value is shown."""

from __future__ import annotations

import base64
from typing import Any

import yaml

from hubimages.rendering.differences import Difference, differences, generated
from hubimages.rendering.manifests import Manifests


def manifests(*bodies: dict[str, Any]) -> Manifests:
    return Manifests(yaml.safe_dump_all(bodies, explicit_start=True))


def thing(name: str, kind: str = "ConfigMap", **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, **fields}


def secret(values: dict[str, Any], **data: str) -> dict[str, Any]:
    packed = base64.b64encode(yaml.safe_dump(values).encode()).decode()
    return thing("hub", "Secret", data={"values.yaml": packed, **data})


def test_resources_come_and_go() -> None:
    old, new = manifests(thing("a"), thing("b")), manifests(thing("b"), thing("c"))
    assert differences(old, new) == (
        Difference(resource="ConfigMap a", change="removed"),
        Difference(resource="ConfigMap c", change="added"),
    )
    assert differences(Manifests(""), old)[0].change == "added"
    assert differences(old, old) == ()


def test_the_same_name_in_two_namespaces_is_two_resources() -> None:
    one = thing("a") | {"metadata": {"name": "a", "namespace": "x"}}
    found = differences(manifests(thing("a")), manifests(thing("a"), one))
    assert [str(difference) for difference in found] == ["added ConfigMap a in x"]


def test_fields_are_paths_and_lists_go_by_name() -> None:
    def pod(*env: dict[str, str]) -> Manifests:
        return manifests(
            thing("hub", "Deployment", spec={"containers": [{"name": "hub", "env": list(env)}]})
        )

    a, b, c = ({"name": name, "value": name} for name in "abc")
    (found,) = differences(pod(a, c), pod(a, b, c | {"value": "d"}))
    at = "spec.containers.hub.env"
    assert found.fields == (f"{at}.b.name", f"{at}.b.value", f"{at}.c.value")
    assert differences(pod(a, b), pod(b, a)) == ()


def test_a_field_that_is_gone_or_null_differs() -> None:
    old, new = manifests(thing("a", x=1, y=None)), manifests(thing("a", y=2))
    assert [one.fields for one in differences(old, new)] == [("y", "x")]
    assert [one.fields for one in differences(new, old)] == [("x", "y")]
    assert differences(manifests(thing("a", x=None)), manifests(thing("a"))) != ()


def test_packed_values_differ_field_by_field() -> None:
    old = secret({"hub": {"token": "old-secret", "same": 1}}, other="eA==")
    new = secret({"hub": {"token": "new-secret", "same": 1}}, other="eQ==")
    (found,) = differences(manifests(old), manifests(new))
    assert found.fields == ("data.other", "values.yaml.hub.token")
    assert "secret" not in str(found).replace("Secret hub", "")


def test_what_is_made_up_is_left_out() -> None:
    one, again = manifests(thing("a", x=1, y=2)), manifests(thing("a", x=1, y=3))
    made_up = generated(one, again)
    assert made_up == {("ConfigMap a", ("y",))}
    assert differences(manifests(thing("a", x=1, y=9)), one, made_up) == ()
    assert differences(manifests(thing("a", x=2, y=9)), one, made_up)[0].fields == ("x",)
    other = manifests(thing("b", y=9)), manifests(thing("b", y=2))
    assert differences(*other, made_up)[0].fields == ("y",)


def test_the_version_of_the_chart_is_no_difference() -> None:
    def of(version: str) -> Manifests:
        return manifests(
            {"kind": "A", "metadata": {"name": "a", "labels": {"helm.sh/chart": version}}}
        )

    assert differences(of("1"), of("2")) == ()


def test_many_fields_are_counted() -> None:
    shown = str(Difference(resource="A a", change="changed", fields=tuple("abcdef")))
    assert shown == "changed A a: a, b, c, d and 2 more"

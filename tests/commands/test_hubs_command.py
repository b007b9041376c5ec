"""hubs.list, as it is typed."""

from __future__ import annotations

import pytest

from hubs import Hubs
from tests.commands.conftest import Run

STAGING = "config/clusters/example/staging.values.yaml"
TRIAL = (
    "jupyterhub:\n  hub:\n    image:\n      name: quay.io/example/hub-experimental\n      tag: t1\n"
)
USER = "  singleuser:\n    image:\n      name: quay.io/example/user\n      tag: u1\n"


def names(found: list[dict[str, str]]) -> list[str]:
    return [f"{one['cluster']}/{one['hub']}" for one in found]


def test_json_has_the_keys_of_the_contract(repo: Hubs, invoke: Run) -> None:
    repo.write(STAGING, TRIAL + USER)
    ran = invoke(repo.path, "hubs.list", "--json")
    assert ran.code == 0, ran.err
    assert ran.json[0] == {
        "cluster": "example",
        "hub": "staging",
        "chart": "basehub",
        "hub_image": {
            "name": "quay.io/example/hub-experimental",
            "tag": "t1",
            "source": f"{STAGING}:5",
        },
        "user_images": [
            {
                "name": "quay.io/example/user",
                "tag": "u1",
                "at": "jupyterhub.singleuser.image",
                "source": f"{STAGING}:9",
            }
        ],
    }
    assert len(ran.json) == 6
    assert ran.json[-1]["hub_image"] is None
    assert "note: helm-charts/plainhub deploys no jupyterhub chart" in ran.err
    assert (
        "note: encrypted and passed over in config/clusters/example: enc-staging.secret.values.yaml"
        in ran.err
    )


def test_people_read_it_on_standard_output_and_notes_beside_it(repo: Hubs, invoke: Run) -> None:
    repo.write(STAGING, TRIAL + USER)
    ran = invoke(repo.path, "hubs.list", "--cluster", "example")
    assert ran.code == 0
    assert ran.out.splitlines()[:3] == [
        "example/staging",
        f"  hub   quay.io/example/hub-experimental:t1  ({STAGING}:5)",
        f"  user  quay.io/example/user:u1  ({STAGING}:9)",
    ]
    assert "research" not in ran.out + ran.err
    assert "note: " in ran.err
    assert "not set in this repository" in invoke(repo.path, "hubs.list").out


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("quay.io/example/hub-experimental", ["example/staging"]),
        ("quay.io/example/user:u1", ["example/staging"]),
        ("quay.io/example/user:u2", []),
        ("user", []),
    ],
)
def test_only_hubs_with_an_image(repo: Hubs, invoke: Run, image: str, found: list[str]) -> None:
    repo.write(STAGING, TRIAL + USER)
    ran = invoke(repo.path, "hubs.list", "--json", "--image", image)
    assert names(ran.json) == found


def test_an_unknown_cluster_lists_those_that_are_there(repo: Hubs, invoke: Run) -> None:
    repo.write("config/clusters/broken/cluster.yaml", "hubs: [")
    ran = invoke(repo.path, "hubs.list", "--json", "--cluster", "nowhere")
    assert (ran.code, ran.out) == (1, "")
    assert "There is no cluster `nowhere`" in ran.err
    assert "broken, example, research" in ran.err


def test_what_is_broken_is_an_error_and_hides_no_other_hub(repo: Hubs, invoke: Run) -> None:
    repo.write(STAGING, "a: 1\n  b: 2\n")
    repo.write("config/clusters/broken/cluster.yaml", "hubs: [")
    repo.write("config/clusters/templates/cluster.yaml", "name: {{ name }}: x\n")
    repo.write("config/clusters/empty/readme.md", "")
    ran = invoke(repo.path, "hubs.list", "--json")
    assert ran.code == 1
    assert len(ran.json) == 6
    assert f"error: {STAGING}:2: is not YAML" in ran.err
    assert "error: config/clusters/broken/cluster.yaml:" in ran.err
    assert "note: config/clusters/templates is a template and was passed over" in ran.err
    assert "note: config/clusters/empty has no cluster.yaml and was passed over" in ran.err
    assert "cannot be read" in invoke(repo.path, "hubs.list").out
    ran = invoke(repo.path, "hubs.list", "--json", "--cluster", "research")
    assert (ran.code, len(ran.json)) == (0, 4)


def test_one_bad_entry_hides_no_other_of_its_cluster(repo: Hubs, invoke: Run) -> None:
    repo.write(
        "config/clusters/example/cluster.yaml",
        "hubs: [{name: one, helm_chart: basehub}, {name: two}, {name: three, helm_chart: basehub}]",
    )
    ran = invoke(repo.path, "hubs.list", "--json", "--cluster", "example")
    assert (ran.code, names(ran.json)) == (1, ["example/one", "example/three"])
    assert "hub two has no `helm_chart`" in ran.err


def test_bytes_that_are_no_text_are_told_with_their_line(repo: Hubs, invoke: Run) -> None:
    path = "config/clusters/example/staging.values.yaml"
    (repo.path / path).write_bytes(b"jupyterhub:\n  x: \xff\n")
    ran = invoke(repo.path, "hubs.list", "--json")
    assert ran.code == 1
    assert f"{path}:2: is not UTF-8" in ran.err
    assert len(ran.json) == 6


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("prod.values.yaml", "none.values.yaml", "none.values.yaml is not there"),
        ("helm_chart: basehub", "helm_chart: none", "none/Chart.yaml is not there"),
        (
            "helm_chart: basehub",
            "helm_chart: basehub\n    chart_override: none.yaml",
            "none.yaml is not there",
        ),
    ],
)
def test_what_is_missing_is_noted(repo: Hubs, invoke: Run, old: str, new: str, said: str) -> None:
    path = "config/clusters/example/cluster.yaml"
    repo.write(path, repo.read(path).replace(old, new))
    ran = invoke(repo.path, "hubs.list")
    assert ran.code == 0
    assert f"{said} and was passed over" in ran.err


# --- a matrix ------------------------------------------------------------------------------------


def test_a_matrix_is_one_line_in_which_each_hub_is_once(repo: Hubs, invoke: Run) -> None:
    repo.write(STAGING, f"jupyterhub:\n{USER}")
    repo.write("config/clusters/research/dask.values.yaml", f"basehub:\n  jupyterhub:\n{DEEPER}")
    ran = invoke(repo.path, "hubs.list", "--matrix", "5")
    assert ran.code == 0, ran.err
    assert ran.out.count("\n") == 1
    first, second = ran.json["include"]
    assert first == {
        "part": 1,
        "of": 2,
        "hubs": "example/staging,example/prod,research/twin,research/other-twin,research/plain",
        "images": 2,
    }
    assert (second["part"], second["hubs"]) == (2, "research/dask")
    assert invoke(repo.path, "hubs.list", "--matrix", "5", "--json").out == ran.out
    assert len(invoke(repo.path, "hubs.list", "--matrix", "1").json["include"]) == 1


DEEPER = USER.replace("  ", "    ").replace("/user", "/other")


def test_a_matrix_of_some_hubs(repo: Hubs, invoke: Run) -> None:
    repo.write(STAGING, f"jupyterhub:\n{USER}")
    ran = invoke(repo.path, "hubs.list", "--matrix", "2", "--cluster", "research")
    assert [one["hubs"] for one in ran.json["include"]] == [
        "research/dask,research/twin,research/other-twin,research/plain"
    ]
    ran = invoke(repo.path, "hubs.list", "--matrix", "2", "--image", "quay.io/example/user:u1")
    assert [one["hubs"] for one in ran.json["include"]] == ["example/staging"]


def test_a_matrix_without_hubs_is_one_too(repo: Hubs, invoke: Run) -> None:
    ran = invoke(repo.path, "hubs.list", "--matrix", "2", "--image", "none")
    assert (ran.code, ran.json) == (0, {"include": []})


@pytest.mark.parametrize("number", ["0", "-1", "many", "1000", ""])
def test_a_matrix_has_from_1_to_256_parts(repo: Hubs, invoke: Run, number: str) -> None:
    ran = invoke(repo.path, "hubs.list", f"--matrix={number}")
    assert (ran.code, ran.out) == (1, "")
    assert "from 1 to 256" in ran.err


def test_a_broken_file_costs_its_hub_no_place_in_the_matrix(repo: Hubs, invoke: Run) -> None:
    repo.write(STAGING, "a: 1\n  b: 2\n")
    ran = invoke(repo.path, "hubs.list", "--matrix", "1")
    assert ran.code == 1
    assert "example/staging" in ran.json["include"][0]["hubs"].split(",")
    assert f"error: {STAGING}:2: is not YAML" in ran.err

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from hubimages.builds import proof
from hubimages.builds.proof import ProofFailed
from hubimages.engine import Engine, LocalImage
from hubimages.errors import CommandTimedOut
from hubimages.process import Completed
from hubimages.requirements import parse
from hubs import Recorder, said

SHA, OTHER = "a" * 40, "b" * 40
URL = "https://github.com/o/firstuse"
PINS = parse(f"pyyaml==6.0\ngit+{URL}@{SHA}\n")
REPORT: dict[str, Any] = {
    "uid": 1000,
    "pip": {"ok": True, "said": ""},
    "packages": [
        {"name": "firstuse", "version": "1", "url": f"{URL}.git", "commit": SHA.upper()},
        {"name": "pyyaml", "version": "6.0", "url": None, "commit": None},
    ],
    "hub": {"ok": True, "status": 200, "said": "", "seconds": 2.5},
}
IMAGE = LocalImage(id="sha256:1", platform="linux/amd64", user="jovyan", labels={})


def proven(
    report: dict[str, Any] | str, *, image: LocalImage = IMAGE, code: int = 0, stderr: str = ""
) -> list[str]:
    text = report if isinstance(report, str) else f"noise\n{json.dumps(report)}\n"
    run = Recorder(lambda argv: said(argv, text, code=code, stderr=stderr))
    return list(proof.prove(Engine(run), image, "q/hub:1", PINS).lines)


def findings(report: dict[str, Any] | str, **more: Any) -> str:
    with pytest.raises(ProofFailed) as caught:
        proven(report, **more)
    assert "so it is not pushed" in caught.value.what
    assert "docker run -it --rm q/hub:1 sh" in caught.value.fix
    return caught.value.what


def test_a_good_image_says_what_was_proven() -> None:
    assert proven(REPORT) == [
        "the hub answers /hub/health after 2.5 s",
        "pip check: nothing is missing or in conflict",
        "it runs as uid 1000",
        "1 git pin(s) installed from their commits",
    ]


@pytest.mark.parametrize("user", ["", "root", "0", "0:100", "root:root"])
def test_root_is_found_by_the_images_user(user: str) -> None:
    image = LocalImage(id="x", platform="linux/amd64", user=user, labels={})
    assert "USER $NB_USER" in findings(REPORT, image=image)


def test_root_is_found_by_its_uid() -> None:
    assert "runs as root" in findings({**REPORT, "uid": 0})


def test_pip_check() -> None:
    report = {**REPORT, "pip": {"ok": False, "said": "a 1 requires b, which is not installed.\n"}}
    assert "a 1 requires b" in findings(report)


@pytest.mark.parametrize(
    ("packages", "said"),
    [
        ([], f"nothing in the image was installed from {URL}"),
        ([{"name": "f", "version": "1", "url": None, "commit": None}], "nothing in the image"),
        (
            [{"name": "f", "version": "1", "url": URL, "commit": OTHER}],
            f"installed is f from {OTHER}",
        ),
        ([{"name": "f", "version": "1", "url": URL, "commit": None}], "installed is f from None"),
        (
            [{"name": "f", "version": "1", "url": "https://github.com/x/firstuse", "commit": SHA}],
            "nothing",
        ),
    ],
)
def test_a_git_pin_that_was_not_installed_from_its_commit(
    packages: list[dict[str, Any]], said: str
) -> None:
    found = findings({**REPORT, "packages": packages})
    assert said in found
    assert SHA in found


@pytest.mark.parametrize(("status", "said"), [(None, "never answered"), (503, "answered 503")])
def test_a_hub_that_is_not_healthy(status: int | None, said: str) -> None:
    hub = {"ok": False, "status": status, "said": "line 1\nTraceback: no such table\n"}
    found = findings({**REPORT, "hub": hub})
    assert said in found
    assert "no such table" in found


def test_all_findings_are_named_at_once() -> None:
    found = findings({**REPORT, "uid": 0, "packages": []})
    assert found.count("✗") == 2


def test_an_image_without_python() -> None:
    assert "exec: python3: not found" in findings("", code=127, stderr="exec: python3: not found")
    assert "something else" in findings("[1]\n")


def test_a_proof_that_does_not_end() -> None:
    def answer(argv: Sequence[str]) -> Completed | None:
        if argv[1] == "run":
            raise CommandTimedOut("docker run", 300)
        return None

    with pytest.raises(ProofFailed, match="did not end within 300 s"):
        proof.prove(Engine(Recorder(answer)), IMAGE, "q/hub:1", PINS)


def test_what_is_installed_can_be_asked_alone() -> None:
    entry = {"name": "a", "version": "1", "url": None, "commit": None}
    asked: list[list[str]] = []

    def answer(argv: Sequence[str]) -> Completed:
        asked.append(list(argv))
        return said(argv, json.dumps({"packages": [entry]}))

    found = proof.packages(Engine(Recorder(answer)), IMAGE, "q/exp:1")
    assert found == (proof.Package(name="a", version="1", url=None, commit=None),)
    assert asked[-1][-1] == "{}"  # no hub is started

    broken = Engine(Recorder(lambda argv: said(argv, "", code=1, stderr="no python")))
    with pytest.raises(proof.NoReport, match=r"q/exp:1 cannot say what is in it.*no python"):
        proof.packages(broken, IMAGE, "q/exp:1")

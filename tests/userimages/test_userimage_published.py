from __future__ import annotations

from dataclasses import replace

import pytest

from hubimages.reference import Reference
from hubimages.registry import Image, Manifest, NotThere, There, Unknown
from hubimages.userimages import published, registries
from hubimages.userimages.findings import Check
from hubimages.userimages.published import Published
from hubs import DIGEST, FakeRegistry, pushed

REF = Reference.parse("quay.io/u/i:2024-03-18")
FIT = Published(ref=REF, platform="linux/amd64", image=pushed(), anybody=There(DIGEST))
ARM = Image(digest=DIGEST, platforms=("linux/arm64",), manifest=None)
DENIED = Unknown("private, or not there", "docker login", denied=True)
BUSY = Unknown("too many requests", "try again later")


def found(what: Published) -> dict[str, Check]:
    return {check.name: check for check in what.checks()}


def test_a_public_image() -> None:
    checks = found(FIT)
    assert list(checks) == ["found", "platform", "size", "tag", "public", "registry"]
    assert all(check.ok for check in checks.values())
    assert checks["found"].detail == FIT.digest == DIGEST


def test_it_is_asked_for_with_the_logins_and_without() -> None:
    registry, anonymous = FakeRegistry(found=pushed()), FakeRegistry(answer=DENIED)
    asked = published.ask(REF, "linux/amd64", registry, anonymous, "gcp")  # type: ignore[arg-type]
    assert asked == replace(FIT, anybody=DENIED, provider="gcp")
    assert (registry.asked, anonymous.asked) == ([f"inspect {REF}"], [f"look {REF}"])


def test_an_image_for_another_processor() -> None:
    checks = found(replace(FIT, image=ARM))
    assert checks["platform"].ok is False
    assert "for linux/arm64, not for linux/amd64" in checks["platform"].detail
    assert checks["size"].ok is None


def test_an_image_that_is_not_there() -> None:
    checks = found(replace(FIT, image=NotThere(), anybody=NotThere()))
    assert checks["found"].ok is False
    assert [checks[name].ok for name in ("platform", "size", "public")] == [None] * 3


def test_a_registry_that_does_not_say() -> None:
    checks = found(replace(FIT, image=BUSY, anybody=BUSY))
    for name in ("found", "public"):
        assert (checks[name].ok, checks[name].detail) == (None, "too many requests")


@pytest.mark.parametrize("anybody", [DENIED, NotThere()])
def test_a_private_image(anybody: Unknown | NotThere) -> None:
    check = found(replace(FIT, anybody=anybody))["public"]
    assert check.ok is False
    assert "make the repository public" in check.fix


def test_a_private_image_in_the_registry_of_the_hubs_own_cloud() -> None:
    ref = Reference.parse("us-central1-docker.pkg.dev/p/r/i:1.0")
    own = replace(FIT, ref=ref, anybody=DENIED, provider="gcp")
    assert found(own)["public"].ok is None
    assert found(replace(own, provider="aws"))["public"].ok is False


@pytest.mark.parametrize(
    ("size", "said"),
    [(123_456_789, "123.5 MB compressed, in 7 layer(s)"), (3_210_000_000, "3.2 GB compressed, in 7 layer(s)")],
)  # fmt: skip
def test_the_size(size: int, said: str) -> None:
    manifest = Manifest(
        digest=DIGEST, config_digest=DIGEST, labels={}, created=None, size=size, layers=7
    )
    image = Image(digest=DIGEST, platforms=("linux/amd64",), manifest=manifest)
    assert found(replace(FIT, image=image))["size"].detail == said


@pytest.mark.parametrize(
    ("name", "ok"),
    [
        ("quay.io/u/i", False),
        ("quay.io/u/i:latest", False),
        ("quay.io/u/i:main", False),
        ("quay.io/u/i:1.0", True),
        ("quay.io/u/i:abcdef0", True),
        (f"quay.io/u/i@{DIGEST}", True),
    ],
)
def test_the_tag(name: str, ok: bool) -> None:
    assert found(replace(FIT, ref=Reference.parse(name)))["tag"].ok is ok


@pytest.mark.parametrize(
    ("name", "provider", "ok", "said"),
    [
        ("quay.io/u/i:1", "aws", True, "first choice"),
        ("ghcr.io/u/i:1", "", True, "Caution"),
        ("jupyter/scipy-notebook:1", "", None, "A name without a registry leads there"),
        ("docker.io/u/i:1", "", None, "limits how often"),
        ("gcr.io/p/i:1", "gcp", True, "in the cloud that the hub runs on"),
        ("us-docker.pkg.dev/p/r/i:1", "aws", True, "the hub's cluster is on aws"),
        ("us-docker.pkg.dev/p/r/i:1", "", True, "may run elsewhere"),
        ("123456789012.dkr.ecr.us-west-2.amazonaws.com/i:1", "aws", True, "Amazon ECR, in the cloud"),
        ("public.ecr.aws/u/i:1", "gcp", True, "limits what may be pulled"),
        ("registry.example.org/u/i:1", "", True, "nothing special"),
    ],
)  # fmt: skip
def test_advice_on_registries(name: str, provider: str, ok: bool | None, said: str) -> None:
    check = registries.advice(Reference.parse(name), provider)
    assert check.ok is ok
    assert said in check.detail

"""What registries offer: every kind of login, pages, limits, faults; each image asked for once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubimages.fleet import Hub
from hubimages.registry import Registry, Unknown
from hubimages.userimages import asking, offers
from hubimages.userimages.offers import Current, Newer, NoOrder, Offer
from hubimages.userimages.places import Place
from tests.registry.fake import Fake
from tests.registry.gallery import Gallery, Login

HUB = Hub(cluster="c", hub="h", chart="x", chart_override=None, values_files=())
PLATFORM = "linux/amd64"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    fake = Fake()
    yield Gallery(fake)
    fake.close()


@pytest.fixture
def log_in(isolated: Path) -> Callable[[Gallery], None]:
    def keep(gallery: Gallery) -> None:
        folder = isolated / "docker"
        folder.mkdir()
        entry = f'{{"auths": {{"{gallery.fake.host}": {{"auth": "YW5uYTphbm5hLXMzY3JldA=="}}}}}}'
        (folder / "config.json").write_text(entry)

    return keep


def place(name: str, tag: str | None) -> Place:
    return Place(hub=HUB, path=("x",), label="the default image", name=name, tag=tag)


def ask(*wanted: tuple[str, str | None], latest: bool = True, patience: float = 0) -> list[Offer]:
    with Registry(patience=patience) as registry:
        found = asking.offers(
            registry, [place(*one) for one in wanted], latest=latest, platform=PLATFORM
        )
    return [found[one] for one in wanted]


def tags(offer: Offer) -> list[str]:
    assert isinstance(offer, Newer), offer
    return [one.tag for one in offer.tags]


@pytest.mark.parametrize("login", ["none", "basic", "token"])
def test_every_kind_of_login(
    gallery: Gallery, log_in: Callable[[Gallery], None], login: Login
) -> None:
    gallery.login = login
    if login == "basic":
        log_in(gallery)
    name = gallery.add("org/a", {"1.0.0": "2026-01-01T00:00:00Z", "1.1.0": "2026-02-01T00:00:00Z"})
    (offer,) = ask((name, "1.0.0"))
    assert isinstance(offer, Newer)
    assert tags(offer) == ["1.1.0"]
    (newest,) = offer.tags
    assert newest.size == 123_000_000
    assert newest.created
    assert newest.created.isoformat() == "2026-02-01T00:00:00+00:00"
    assert newest.digest
    assert newest.digest.startswith("sha256:")
    assert offer.present.digest
    assert offer.present.digest != newest.digest


def test_a_wrong_login_is_not_known(gallery: Gallery) -> None:
    gallery.login = "basic"
    (offer,) = ask((gallery.add("org/a", ["1.0"]), "1.0"))
    assert isinstance(offer, Unknown)


def test_ten_thousand_tags_in_pages(gallery: Gallery) -> None:
    name = gallery.add("org/a", [f"1.{n}.0" for n in range(10_000)])
    gallery.page = 100
    shown, latest = ask((name, "1.17.0"), latest=False), ask((name, "1.17.0"))
    assert tags(latest[0]) == ["1.9999.0"]
    assert tags(shown[0]) == [f"1.{n}.0" for n in range(9_999, 9_999 - offers.SHOWN, -1)]
    assert len(gallery.asked_for("tags")) == 200


def test_each_image_is_asked_for_once(gallery: Gallery) -> None:
    name = gallery.add("org/a", ["1.0.0", "1.1.0", "1.2.0"])
    other = gallery.add("org/b", ["1.0.0"])
    found = ask(*[(name, "1.0.0")] * 9, (name, "1.1.0"), (name, "1.2.0"), (other, "1.0.0"))
    assert [type(offer) for offer in found] == [Newer] * 10 + [Current] * 2
    assert len(gallery.asked_for("tags")) == 2
    # the newest one, and the two that it would replace
    assert len(gallery.asked_for("manifests")) == 3


def test_commits_are_ordered_by_when_they_were_made(gallery: Gallery) -> None:
    name = gallery.add(
        "org/a",
        {
            "latest": "2026-12-01T00:00:00Z",
            "0a1b2c3": "2026-03-01T00:00:00.123456789Z",
            "f9e8d7c": "2026-02-01T00:00:00Z",
            "5d6e7f8": "2026-01-01T00:00:00Z",
            "1111111": "1980-01-01T00:00:01Z",
            "gpu-2222222": "2026-11-01T00:00:00Z",
        },
    )
    (offer,) = ask((name, "f9e8d7c"))
    assert tags(offer) == ["0a1b2c3"]
    (offer,) = ask((name, "5d6e7f8"))
    assert tags(offer) == ["0a1b2c3", "f9e8d7c"]
    assert ask((name, "0a1b2c3")) == [Current()]
    (offer,) = ask((name, "1111111"))
    assert isinstance(offer, Unknown)
    assert "does not say when it was made" in offer.why
    (offer,) = ask((name, "3333333"))
    assert isinstance(offer, Unknown)
    assert "is not in its registry" in offer.why


def test_only_some_of_very_many_commits_are_looked_at(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "MOST_COMMITS", 5)
    made = {f"{n:07x}a1": f"2026-01-{n + 1:02}T00:00:00Z" for n in range(20)}
    name, commits = gallery.add("org/a", made), list(made)
    (offer,) = ask((name, commits[0]))
    assert isinstance(offer, Newer)
    assert tags(offer) == commits[:-6:-1]
    assert "5 of 19" in offer.note
    assert offer.newest is None  # which is the newest of all cannot be told
    (offer,) = ask((name, commits[-1]))
    assert isinstance(offer, Unknown)
    assert "5 of 19" in offer.why
    assert len(gallery.asked_for("manifests")) == 12


def test_what_says_no_order_is_not_asked_for(gallery: Gallery) -> None:
    name = gallery.add("org/a", ["latest", "1.0"])
    found = ask((name, "latest"), (name, None), ("Not A Name", "1.0"))
    assert [type(offer) for offer in found] == [NoOrder] * 3
    assert gallery.fake.asked == []
    gallery.add("org/a", ["1.0.1"])
    (offer,) = ask((name, "1.0"))
    assert isinstance(offer, NoOrder)
    assert "moves" in offer.why


def test_an_image_that_is_not_there_is_not_known(gallery: Gallery) -> None:
    (offer,) = ask((f"{gallery.fake.host}/org/gone", "1.0"))
    assert isinstance(offer, Unknown)
    assert "has no org/gone" in offer.why


def test_a_newer_image_for_another_platform_is_not_offered(gallery: Gallery) -> None:
    gallery.platform = "arm64"
    (offer,) = ask((gallery.add("org/a", ["1.0.0", "1.0.1"]), "1.0.0"))
    assert isinstance(offer, Unknown)
    assert "platform" in offer.why


def test_what_fails_does_not_stop_the_rest(gallery: Gallery) -> None:
    gallery.broken = {"org/b"}
    good, bad = gallery.add("org/a", ["1.0.0", "1.1.0"]), gallery.add("org/b", ["1.0.0"])
    first, second = ask((bad, "1.0.0"), (good, "1.0.0"))
    assert isinstance(first, Unknown)
    assert "trouble of its own (500" in first.why
    assert tags(second) == ["1.1.0"]


def test_a_registry_that_stays_busy_is_not_known(gallery: Gallery) -> None:
    name = gallery.add("org/a", ["1.0.0", "1.1.0"])
    gallery.busy, gallery.retry_after = -1, "900"
    found = ask(*[(name, f"1.0.{n}") for n in range(3)], patience=60)
    assert {type(offer) for offer in found} == {Unknown}
    assert len(gallery.fake.asked) == 1


def test_progress_is_told(gallery: Gallery) -> None:
    names = [gallery.add(f"org/{n}", ["1.0.0", "1.0.1"]) for n in range(4)]
    told: list[tuple[str, int, int]] = []
    with Registry() as registry:
        asking.offers(
            registry,
            [place(name, "1.0.0") for name in names],
            latest=True,
            platform=PLATFORM,
            progress=lambda *step: told.append(step),
        )
    assert told == [
        *[("tags of images", n, 4) for n in range(1, 5)],
        *[("age and size", n, 8) for n in range(1, 9)],
    ]

"""Dividing a fleet among jobs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubimages.fanout import BadParts, number, parts
from hubimages.fleet import Hub
from hubimages.listing import HubImage, Listed, UserImage

CHART = "helm-charts/basehub/values.yaml:7"


COMMON = "common.yaml"


def hub(name: str, *images: str, common: str = "", readable: bool = True) -> Listed:
    """Return a hub with user images of its own, and one in a file that others may have too."""
    cluster, _, short = name.partition("/")
    own, shared = f"{name}.yaml", f"{cluster}/{COMMON}"
    users = [(image, f"{own}:{index}") for index, image in enumerate(images)]
    users += [(common, f"{shared}:{common}")] if common else []
    return Listed(
        hub=Hub(
            cluster=cluster,
            hub=short,
            chart="basehub",
            chart_override=None,
            values_files=(own, shared),
        ),
        hub_image=HubImage(name="hub", tag="1", source=CHART) if readable else None,
        user_images=tuple(UserImage(name=image, tag="1", at="", source=at) for image, at in users),
        readable=readable,
    )


def divided(listed: list[Listed], most: int) -> list[list[str]]:
    return [part.hubs for part in parts(listed, most)]


def test_each_part_asks_for_as_many_images() -> None:
    fleet = [hub("a/big", "i1", "i2", "i3"), hub("a/one", "i4"), hub("b/one", "i5")]
    fleet += [hub("c/one", "i6")]
    assert divided(fleet, 2) == [["a/big"], ["a/one", "b/one", "c/one"]]
    assert [len(part.images) for part in parts(fleet, 2)] == [4, 4]  # with the hub image
    assert divided(fleet[::-1], 2) == [["a/big"], ["c/one", "b/one", "a/one"]]


def test_hubs_with_the_same_images_are_together_where_that_balances() -> None:
    fleet = [hub("a/x", "i1", "i2"), hub("b/x", "i3", "i4"), hub("c/x", "i1", "i2")]
    assert divided(fleet, 2) == [["a/x", "c/x"], ["b/x"]]
    assert divided([hub(f"{name}/x", "same") for name in "abcd"], 3) == [
        ["a/x", "b/x", "c/x", "d/x"]
    ]


def test_hubs_that_share_a_line_are_never_apart() -> None:
    """Two jobs would edit it twice."""
    fleet = [hub("a/x", "i1", "i2", common="c1"), hub("b/x", "i3"), hub("a/y", "i4", common="c1")]
    fleet += [hub("a/z", "i5", common="c2")]
    assert divided(fleet, 2) == [["a/x", "a/y"], ["a/z", "b/x"]]
    assert divided(fleet, 9) == [["a/x", "a/y"], ["a/z"], ["b/x"]]


def test_no_part_is_empty_or_without_user_images() -> None:
    fleet = [hub("a/x", "i1"), hub("a/none"), hub("b/y", "i2"), hub("b/broken", readable=False)]
    assert divided(fleet, 8) == [["a/x", "a/none", "b/broken"], ["b/y"]]
    assert divided([hub("a/none"), hub("b/none")], 8) == [["a/none", "b/none"]]
    assert divided([], 8) == []


def shared(one: Listed) -> set[str]:
    return {image.source for image in one.user_images if COMMON in image.source}


NAMES = st.sampled_from([f"i{n}" for n in range(12)])
FLEETS = st.lists(st.tuples(st.lists(NAMES, max_size=3), st.sampled_from("0123")), max_size=9)


@settings(max_examples=50)
@given(FLEETS, st.integers(1, 9))
def test_whatever_the_fleet(made: list[tuple[list[str], str]], most: int) -> None:
    fleet = [
        hub(f"{cluster}/{n}", *images, common=f"c{len(images)}" if images[2:] else "")
        for n, (images, cluster) in enumerate(made)
    ]
    found = parts(fleet, most)
    names = [name for part in found for name in part.hubs]
    assert sorted(names) == sorted(one.hub.name for one in fleet)
    assert len(found) <= most
    for one in fleet:  # with others of its cluster where they share a line
        together = {two.hub.name for two in fleet if shared(one) & shared(two)} | {one.hub.name}
        assert any(together <= set(part.hubs) for part in found)
    users = {one.hub.name for one in fleet if one.user_images}
    assert all(part.hubs for part in found)
    assert len(found) == 1 or all(users & set(part.hubs) for part in found)
    assert [part.hubs for part in parts(fleet, most)] == [part.hubs for part in found]


@settings(max_examples=50)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=15), st.integers(1, 9))
def test_no_part_has_much_more_to_do_than_another(sizes: list[int], most: int) -> None:
    """Hubs with nothing in common: the parts differ by less than the largest hub."""
    fleet = [hub(f"a/{n}", *(f"{n}.{i}" for i in range(size))) for n, size in enumerate(sizes)]
    work = [len(part.images) for part in parts(fleet, most)]
    assert max(work) - min(work) <= max(sizes)
    assert len(work) == min(most, len(fleet))


@pytest.mark.parametrize("given", ["0", "-1", "257", "", "two", "1.5", "³"])
def test_what_is_no_number_of_parts(given: str) -> None:
    with pytest.raises(BadParts, match="from 1 to 256"):
        number(given)
    assert (number("1"), number("256")) == (1, 256)

"""Which tags are newer: families, moving tags, prereleases."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hubimages.userimages.newer import newer, read, siblings, stands_for_newer

TAGS = [
    *("latest", "main", "2024", "v2", "1", "1.2", "1.10", "1.10.3", "2.0.0", "2.0", "2.1.0rc1"),
    *("v1.2.3", "v1.2.4", "v1.10.0", "v2.0.0-rc.1", "v2.0.0-beta", "v1.3.0-gpu", "v1.4.0-gpu"),
    *(
        "2024.01.15",
        "2024.2.1",
        "2024.11.30",
        "2024.12.01-v1",
        "2024.12.01-v2",
        "2024.05",
        "2025.02",
    ),
    *("2024-01-15", "2024-03-18", "lab-2024-01-15", "lab-2024-02-01", "lab-latest"),
    *("python-3.11-2024-01-15", "python-3.11-2024-02-01", "python-3.12-2024-06-01", "python-3.12"),
    *("2024-01-15-abc1234", "2024-02-20-0123abc", "20240115", "20241130"),
    *(
        "1a2b3c4",
        "89655e1",
        "091bf802ad3d",
        "gpu-1a2b3c4",
        "gpu-5d6e7f8",
        "pr-7",
        "pr-8",
        "deadbeef",
    ),
]


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        ("2024.01.15", ["2024.11.30", "2024.2.1"]),
        ("2024-01-15", ["2024-03-18"]),
        ("20240115", ["20241130"]),
        ("2024.11.30", []),
        ("2024.12.01-v1", ["2024.12.01-v2"]),
        ("lab-2024-01-15", ["lab-2024-02-01"]),
        ("python-3.11-2024-01-15", ["python-3.11-2024-02-01"]),
        ("2024-01-15-abc1234", ["2024-02-20-0123abc"]),
        ("2024.02", ["2025.02", "2024.05"]),
        ("v1.2.3", ["v1.10.0", "v1.2.4"]),
        ("v1.2.3-gpu", ["v1.4.0-gpu", "v1.3.0-gpu"]),
        ("v2.0.0-beta", ["v2.0.0-rc.1"]),
        ("v2.0.0-alpha.2", ["v2.0.0-rc.1", "v2.0.0-beta"]),
        ("1.10.3", ["2.0.0"]),  # not 2.1.0rc1
        ("2.0.0rc2", ["2.1.0rc1", "2.0.0"]),
        ("1.0", ["1.2"]),  # 1.10 and 2.0 move
        ("v1", []),
        ("latest", []),
        ("2024", []),
        ("1a2b3c4", []),
        ("pr-7", []),
    ],
)
def test_newer(present: str, wanted: list[str]) -> None:
    assert list(newer(present, TAGS)) == wanted


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        ("1a2b3c4", ["89655e1", "091bf802ad3d"]),
        ("gpu-1a2b3c4", ["gpu-5d6e7f8"]),
        ("deadbeef", []),  # a word without a digit
        ("2024.01.15", []),
    ],
)
def test_siblings(present: str, wanted: list[str]) -> None:
    assert list(siblings(present, TAGS)) == wanted


@pytest.mark.parametrize(
    ("tag", "moves"),
    [("1.10", True), ("1.10.3", False), ("2024.05", False), ("v1", True), ("latest", False)],
)
def test_a_tag_that_longer_ones_begin_with_moves(tag: str, *, moves: bool) -> None:
    assert stands_for_newer(tag, TAGS) is moves


def test_a_month_moves_where_there_are_days_of_it() -> None:
    tags = ["2024.1", "2024.2", "2024.2.14", "2024.3"]
    assert newer("2024.1", tags) == ("2024.3",)
    assert newer("2024.1.15", tags) == ("2024.2.14",)


@pytest.mark.parametrize(
    ("older", "later"),
    [
        ("2024.01.15", "2024.01.15a"),
        ("2024.01.15a", "2024.01.15b"),
        ("2024.01.15d", "2024.02.01"),
        ("2024_01_15", "2024_02_01"),
        ("0.0.1-0.dev.git.999.hb055b381d", "0.0.1-0.dev.git.16609.h23fbd4480"),
        ("2025.12.1.dev94-gd3893dba2", "2025.12.1.dev101-g0893dba21"),
        ("1.2.3-4-gabc1234", "1.2.3-10-g0bc1234"),
        ("2024-01-15-nightly", "2024-02-01-nightly"),
    ],
)
def test_later_and_never_the_other_way(older: str, later: str) -> None:
    assert newer(older, [later, older]) == (later,)
    assert newer(later, [later, older]) == ()


@pytest.mark.parametrize("what", ["latest", "stable", "daily", "nightly", "edge"])
def test_a_version_with_a_moving_word_is_not_offered(what: str) -> None:
    assert newer(f"4.3.1-{what}", [f"4.3.1-{what}", f"4.4.0-{what}"]) == ()
    assert read(f"4.3-{what}") is None


@pytest.mark.parametrize(
    ("tag", "kind", "numbers"),
    [
        ("v13", "version", (13,)),
        ("1.2.3-ubuntu-22.04", "version", (1, 2, 3)),
        ("python-3.11-1.4", "version", (1, 4)),
        ("python-3.11-v1.4", "version", (1, 4)),
        ("hub-4.1.6", "version", (4, 1, 6)),
        ("1.2.3-cuda12.1", "version", (1, 2, 3)),
        ("symfluence-v0.9.2", "version", (0, 9, 2)),
        ("x86_64-2024-03-18", "date", (2024, 3, 18)),
        ("python-3.11-abc1234", "commit", ()),
        ("1234567", "commit", ()),
        ("12345678", "commit", ()),  # no date
        ("20241231", "date", (2024, 12, 31)),
        ("12a1234", "commit", ()),
    ],
)
def test_read(tag: str, kind: str, numbers: tuple[int, ...]) -> None:
    found = read(tag)
    assert found is not None
    assert (found.kind, found.numbers) == (kind, numbers)


@pytest.mark.parametrize(
    "tag",
    ["latest", "main", "2024", "1.2.x", "pr-7", "devcon25-shap", "jmframe_d25", "2i2c", "beta"],
)
def test_a_name_says_no_order(tag: str) -> None:
    assert read(tag) is None


# --- properties ------------------------------------------------------------------------------------

PREFIXES = st.sampled_from(["", "v", "lab-", "python-3.11-", "gpu-v", "x86_64-"])
SUFFIXES = st.sampled_from(["", "-gpu", "-abc1234", "-cuda12.1", "-v2", "rc1", "-beta"])
NUMBERS = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda n: ".".join(map(str, n)))
DATES = st.dates().map(lambda d: f"20{d.year % 100:02}-{d.month:02}-{d.day:02}")
MOVING = st.sampled_from(["latest", "main", "2024", "1.2.x", "master", "stable", "dev", "pr-12"])
COMMITS = st.from_regex(r"[0-9a-f]{7,40}", fullmatch=True)
MADE = st.builds("{}{}{}".format, PREFIXES, NUMBERS | DATES, SUFFIXES)
ANY = MADE | MOVING | COMMITS | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True)


@given(present=ANY, tags=st.lists(ANY, max_size=12))
def test_what_is_offered_is_newer_and_of_the_family(present: str, tags: list[str]) -> None:
    now = read(present)
    offered = newer(present, tags)
    assert len(set(offered)) == len(offered)
    ranks = []
    for tag in offered:
        found = read(tag)
        assert now
        assert found
        assert tag in tags
        assert found.family == now.family
        assert found.rank > now.rank
        assert now.early or not found.early
        assert present not in newer(tag, [*tags, present])
        ranks.append(found.rank)
    assert ranks == sorted(ranks, reverse=True)
    assert not {"latest", "main", "2024", "1.2.x", "master", "stable", "dev", "pr-12"} & set(
        offered
    )


@given(
    prefix=PREFIXES,
    suffix=st.sampled_from(["", "-gpu", "-cuda12.1"]),
    numbers=st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)),
    step=st.integers(1, 9),
    place=st.integers(0, 2),
)
def test_a_step_of_a_number_is_found(
    prefix: str, suffix: str, numbers: tuple[int, int, int], step: int, place: int
) -> None:
    later = tuple(n + step if at == place else n for at, n in enumerate(numbers))
    present, wanted = (f"{prefix}{'.'.join(map(str, n))}{suffix}" for n in (numbers, later))
    others = [f"other-{wanted}", f"{wanted}-more", f"{wanted}-rc1", "latest"]
    assert newer(present, [*others, present, wanted]) == (wanted,)


@given(present=COMMITS, tags=st.lists(COMMITS | MADE, max_size=8))
def test_siblings_are_commits(present: str, tags: list[str]) -> None:
    now = read(present)
    assume(now is not None and now.kind == "commit")
    for tag in siblings(present, tags):
        found = read(tag)
        assert found is not None
        assert found.kind == "commit"
        assert tag != present

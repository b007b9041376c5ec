"""In what two images differ beyond what was to change."""

from __future__ import annotations

from hubimages.builds.proof import Package
from hubimages.promotion.drift import Drifted, differences
from hubimages.requirements import parse

A, B = "a" * 40, "b" * 40


def package(
    name: str, version: str = "1", commit: str | None = None, url: str | None = None
) -> Package:
    return Package(name=name, version=version, url=url, commit=commit)


def said(*args: object) -> list[str]:
    return [str(found) for found in differences(*args)]  # type: ignore[arg-type]


def test_versions_commits_and_what_comes_or_goes() -> None:
    tried = [package("Same_One"), package("up"), package("moved", "1", A), package("gone")]
    new = [package("same-one"), package("up", "2"), package("moved", "1", B), package("come")]
    assert said(tried, new) == [
        "come: not installed → 1",
        "gone: 1 → not installed",
        f"moved: 1 ({A[:12]}) → 1 ({B[:12]})",
        "up: 1 → 2",
    ]


def test_the_same_commit_in_other_letters_is_the_same() -> None:
    assert said([package("x", "1", A.upper())], [package("x", "1", A)]) == []


def test_what_stays_in_the_experiment_is_meant_to_differ() -> None:
    url = "https://github.com/org/By-Url.git"
    left = parse(f"named==2\ngit+https://github.com/org/by-url@{A}\n")
    tried = [package("named", "2"), package("whatever", "1", A, url), package("dependency")]
    assert said(tried, [package("named", "1")], left) == ["dependency: 1 → not installed"]


def test_the_refusal_says_how_to_hold_what_was_tried() -> None:
    (found,) = differences([package("up")], [package("up", "2")])
    refusal = Drifted("quay.io/o/exp:1", [found], "git revert --no-edit abc")
    assert "1 package beyond" in refusal.what
    assert "up==1" in refusal.fix
    assert "git revert --no-edit abc" in refusal.fix

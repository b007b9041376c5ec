"""The commit in a hub's tag is on the main branch; a squash merge leaves tags that nobody can explain."""

from __future__ import annotations

from collections.abc import Iterator

from hubimages.git import Git
from hubimages.policies.facts import Facts
from hubimages.policies.finding import Flaw


def check(facts: Facts) -> Iterator[Flaw]:
    """Yield each hub image whose tag's commit is not in this clone, or not on its main branch."""
    used = [(use, image, use.commit) for use, image in facts.hub_uses if image and use.commit]
    if not used:
        return
    main = facts.git.main()
    if facts.git.shallow or main is None:
        yield _cannot_tell(facts)
        return
    there = _full(facts.git, {commit for _, _, commit in used})
    on_main = set(facts.git.ask("rev-list", main).splitlines())
    branch = main.split("/", 2)[2]
    for use, image, commit in used:
        if there[commit] in on_main:
            continue
        why = f"is not on {branch}" if there[commit] else "is not in this clone"
        first = f"merge it into {branch} as it is" if there[commit] else "git fetch --all --tags"
        yield Flaw(
            severity="warning",
            path=use.path,
            line=use.line,
            message=f"The commit {commit} of the hub image {use} {why} ({use.who}).",
            fix=f"{first}; or, from {branch}: invoke build-hub --image {image.key} --push",
        )


def _full(git: Git, commits: set[str]) -> dict[str, str | None]:
    """Return what each abbreviated commit stands for, or None, by one question."""
    asked = sorted(commits)
    stdin = "".join(f"{commit}^{{commit}}\n" for commit in asked)
    lines = git("cat-file", "--batch-check=%(objectname)", stdin=stdin).stdout.splitlines()
    return {
        commit: None if " " in line else line for commit, line in zip(asked, lines, strict=True)
    }


def _cannot_tell(facts: Facts) -> Flaw:
    shallow = facts.git.shallow
    why = "this clone is shallow" if shallow else "there is no branch main or master, nor origin's"
    return Flaw(
        severity="warning",
        path=facts.images.path,
        message=f"Whether the commits in the hubs' tags are on the main branch cannot be told: {why}.",
        fix="git fetch --unshallow" if shallow else "git remote set-head origin --auto",
    )

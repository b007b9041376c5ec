"""What can stand in the way of a pull request."""

from __future__ import annotations

from hubimages.errors import CommandFailed, Failure


class NoRemote(Failure):
    """There is nowhere to push a branch to."""

    def __init__(self) -> None:
        super().__init__(
            "A pull request needs a remote to push its branch to, and this clone has no `origin` "
            "and not just one other.",
            fix="git remote add origin ADDRESS, or leave out --pr",
        )


class RemoteSilent(Failure):
    """The remote could not be asked for its branches."""

    def __init__(self, remote: str, error: CommandFailed) -> None:
        super().__init__(
            f"The branches of {remote} are not known. git says:\n{_said(error)}",
            fix=f"see that `git fetch {remote}` works, then run the same command again",
        )


class NothingToStartFrom(Failure):
    """The repository has no commit."""

    def __init__(self) -> None:
        super().__init__(
            "A pull request starts from a commit, and there is none yet.",
            fix="git add . && git commit, and git push",
        )


class NoBase(Failure):
    """The remote has no branch to merge into."""

    def __init__(self, remote: str) -> None:
        super().__init__(
            f"{remote} has neither your branch nor a default one to merge a pull request into.",
            fix=f"git push {remote} HEAD",
        )


class BranchInUse(Failure):
    """The branch is checked out, by the person or by a run at this moment."""

    def __init__(self, branch: str, where: str) -> None:
        super().__init__(
            f"Branch {branch} is checked out in {where}, so no commit can be added to it.",
            fix="wait for the run that is at it, or go to another branch there: git switch -",
        )


class Diverged(Failure):
    """The branch of an earlier run does not lead on from here."""

    def __init__(self, branch: str, why: str, *, remote: str, here: bool, there: bool) -> None:
        away = [f"git branch -D {branch}"] if here else []
        away += [f"git push {remote} --delete {branch}"] if there else []
        super().__init__(
            f"Branch {branch} is there from an earlier run, and {why}.",
            fix="merge its pull request and git pull; or throw away what it has: "
            + " && ".join(away),
        )


class PushRefused(Failure):
    """The branch could not be pushed."""

    def __init__(self, branch: str, remote: str, error: CommandFailed) -> None:
        fix = "mend what it names, then run the same command again: it goes on from there"
        if "[rejected]" in error.stderr:
            fix = (
                "somebody pushed to it meanwhile. Run the same command again; if it says that the branch "
                f"has diverged: git branch -D {branch}, and run it once more"
            )
        super().__init__(
            f"{remote} did not take branch {branch}. git says:\n{_said(error)}", fix=fix
        )


def _said(error: CommandFailed) -> str:
    return "\n".join(f"    {line.rstrip()}" for line in error.stderr.strip().splitlines()[-10:])

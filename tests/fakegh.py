"""A stand-in for the `gh` command: a script for the PATH that keeps a GitHub in a file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # not where it runs as the script
    import pytest

URL = "https://github.example.org/example/hubs"
_SCRIPT = f"#!{sys.executable}\nimport sys\nsys.path[:0] = [{str(Path(__file__).parent)!r}]\nimport fakegh\nsys.exit(fakegh.main())\n"


@dataclass(frozen=True)
class FakeGh:
    """The GitHub that the script answers for."""

    file: Path

    @classmethod
    def install(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGh:
        """Put the script first on the PATH; folder is where it and its state are."""
        folder.mkdir(parents=True)
        script = folder / "gh"
        script.write_text(_SCRIPT)
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        made = cls(folder / "state.json")
        monkeypatch.setenv("FAKE_GH", str(made.file))
        made.write({"login": True, "fails": {}, "calls": [], "issue": [], "pr": []})
        return made

    def read(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.file.read_text())
        return state

    def write(self, state: dict[str, Any]) -> None:
        self.file.write_text(json.dumps(state))

    def log_out(self) -> None:
        self.write({**self.read(), "login": False})

    def fail(self, **says: str) -> None:
        """Let commands fail with words of their own: fail(pr_create="GraphQL: no"); none: no more."""
        self.write({**self.read(), "fails": says})

    def close(self, kind: str, number: int) -> None:
        """Close an issue or pull request behind the program's back."""
        state = self.read()
        state[kind][number - 1]["state"] = "closed"
        self.write(state)

    def add(self, kind: str, **fields: Any) -> None:
        """Let there be one that somebody else opened."""
        state = self.read()
        _add(state, kind, **fields)
        self.write(state)

    @property
    def calls(self) -> list[list[str]]:
        """What was run, each as its words, beside the question for the login."""
        return [call["words"] for call in self.read()["calls"] if call["words"][0] != "auth"]

    @property
    def pulls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.read()["pr"]
        return found

    @property
    def issues(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.read()["issue"]
        return found


def main() -> int:
    """Answer one call as gh would, as far as the tests need it."""
    github = FakeGh(Path(os.environ["FAKE_GH"]))
    words = sys.argv[1:]
    stdin = sys.stdin.buffer.read().decode()
    state = github.read()
    state["calls"].append({"words": words, "stdin": stdin, "repo": os.environ.get("GH_REPO", "")})
    github.write(state)
    if not state["login"]:
        sys.stdout.write(
            "You are not logged into any GitHub hosts. To log in, run: gh auth login\n"
        )
        return 1
    if says := state["fails"].get("_".join(words[:2])):
        sys.stderr.write(f"{says}\n")
        return 1
    answer = _answer(words, stdin, state)
    github.write(state)
    if answer is not None:
        sys.stdout.write((answer if isinstance(answer, str) else json.dumps(answer)) + "\n")
    return 0


def _answer(words: Sequence[str], stdin: str, state: dict[str, Any]) -> Any:
    given = dict(pairwise(words))
    fields = given.get("--json", "").split(",")
    match words[:2]:
        case ["auth", "status"]:
            return None
        case [("issue" | "pr") as kind, "list"]:
            found = [one for one in reversed(state[kind]) if one["state"] == "open"]
            if "--head" in given:
                found = [one for one in found if one["headRefName"] == given["--head"]]
            if "--search" in given:
                found = [one for one in found if given["--search"] in one["title"] + one["body"]]
            return [{name: one[name] for name in fields} for one in found]
        case [("issue" | "pr") as kind, "view"]:
            return {name: state[kind][int(words[2]) - 1][name] for name in fields}
        case [("issue" | "pr") as kind, "create"]:
            assert given["--body-file"] == "-"
            branches = {"headRefName": given.get("--head"), "baseRefName": given.get("--base")}
            return _add(state, kind, title=given["--title"], body=stdin, **branches)
        case ["issue", "comment"]:
            state["issue"][int(words[2]) - 1]["comments"].append(stdin)
            return None
        case ["issue", "close"]:
            state["issue"][int(words[2]) - 1]["state"] = "closed"
            return None
        case ["api", _] if given["--method"] == "PATCH":
            *_, owner, repo, plural, number = given["PATCH"].split("/")
            assert f"https://{given['--hostname']}/{owner}/{repo}" == URL
            kind = {"issues": "issue", "pulls": "pr"}[plural]
            state[kind][int(number) - 1].update(json.loads(stdin))
            return None
    raise AssertionError(f"the stand-in knows nothing of: gh {' '.join(words)}")


def _add(state: dict[str, Any], kind: str, **fields: Any) -> str:
    number = len(state[kind]) + 1
    url = f"{URL}/{'pull' if kind == 'pr' else 'issues'}/{number}"
    fixed = {"number": number, "url": url, "state": "open", "comments": []}
    state[kind].append({"title": "", "body": "", "isCrossRepository": False, **fields, **fixed})
    return url

"""Issues and pull requests on GitHub, through the `gh` command.

gh knows the person's login, and the repository by the remotes of the folder that it runs in.
Texts go in on standard input, since GitHub takes longer ones than a command line does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from hubimages.errors import CommandFailed, CommandMissing, Failure
from hubimages.process import Runner
from hubimages.redaction import redact

BODY_LIMIT = 65_536  # characters that GitHub takes as the text of an issue or pull request
_TITLE_LIMIT = 256  # characters
_GITHUB = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/]+@)?(?:www\.)?github\.com(?::\d+/|[/:])/?"
    r"(?P<repo>[^/:]+/[^/]+?)(?:\.git)?/?",
    re.IGNORECASE,
)
_MANY = "1000"  # open issues to ask for; gh fetches a hundred at a time
_QUIET = {
    "GH_PROMPT_DISABLED": "1",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "GH_FORCE_TTY": "",
    "CLICOLOR_FORCE": "0",
    "NO_COLOR": "1",
}
Kind = Literal["issue", "pr"]


class NoGh(Failure):
    """There is no `gh` command."""

    def __init__(self) -> None:
        super().__init__(
            "There is no `gh` command on the PATH, and through it issues and pull requests are opened.",
            fix="install it: https://cli.github.com (on Debian: sudo apt-get install gh)",
        )


class NoGhLogin(Failure):
    """gh is not logged in, or GitHub did not confirm that it is."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"`gh` is not logged in to GitHub, or cannot tell. It says:\n{_indented(said)}",
            fix="gh auth login, or set GH_TOKEN",
        )


class GhFailed(Failure):
    """gh did not do what it was asked for."""

    def __init__(self, doing: str, error: CommandFailed) -> None:
        said = error.stderr or error.stdout
        super().__init__(
            f"GitHub was asked to {doing}, and `gh` failed. It says:\n{_indented(said)}",
            fix="mend what it names (gh auth status says who you are and what you may do), "
            "then run the same command again",
        )


@dataclass(frozen=True)
class Issue:
    """An open issue."""

    number: int
    title: str
    body: str
    url: str


@dataclass(frozen=True)
class PullRequest:
    """An open pull request."""

    number: int
    title: str
    body: str
    url: str


@dataclass(frozen=True)
class GitHub:
    """The repository on GitHub that belongs to the clone at root.

    repo, as [HOST/]OWNER/REPO, says which where root has several remotes; empty: as gh chooses.
    Whatever is asked raises NoGh, and GhFailed with gh's own words.
    """

    run: Runner
    root: Path
    repo: str = field(default="")

    def ready(self) -> None:
        """Raise NoGh or NoGhLogin where nothing could be opened."""
        *host, _, _ = self.repo.split("/") if self.repo else ("", "")
        words = ["gh", "auth", "status", *(["--hostname", host[0]] if host else [])]
        try:
            done = self.run(words, cwd=self.root, env=_QUIET, check=False)
        except CommandMissing:
            raise NoGh from None
        if done.code:
            raise NoGhLogin(redact(done.stderr + done.stdout))

    # --- issues ----------------------------------------------------------------------------

    def issues(self, search: str = "") -> list[Issue]:
        """Return the open issues, newest first, all or those that GitHub's search finds.

        What was opened a moment ago may not be found by a search yet; without one it is there.
        """
        words = ["issue", "list", "--state", "open", "--limit", _MANY]
        words += ["--search", search] if search else []
        listed = self._json("list issues", *words, "--json", "number,title,body,url")
        return [Issue(**one) for one in listed]

    def create_issue(self, title: str, body: str) -> str:
        """Open an issue and return its address."""
        words = ("issue", "create", "--title", _cut(title), "--body-file", "-")
        return self._ask("open an issue", *words, stdin=body)

    def update_issue(self, number: int, title: str, body: str) -> None:
        """Replace an issue's title and text."""
        self._update("issue", number, title, body)

    def close_issue(self, number: int, comment: str) -> None:
        """Comment on an issue, then close it."""
        doing = f"close issue {number}"
        self._ask(doing, "issue", "comment", str(number), "--body-file", "-", stdin=comment)
        self._ask(doing, "issue", "close", str(number))

    # --- pull requests -----------------------------------------------------------------------

    def pull_request(self, head: str) -> PullRequest | None:
        """Return the open pull request of a branch of this repository, or None.

        Somebody's fork can have a branch of the same name; its pull request is not ours.
        """
        words = ("pr", "list", "--state", "open", "--head", head)
        fields = "number,title,body,url,isCrossRepository"
        for one in self._json("list pull requests", *words, "--json", fields):
            if not one.pop("isCrossRepository"):
                return PullRequest(**one)
        return None

    def create_pull_request(self, base: str, head: str, title: str, body: str) -> str:
        """Open a pull request of the pushed branch head into base; return its address."""
        words = ("--base", base, "--head", head, "--title", _cut(title), "--body-file", "-")
        return self._ask(f"open a pull request for {head}", "pr", "create", *words, stdin=body)

    def update_pull_request(self, number: int, title: str, body: str) -> None:
        """Replace a pull request's title and text."""
        self._update("pr", number, title, body)

    # --- how -----------------------------------------------------------------------------------

    def _update(self, kind: Kind, number: int, title: str, body: str) -> None:
        """Edit by the REST interface: `gh pr edit` and `gh issue edit` ask for classic projects.

        Those are gone, so that older releases of gh fail, and newer ones without a permission that
        nothing here needs (https://github.com/cli/cli/issues/11983, 6274).
        """
        doing = f"update {'issue' if kind == 'issue' else 'pull request'} {number}"
        url = self._json(doing, kind, "view", str(number), "--json", "url")["url"]
        _, owner, repo, *_ = urlsplit(url).path.split("/")
        at = f"repos/{owner}/{repo}/{'issues' if kind == 'issue' else 'pulls'}/{number}"
        words = ("api", "--silent", "--hostname", urlsplit(url).netloc, "--method", "PATCH", at)
        new = {"title": _cut(title), "body": _unicode(body)}
        self._ask(doing, *words, "--input", "-", stdin=json.dumps(new))

    def _json(self, doing: str, *words: str) -> Any:
        return json.loads(self._ask(doing, *words))

    def _ask(self, doing: str, *words: str, stdin: str = "") -> str:
        env: Mapping[str, str] = {**_QUIET, **({"GH_REPO": self.repo} if self.repo else {})}
        try:
            done = self.run(["gh", *words], cwd=self.root, env=env, stdin=_unicode(stdin))
        except CommandMissing:
            raise NoGh from None
        except CommandFailed as error:
            raise GhFailed(doing, error) from error
        return done.stdout.strip()


def repository(url: str) -> str:
    """Return how gh names the repository of a remote on github.com; empty for any other address.

    Other addresses (a GitHub of one's own, an alias of ssh) gh makes out better by itself.
    """
    found = _GITHUB.fullmatch(url)
    return f"github.com/{found['repo']}" if found else ""


def _unicode(text: str) -> str:
    """Return text without the odd bytes that a file may have: GitHub takes none."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _cut(title: str) -> str:
    title = _unicode(title)
    return title if len(title) <= _TITLE_LIMIT else title[: _TITLE_LIMIT - 1] + "…"


def _indented(said: str) -> str:
    return "\n".join(f"    {line}" for line in said.strip().splitlines()[-10:])

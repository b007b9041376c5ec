"""Where a repository is, and how to reach it without its secrets in any argument or file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hubimages.process import Completed, Runner
from hubimages.sources.remote import Remote
from hubimages.splitting.failures import BadAddress

_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://|(?:[^/:@]+@)?[^/:]+:(?!/?$)")
# What the shell hands to git as a credential helper; the values stand in variables, which, unlike
# words of a command line, other people on the machine cannot read.
_HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    '"$HUBIMAGES_SPLIT_USERNAME" "$HUBIMAGES_SPLIT_PASSWORD"; }; f'
)


@dataclass(frozen=True)
class Address:
    """A repository's address without credentials; environ is what brings them to git."""

    url: str
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read a URL or a path, as git takes them; a path is made absolute. Raises BadAddress."""
        text = text.strip()
        if not _ELSEWHERE.match(text):
            return cls(str(Path(text).resolve()))
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise BadAddress(str(error)) from None  # without the text, which may have a password
        if parts.scheme not in {"http", "https", "ssh"} or "@" not in parts.netloc:
            return cls(text)
        userinfo, _, host = parts.netloc.rpartition("@")
        user, _, password = userinfo.partition(":")
        if parts.scheme == "ssh":  # which takes no password from an address
            return cls(parts._replace(netloc=f"{user}@{host}").geturl())
        return cls(
            parts._replace(netloc=host).geturl(),
            _credentials(f"{parts.scheme}://{host}", unquote(user), unquote(password)),
        )

    @property
    def has_credentials(self) -> bool:
        """Whether the address came with a name or password."""
        return bool(self.environ)

    def remote(self, run: Runner) -> Remote:
        """Return the repository as one that git can be asked about."""
        return Remote(self.url, With(run, self.environ))


@dataclass(frozen=True)
class With:
    """A Runner whose programs get more environment."""

    run: Runner
    environ: Mapping[str, str]

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> Completed:
        """Run argv to its end; see Runner."""
        env = {**self.environ, **(env or {})}
        return self.run(argv, cwd=cwd, env=env, stdin=stdin, check=check, timeout=timeout)

    def stream(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
    ) -> Completed:
        """Run a long argv; see Runner."""
        return self.run.stream(argv, cwd=cwd, env={**self.environ, **(env or {})})


def _credentials(site: str, user: str, password: str) -> dict[str, str]:
    """Return variables with which git presents these credentials to a site, and stores them nowhere."""
    settings = [(f"credential.{site}.username", user)]
    values = {}
    if password:  # the empty helper before ours keeps the person's own from being asked, or told
        settings = [(f"credential.{site}.helper", ""), (f"credential.{site}.helper", _HELPER)]
        values = {"HUBIMAGES_SPLIT_USERNAME": user, "HUBIMAGES_SPLIT_PASSWORD": password}
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    for number, (key, value) in enumerate(settings, first):
        values |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**values, "GIT_CONFIG_COUNT": str(first + len(settings))}

"""Where code is kept: the parts of a git URL, as pip writes it after `git+`."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_SCP = re.compile(r"(?P<user>[\w.-]+)@(?P<host>\w[\w.-]*):(?P<path>(?!//)\S+)")
_URL = re.compile(
    r"(?P<scheme>https?|ssh|git|file)://"
    r"(?P<authority>(?:[^@/?#\s]*@)?(?:\w[\w.-]*|\[[0-9a-f:]+\])(?::\d{1,5})?|(?<=^file://))"
    r"(?P<path>/[^?#\s]+)",
    re.IGNORECASE,
)
_FULL_COMMIT_LAST = re.compile(r"(.+)@([0-9a-f]{40})", re.IGNORECASE)
_FIRST_AT = re.compile(r"(.*?[^/@])@(.*)")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ssh": 22, "git": 9418}


@dataclass(frozen=True)
class Location:
    """A git URL without `git+`, ref and fragment; ref is "" where nothing follows the @."""

    url: str
    ref: str | None = None
    fragment: str = ""

    @classmethod
    def parse(cls, text: str) -> Location | None:
        """Read `[git+]URL[@REF][#FRAGMENT]`, or return None where it is no git URL.

        `user@host:path` is read as `ssh://user@host/path`, the only form that pip takes.
        """
        base, _, fragment = text.removeprefix("git+").partition("#")
        if scp := _SCP.fullmatch(base):
            base = f"ssh://{scp['user']}@{scp['host']}/{scp['path'].lstrip('/')}"
        found = _URL.fullmatch(base)
        if not found:
            return None
        scheme = found["scheme"].lower()
        path, ref = _split_ref(found["path"], local=scheme == "file")
        if not path.strip("/"):
            return None
        return cls(f"{scheme}://{found['authority']}{path.rstrip('/')}", ref, fragment)

    @property
    def subdirectory(self) -> str:
        """The folder of the repository that the package is in; "" is the top."""
        folder = posixpath.normpath(self._fields.get("subdirectory", "").strip("/"))
        return "" if folder == "." else folder

    @property
    def egg(self) -> str:
        """The package's name with its extras, as the fragment gives it; "" if it does not."""
        return self._fields.get("egg", "")

    @property
    def _fields(self) -> dict[str, str]:
        pairs = (part.partition("=") for part in self.fragment.split("&"))
        return {key: unquote(value) for key, _, value in pairs}

    @property
    def repository(self) -> str:
        """Host and path, equal for all ways to write the address of one repository."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.port and parts.port != _DEFAULT_PORTS.get(parts.scheme):
            host += f":{parts.port}"
        return f"{host}/{unquote(parts.path).strip('/').lower().removesuffix('.git')}"

    @property
    def basename(self) -> str:
        """The repository's own name, in lower case and without `.git`."""
        return self.repository.rpartition("/")[2]


def _split_ref(path: str, *, local: bool) -> tuple[str, str | None]:
    """Split `/owner/repo@ref`; owners and refs may have an @ of their own.

    A full commit at the end is a ref whatever stands before it, which is how pip reads the
    rows that we write. In what a person types, the first @ counts, so that the tag `name@1.0`
    and the branch `fix/a@b` can be named; on a disk the last one, since folders have any name.
    """
    if found := _FULL_COMMIT_LAST.fullmatch(path):
        return found[1], found[2]
    head, mark, ref = path.partition(".git@")
    if mark:
        return f"{head}.git", ref
    if local:
        head, mark, ref = path.rpartition("@")
        return (head, ref) if mark else (path, None)
    found = _FIRST_AT.fullmatch(path)
    return (found[1], found[2]) if found else (path, None)

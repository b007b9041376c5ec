"""Real git repositories for tests, with dates that are set and files that are bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hubimages.git import Git
from hubimages.process import Processes

RUN = Processes()
CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "2i2c-infrastructure"
_EPOCH = 1_700_000_000  # seconds; each commit of a repository is a minute later than the one before


@dataclass
class Repository:
    """A repository with a work tree, and the clock by which its commits are dated."""

    root: Path
    clock: int = field(default=_EPOCH)

    @classmethod
    def init(cls, root: Path) -> Repository:
        """Make an empty repository, folders above it too."""
        root.mkdir(parents=True, exist_ok=True)
        made = cls(root)
        made.git("init", "--quiet")
        return made

    @property
    def ours(self) -> Git:
        """The repository as the code under test knows it; asked anew each time."""
        return Git.at(self.root, RUN)

    def git(self, *words: str) -> str:
        """Run git, and return what it prints without the final newline."""
        date = f"{self.clock} +0000"
        env = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return RUN(["git", *words], cwd=self.root, env=env).stdout.removesuffix("\n")

    def write(self, files: dict[str, str]) -> None:
        """Write files, given by path, as they are: no line ending is changed."""
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(text.encode("utf-8", "surrogateescape"))

    def commit(self, files: dict[str, str] | None = None, message: str = "Change") -> str:
        """Write files, commit all there is, and return the commit."""
        self.write(files or {})
        self.clock += 60
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def state(self) -> dict[str, bytes | str]:
        """Return what belongs to the person: index, HEAD, stash, configuration, hooks and files."""
        files = {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not path.is_relative_to(self.root / ".git")
        }
        return {
            **files,
            "index": (self.root / ".git" / "index").read_bytes(),
            "HEAD": (self.root / ".git" / "HEAD").read_bytes(),
            "config": (self.root / ".git" / "config").read_bytes(),
            "hooks": self.git("hash-object", "--no-filters", *self._hooks()),
            "refs": self.git("for-each-ref"),
            "stash": self.git("stash", "list"),
            "settings": self.git("config", "--list"),
        }

    def _hooks(self) -> list[str]:
        return [str(path) for path in sorted((self.root / ".git" / "hooks").iterdir())]

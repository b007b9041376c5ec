"""Histories made by lot, together with what a split of them has to give.

Each file has an identity that renames keep, so that what belongs to the folder is known here
without any likeness of contents.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repositories import RUN

FOLDER = "deployments/größe/image"
REST = ("other", "deployments/größe/image2", "deployments", "früher/image")
NAMES = ("Ada", "José Núñez", "李雷", 'O\'Neil "Q"', "")
ZONES = ("+0000", "-0330", "+1245", "-1200", "+0545")


@dataclass(frozen=True)
class File:
    """What is at a path: whose identity, and how it is stored."""

    identity: int
    mode: str
    content: bytes


Files = dict[str, File]


@dataclass
class Commit:
    number: int
    parents: list[Commit]
    files: Files
    later: set[int] = field(default_factory=set)  # identities in the folder here or afterwards

    @property
    def mine(self) -> Files:
        """The folder's files, and those that come into it later, by path."""
        return {
            path: file
            for path, file in self.files.items()
            if inside(path) or file.identity in self.later
        }

    @property
    def ordinary(self) -> bool:
        return len(self.parents) < 2

    @property
    def touches(self) -> bool:
        """Whether an ordinary commit changes what belongs to the folder."""
        before = self.parents[0].files if self.parents else {}
        old = {file.identity: (path, file) for path, file in before.items()}
        new = {file.identity: (path, file) for path, file in self.files.items()}
        for identity in old.keys() | new.keys():
            was, now = old.get(identity), new.get(identity)
            here = any(one and inside(one[0]) for one in (was, now))
            if was != now and (here or (now and identity in self.later)):
                return True
        return False

    @property
    def tree(self) -> dict[str, tuple[str, bytes]]:
        """What the new commit has to hold; the folder's own files come first."""
        folder = {path[len(FOLDER) + 1 :]: file for path, file in self.mine.items() if inside(path)}
        top = {path.partition("/")[0] for path in folder}
        beside = {
            path: file
            for path, file in self.mine.items()
            if not inside(path) and path.partition("/")[0] not in top
        }
        return {path: (file.mode, file.content) for path, file in {**folder, **beside}.items()}


def inside(path: str) -> bool:
    return path.startswith(FOLDER + "/")


class Life:
    """A history of so many steps, on a default branch that branches leave and come back to."""

    def __init__(self, seed: int, steps: int = 60) -> None:
        self.lot = random.Random(seed)
        self.commits: list[Commit] = []
        self.identities = 0
        self.vacated: list[str] = []
        self.main = self._commit([], self._new({}, REST[0]))
        self.lines: list[tuple[Commit, set[int]]] = []
        for _ in range(steps):
            self._step()
        while self.lines:
            self._merge(self.lines[:1])
        files = self.main.files
        if not any(map(inside, files)):
            files = self._new(files, FOLDER)
        self.main = self._commit([self.main], files)
        self._look_ahead()

    # --- what happens ------------------------------------------------------------------------

    def _step(self) -> None:
        kind = self.lot.random()
        lent = {one for _, owned in self.lines for one in owned}
        if kind < 0.1 and len(self.lines) < 3:
            free = sorted({file.identity for file in self.main.files.values()} - lent)
            self.lines.append((self.main, set(self.lot.sample(free, len(free) // 3))))
        elif kind < 0.2 and self.lines:
            count = 2 if len(self.lines) > 1 and self.lot.random() < 0.4 else 1
            self._merge(self.lot.sample(self.lines, count))
        elif kind < 0.55 and self.lines:
            at = self.lot.randrange(len(self.lines))
            tip, owned = self.lines[at]
            files = self._change(tip.files, owned, reuse=False)
            new = {file.identity for file in files.values()}
            old = {file.identity for file in tip.files.values()}
            self.lines[at] = (self._commit([tip], files), owned | (new - old))
        else:
            every = {file.identity for file in self.main.files.values()}
            files = self._change(self.main.files, every - lent, reuse=True)
            self.main = self._commit([self.main], files)

    def _merge(self, lines: list[tuple[Commit, set[int]]]) -> None:
        """Bring lines back: each file is as it is on the line that it was lent to."""
        lent = {one for _, owned in lines for one in owned}
        files = {p: file for p, file in self.main.files.items() if file.identity not in lent}
        for tip, owned in lines:
            files |= {path: file for path, file in tip.files.items() if file.identity in owned}
        self.main = self._commit([self.main, *(tip for tip, _ in lines)], files)
        self.lines = [line for line in self.lines if line not in lines]

    def _change(self, files: Files, owned: set[int], *, reuse: bool) -> Files:
        """Return the files after one thing was done to one that may be touched, or to none."""
        mine = sorted(path for path, file in files.items() if file.identity in owned)
        kind = self.lot.random()
        if kind < 0.1:
            return files
        if kind < 0.4 or not mine:
            place = self.vacated.pop() if reuse and self.vacated and self.lot.random() < 0.5 else ""
            return self._new(files, self.lot.choice([FOLDER, FOLDER, *REST]), place)
        path = self.lot.choice(mine)
        file, rest = files[path], {p: other for p, other in files.items() if p != path}
        text = file.mode.startswith("100")
        if kind < 0.6 and text:
            return {**rest, path: self._edited(file)}
        if kind < 0.7 and text:
            mode = "100755" if file.mode == "100644" else "100644"
            return {**rest, path: File(file.identity, mode, file.content)}
        if kind < 0.8 and len(files) > 4:
            return rest
        if kind < 0.88 and text:
            self.identities += 1
            copy = File(self.identities, file.mode, file.content)
            return {**files, self._path(self.lot.choice([FOLDER, *REST])): copy}
        if file.mode == "160000":
            return rest
        if reuse:
            self.vacated.append(path)
        moved = self._edited(file) if text and self.lot.random() < 0.5 else file
        return {**rest, self._path(self.lot.choice([FOLDER, FOLDER, *REST])): moved}

    def _new(self, files: Files, folder: str, path: str = "") -> Files:
        self.identities += 1
        mode = self.lot.choices(["100644", "100755", "120000", "160000"], [8, 2, 1, 1])[0]
        lines = [f"{self.lot.getrandbits(48):012x}" for _ in range(30)]
        content = "\n".join([*lines, "größe", ""]).encode()
        if mode == "120000":
            content = f"../{lines[0]}".encode()
        if mode == "160000":
            content = f"{self.lot.getrandbits(160):040x}".encode()
        return {**files, path or self._path(folder): File(self.identities, mode, content)}

    def _edited(self, file: File) -> File:
        lines = file.content.split(b"\n")
        lines[self.lot.randrange(20)] = f"{self.lot.getrandbits(48):012x}".encode()
        return File(file.identity, file.mode, b"\n".join(lines))

    def _path(self, folder: str) -> str:
        name = self.lot.choice(["a", "ä b", "c'\"d", "env\tx", "*", "other/x"])
        return f"{folder}/{name}{self.lot.getrandbits(32):08x}"

    def _commit(self, parents: list[Commit], files: Files) -> Commit:
        made = Commit(len(self.commits), parents, files)
        self.commits.append(made)
        return made

    def _look_ahead(self) -> None:
        for commit in reversed(self.commits):
            commit.later |= {file.identity for path, file in commit.files.items() if inside(path)}
            for parent in commit.parents:
                parent.later |= commit.later

    # --- writing it --------------------------------------------------------------------------

    def write(self, root: Path) -> None:
        """Make a bare repository of it, with tags that are to stay behind; its branch is trunk."""
        RUN(["git", "init", "--quiet", "--bare", "--initial-branch=trunk", str(root)])
        words = ["git", "fast-import", "--quiet", "--force", "--date-format=raw-permissive"]
        stream = b"".join(self._stream()).decode("utf-8", "surrogateescape")
        RUN(words, cwd=root, stdin=stream)
        RUN(["git", "tag", "v1", "trunk"], cwd=root)
        RUN(["git", "tag", "-a", "-m", "annotated", "v2", "trunk~1"], cwd=root)

    def _stream(self) -> Iterator[bytes]:
        lot = random.Random(len(self.commits))
        for commit in self.commits:
            yield f"commit refs/heads/trunk\nmark :{commit.number + 1}\n".encode()
            for role in ("author", "committer"):
                when = lot.choice([0, 1, 1_700_000_000, 4_000_000_000]) + lot.randrange(99)
                mail = f"{commit.number}@{role}.example.org"
                yield f"{role} {lot.choice(NAMES)} <{mail}> {when} {lot.choice(ZONES)}\n".encode()
            message = lot.choice(
                [
                    b"",
                    b"no newline at its end",
                    "Größe 大\n\nSigned-off-by: Ä <a@b>\n".encode(),
                    b"\n\nx\n\n\n",
                ]
            )
            if lot.random() < 0.2:
                yield b"encoding ISO-8859-1\n"
                message = "Größe\n".encode("latin-1")
            yield b"data %d\n%b\n" % (len(message), message)
            for word, parent in zip(["from"] + ["merge"] * 9, commit.parents, strict=False):
                yield f"{word} :{parent.number + 1}\n".encode()
            yield b"deleteall\n"
            for path, file in commit.files.items():
                quoted = path.replace("\\", "\\\\").replace('"', '\\"')
                if file.mode == "160000":
                    yield f'M 160000 {file.content.decode()} "{quoted}"\n'.encode()
                else:
                    yield f'M {file.mode} inline "{quoted}"\n'.encode()
                    yield b"data %d\n%b\n" % (len(file.content), file.content)
        yield b"done\n"

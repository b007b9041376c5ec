"""Looking at what was made, with git's own eyes, before it is pushed; docs/decisions says why so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from hubimages.git import Git
from hubimages.splitting import merging, rewriting
from hubimages.splitting.merging import LEFT_OUT, Files
from hubimages.splitting.shrinking import Shrunk
from hubimages.splitting.tracing import Belongings, Traced

_HEADERS = ("author", "committer", "encoding")


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a split made: the new commits by the old ones, and the merge with the template."""

    traced: Traced
    shrunk: Shrunk
    new: Mapping[str, str]
    image: str  # the last commit of the image's new history
    template: str
    commit: str


def differences(git: Git, made: Made) -> list[str]:
    """Return all in which the new history is not what it has to be; nothing, if all is well."""
    return [
        *_missing(git, made),
        *_changed(git, made),
        *_moved(git, made),
        *_foreign(git, made),
        *_merge(git, made),
    ]


def _missing(git: Git, made: Made) -> Iterator[str]:
    """Yield commits that changed the folder, as git's own walk finds them, and are not there."""
    traced = made.traced
    words = ("--literal-pathspecs", "rev-list", "--full-history", "--no-merges", traced.tip)
    for old in git.ask(*words, "--", f"{traced.folder}/").splitlines():
        if old not in made.new:
            yield f"commit {old[:12]} changed {traced.folder} and is not there"


def _changed(git: Git, made: Made) -> Iterator[str]:
    """Yield commits whose author, committer, dates, encoding or message are not the old ones."""
    texts = _commits(git, [*made.new, *made.new.values()])
    for old, new in made.new.items():
        before, after = _told(texts[old]), _told(texts.get(new, ""))
        for what in sorted(before.keys() | after.keys()):
            if before.get(what) != after.get(what):
                yield f"commit {old[:12]}: its {what} is not the same in {new[:12]}"


def _told(text: str) -> dict[str, str]:
    """Return who made a commit, when, and what it says, as it is stored."""
    head, _, message = text.partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.splitlines() if line.startswith(_HEADERS))
    return {**fields, "message": message}


def _commits(git: Git, ids: Iterable[str]) -> dict[str, str]:
    """Return commits as they are stored."""
    out = git("cat-file", "--batch", stdin="".join(f"{one}\n" for one in ids)).stdout
    data = out.encode(
        "utf-8", "surrogateescape"
    )  # bytes, since the sizes that git says are of bytes
    found, at = {}, 0
    while at < len(data):
        end = data.index(b"\n", at)
        name, kind, *size = data[at:end].decode().split()
        at = end + 1
        if kind == "commit":
            found[name] = data[at : at + int(size[0])].decode("utf-8", "surrogateescape")
            at += int(size[0]) + 1
    return found


def _moved(git: Git, made: Made) -> Iterator[str]:
    """Yield files said to be moved into the folder later that the old commit has not like that."""
    wanted = [
        (old, path, blob)
        for old in made.new
        for path, (_, blob) in made.traced.belongings[old].earlier.items()
        if "\n" not in path  # git would take it for two questions
    ]
    asked = "".join(f"{old}:{path}\n" for old, path, _ in wanted)
    out = git("cat-file", "--batch-check=%(objectname)", stdin=asked).stdout
    answers = out.split("\n")[:-1]
    for (old, path, blob), said in zip(wanted, answers, strict=True):
        if said.split(" ")[0] != blob and not said.endswith(" missing"):  # as submodules are
            yield f"commit {old[:12]} has another {path}"


def _foreign(git: Git, made: Made) -> Iterator[str]:
    """Yield commits that nobody asked for, and files that are not of the folder, in any commit."""
    old = {new: before for before, new in made.new.items()}
    form = ("--format=%H %T", "--no-commit-header")
    lines = git.ask("rev-list", *form, made.image).splitlines()
    listed = cache(lambda tree: merging.files(git, tree) if tree else {})
    reached = dict(line.split() for line in lines)
    for new, tree in reached.items():
        if new not in old:
            yield f"commit {new[:12]} is of no commit of the source"
            continue
        one = made.traced.belongings[old[new]]
        if tree == one.tree and not one.earlier:
            continue
        for path in sorted(listed(tree).items() ^ _expected(listed(one.tree), one).items()):
            yield f"commit {new[:12]} differs from {old[new][:12]} in {path[0]}"
    if unreached := old.keys() - reached.keys():
        yield f"{len(unreached)} commits are not in the new history, {min(unreached)[:12]} among them"


def _expected(folder: Files, one: Belongings) -> dict[str, tuple[str, str]]:
    top = {path.partition("/")[0] for path in folder}
    return {**folder, **dict(rewriting.shown(one.earlier, top))}


def _merge(git: Git, made: Made) -> Iterator[str]:
    """Yield what is wrong in the last commit: its parents, or its files."""
    if git.ask("rev-parse", f"{made.commit}^@").splitlines() != [made.image, made.template]:
        yield "the last commit does not join the image's history and the template's"
    if made.new.get(made.shrunk.instead[made.traced.tip]) != made.image:
        yield f"the image's history does not end where that of {made.traced.folder} does"
    folder = merging.files(git, f"{made.traced.tip}:{made.traced.folder}")
    template = merging.files(git, made.template)
    there = merging.files(git, made.commit)
    yield from _not_as(there, folder, "the image's")
    beside = {path: stored for path, stored in there.items() if path not in folder}
    allowed = {path: template[path] for path in beside if path in template and path != LEFT_OUT}
    yield from _not_as(there, allowed, "the template's")
    for path in sorted(beside.keys() - allowed.keys()):
        yield f"{path} is neither the image's nor the template's"
    given_way = set(merging.merge(folder, template).conflicts)
    for path in sorted(template.keys() - there.keys() - given_way - {LEFT_OUT}):
        yield f"{path} of the template is not there"


def _not_as(there: Files, wanted: Files, whose: str) -> Sequence[str]:
    return [f"{path} is not {whose}" for path in sorted(wanted) if there.get(path) != wanted[path]]

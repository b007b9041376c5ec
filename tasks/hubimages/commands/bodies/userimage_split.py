"""What user-image.split does: asks, shows what it made, and pushes it once that is confirmed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hubimages.commands import ask
from hubimages.commands.boundary import console
from hubimages.git import Git, clean_environment
from hubimages.process import Processes, Runner
from hubimages.splitting import folder, left, rewriting, target
from hubimages.splitting import split as steps
from hubimages.splitting.address import Address
from hubimages.splitting.failures import NotRewritten, NotTheSame
from hubimages.splitting.folder import Mark
from hubimages.splitting.merging import LEFT_OUT
from hubimages.splitting.split import Wish
from hubimages.splitting.target import Unknown

_SHOWN = 12  # earlier paths that are listed


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for on the command line."""

    source: str
    path: str
    template: str
    target: str
    directory: str


def split(wanted: Wanted, *, dry_run: bool, yes: bool) -> None:
    """Move an image folder into a repository of its own."""
    clean_environment()
    run = Processes(echo=lambda line: console.detail(f"$ {line}"), line=console.progress)
    rewriting.ready()
    wish = _wish(wanted)
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="hubimages-") as scratch:
            _try(wish, Path(scratch) / "split", run)
        return
    directory = _directory(wanted.directory, wish.path, run)
    with folder.alone(directory):
        _split(wish, directory, run, yes=yes)


def _wish(wanted: Wanted) -> Wish:
    """Return what is to be done, asking for what was not said; raises MissingValue, BadPath."""
    return Wish(
        source=Address.parse(wanted.source or ask.text("--source", "Which repository has it?")),
        path=steps.clean_path(wanted.path or ask.text("--path", "Which folder of it?")),
        template=Address.parse(
            wanted.template or ask.text("--template", "Which repository is the template?")
        ),
        target=Address.parse(
            wanted.target or ask.text("--target", "Which new, empty repository does it go to?")
        ),
    )


def _directory(given: str, path: str, run: Runner) -> Path:
    """Return where the clone goes; raises InAWorkTree, and NotOurs where something else is there."""
    here = Path.cwd()
    top = folder.work_tree(here, run)
    beside = top.parent if top else here
    directory = Path(given).absolute() if given else beside / Path(path).name
    folder.outside(directory, run)
    folder.read(directory)
    return directory


def _try(wish: Wish, directory: Path, run: Runner) -> None:
    """Do it all but for the push, in a folder that is removed."""
    answer = target.look(wish.target.remote(run))
    if isinstance(answer, Unknown):
        console.warn(f"whether {wish.target.url} is empty is not known: {answer.failure.what}")
    else:
        target.must_be_empty(wish.target.url, answer)
    made = _made(wish, directory, _mark(wish, run), run, yes=True)
    console.say(f"would push {made.commit[:12]} as branch {made.branch} to {wish.target.url}")


def _split(wish: Wish, directory: Path, run: Runner, *, yes: bool) -> None:
    found = folder.read(directory)
    remote = wish.target.remote(run)
    answer = target.look(remote)
    if found and found.of(wish.mark) and target.has(answer, found.branch, found.commit):
        console.say(f"an earlier run pushed it already, as branch {found.branch}")
        _end(wish, directory, found, run)
        return
    target.must_be_empty(wish.target.url, answer)
    wanted = _mark(wish, run)
    if found and found.commit and found == replace(wanted, commit=found.commit):
        console.say(f"going on from {directory}, which an earlier run made and verified")
        made = found
    else:
        folder.clear(directory, found, run)
        with _cleared(directory, wanted, run):
            made = _made(wish, directory, wanted, run, yes=yes)
    console.did(f"the verified clone in {directory}, from which the same command goes on")
    if ask.interactive():
        ask.confirm(f"Push it as branch {made.branch} to {wish.target.url}?", yes=yes)
    with console.step("push"):
        steps.push(wish, directory, made, run)
    _end(wish, directory, made, run)


@contextmanager
def _cleared(directory: Path, mark: Mark, run: Runner) -> Iterator[None]:
    """Remove the clone where making it fails, unless there is something to see in it."""
    try:
        yield
    except (NotTheSame, NotRewritten):
        console.did(f"the unfinished clone in {directory}, which the same command makes anew")
        raise
    except BaseException:
        folder.clear(directory, mark, run)
        raise


def _mark(wish: Wish, run: Runner) -> Mark:
    """Ask source and template where they stand, and name the new branch as the template does.

    As the template, since its workflows name the branch that they build.
    """
    source, template = (steps.tip(one.remote(run)) for one in (wish.source, wish.template))
    tips = (source.commit, template.commit)
    return replace(wish.mark, tips=tips, branch=template.branch or "main")


def _made(wish: Wish, directory: Path, mark: Mark, run: Runner, *, yes: bool) -> Mark:
    """Make and verify the new history; return the mark that names it."""
    with console.step("fetch"):
        fetched = steps.fetch(wish, directory, mark, run)
    mark = fetched.mark
    if conflicts := fetched.merged.conflicts:
        console.say("the template has these files too, and the image's would be kept:")
        for path in conflicts:
            console.say(f"  {left.shown(path)}")
        ask.confirm("Keep the image's?", yes=yes)
    written = steps.write(fetched, _message(wish, mark, conflicts), console.step)
    console.say(
        f"{written.of_image} of {written.of_source} commits concern {wish.path}; each is there with its author, "
        "dates and message, and no other file in any of them"
    )
    for path in written.earlier[:_SHOWN]:
        console.say(f"  followed back to {left.shown(path)}")
    if len(written.earlier) > _SHOWN:
        console.say(f"  and to {len(written.earlier) - _SHOWN} other paths")
    return written.mark


def _message(wish: Wish, mark: Mark, conflicts: tuple[str, ...]) -> str:
    """Return the message of the commit that joins both histories."""
    kept = (
        f" Of the files that both have, the image's are kept: {', '.join(conflicts)}."
        if conflicts
        else ""
    )
    return (
        f"Give {wish.path} a repository of its own\n\n"
        f"Its history is that of {wish.path} in {wish.source.url}\n"
        f"up to {mark.tips[0]}. The other files are those of\n"
        f"{wish.template.url}\nat {mark.tips[1]}, without its {LEFT_OUT}.{kept}\n"
    )


def _end(wish: Wish, directory: Path, made: Mark, run: Runner) -> None:
    """Tidy up, and say what is left to do."""
    console.did(f"pushed {made.commit[:12]} to {wish.target.url}")
    with console.step("tidy up"):
        git: Git = steps.finish(directory, made, run)
    console.say(
        f"{wish.path} is now {wish.target.url}, branch {made.branch}, cloned in {directory}"
    )
    if wish.target.has_credentials:
        console.say("origin there is without the credentials that you gave: git help credentials")
    console.say("left to do by hand:")
    for step in left.to_do(git, made.commit, wish.source.url, wish.path, wish.target.url):
        console.say(f"  - {step}")

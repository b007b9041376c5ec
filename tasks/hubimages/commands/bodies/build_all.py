"""What build-hub --all does: every stale image, several at once, and a summary of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from invoke.context import Context

from hubimages.builds import preflight
from hubimages.builds.plan import Plan, Result, expected
from hubimages.commands.bodies import build_text, building
from hubimages.commands.bodies.build import Begun, Wanted, begin, settle_uncommitted
from hubimages.commands.boundary import Finding
from hubimages.commands.session import Session, emit
from hubimages.errors import Failure
from hubimages.redaction import redact

if TYPE_CHECKING:
    from hubimages.builds.builder import Builder
    from hubimages.builds.run import Made
    from hubimages.builds.tools import Tools


class AllOrOne(Failure):
    """--all and --image were given together."""

    def __init__(self) -> None:
        super().__init__(
            "--all builds every stale image, and --image names one.", fix="leave out one of them"
        )


@dataclass(frozen=True)
class Became:
    """What became of an image; failure is None where all went well."""

    plan: Plan
    result: Result
    failure: Failure | None = None

    @property
    def json(self) -> dict[str, Any]:
        """As `build-hub --json` has it, with an error where there is one."""
        error = {"error": redact(str(self.failure))} if self.failure else {}
        return {**asdict(self.result), **error}


def build_all(c: Context, image: str, wanted: Wanted) -> None:
    """Build, prove and push every image that the registry has not; record production's tag."""
    if image:
        raise AllOrOne
    begun = begin(c, wanted)
    images = begun.images
    # each asks the registry in the background
    plans = [
        begun.plan(one, wanted, push=wanted.push)
        for one in (images.production, *images.experiments)
    ]
    with begun.session.console.step("preflight"):
        warnings: dict[str, list[str]] = {}  # to the images that they are about
        became = [_preflight(begun, plan, wanted, warnings) for plan in plans]
        for warning, keys in warnings.items():
            begun.session.console.warn(f"{', '.join(keys)}: {warning}")
        if wanted.dry_run:
            _end(begun.session, became, wanted)
            return
        stale = [one.plan for one in became if not one.failure and not one.plan.there]
        builder = _builder(begun.session, stale)
    paths = [path for plan in stale for path in plan.uncommitted]
    settle_uncommitted(tuple(dict.fromkeys(paths)), yes=wanted.yes)
    built = _built(begun.session, stale, builder)
    became = [
        one if one.failure else _recorded(begun, one.plan, built.get(one.plan.image.key))
        for one in became
    ]
    _end(begun.session, became, wanted)


def _preflight(begun: Begun, plan: Plan, wanted: Wanted, warnings: dict[str, list[str]]) -> Became:
    """Ask what can be known to go wrong with one image, and say so; the others go on."""
    session, key = begun.session, plan.image.key
    try:
        found = [*preflight.unpushed(plan, session.git), *preflight.warnings(plan)]
        edit = building.to_record(plan, begun.propose)
        if wanted.dry_run:
            build_text.show_plan(session, plan, edit, pr=wanted.pr)
        else:
            found += preflight.tag(plan, session.registry)
    except Failure as failure:
        session.console.error(f"{key}: {redact(str(failure))}")
        return Became(plan, _unbuilt(plan), failure)
    for warning in found:
        warnings.setdefault(warning, []).append(key)
    return Became(plan, expected(plan, values_changed=edit is not None))


def _unbuilt(plan: Plan) -> Result:
    return replace(expected(plan, values_changed=False), built=False, pushed=False)


def _builder(session: Session, stale: Sequence[Plan]) -> Builder | None:
    if not stale:
        return None
    from hubimages.builds.builder import choose

    return choose(stale[0].request.asked, session.engine)


def _built(
    session: Session, stale: Sequence[Plan], builder: Builder | None
) -> dict[str, Made | Failure]:
    """Build them, and return what was made of each, or why not."""
    if builder is None:
        return {}
    from hubimages.builds import run
    from hubimages.builds.together import together

    def build(plan: Plan, tools: Tools) -> Made:
        return run.build(plan, builder, tools)

    at_once = session.settings.build_concurrency
    return together(stale, build, building.tools(session), at_once)


def _recorded(begun: Begun, plan: Plan, made: Made | Failure | None) -> Became:
    """Record the tag of what was made, where it is production's; None: it was there."""
    if isinstance(made, Failure):
        return Became(plan, _unbuilt(plan), made)
    try:
        result = building.recorded(begun.session, plan, made, propose=begun.propose)
    except Failure as failure:
        begun.session.console.error(f"{plan.image.key}: {redact(str(failure))}")
        done = replace(expected(plan, values_changed=False), pushed=bool(made and made.pushed))
        return Became(plan, done, failure)
    return Became(plan, result)


def _end(session: Session, became: Sequence[Became], wanted: Wanted) -> None:
    """Say what became of each; raises Finding where one failed."""
    if not wanted.dry_run:
        _tell(session, became, pr=wanted.pr)
    if wanted.json:
        emit([one.json for one in became])
    if any(one.failure for one in became):
        raise Finding


def _tell(session: Session, became: Sequence[Became], *, pr: bool) -> None:
    say, paint = session.console.say, session.console.paint
    say()
    for one in became:
        if one.failure is None:
            say(f"{paint('✓', 'green')} {build_text.summary(one.plan, one.result)}")
            if one.result.digest:
                say(f"    {build_text.after(one.plan, one.result, pr=pr)}")
            continue
        first, *more = redact(one.failure.what).splitlines()
        said = " ".join(
            [first, *(line.strip() for line in more[-1:])]
        )  # a build ends with its error
        say(f"{paint('✗', 'red')} {one.plan.full_name} failed: {said}")
        say(f"    → {one.failure.fix or 'mend what it names, then run the same command again'}")
    if pr and not any(one.plan.records and one.result.digest for one in became):
        say("nothing was recorded, so no pull request was opened")
    if any(not one.failure and not one.result.digest for one in became):
        say("not pushed, so nothing was recorded; next: invoke build-hub --all --push")

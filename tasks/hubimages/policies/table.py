"""All policies, and how their findings are switched off or excused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from hubimages.config import Excuse, Settings
from hubimages.errors import BadConfiguration
from hubimages.policies import (
    base_version,
    deadline,
    full_commit,
    gone_image,
    hub_image,
    idle_experiment,
    long_trial,
    mutable_tag,
    off_main,
    pinned_twice,
    pull_limits,
    pullable,
    readable,
    unquoted_tag,
    values_path,
)
from hubimages.policies.facts import Facts
from hubimages.policies.finding import Finding, Flaw
from hubimages.redaction import redact

POLICIES: Mapping[str, Callable[[Facts], Iterable[Flaw]]] = {
    "readable": readable.check,
    "base-version": base_version.check,
    "full-commit": full_commit.check,
    "pinned-twice": pinned_twice.check,
    "values-path": values_path.check,
    "hub-image": hub_image.check,
    "gone-image": gone_image.check,
    "idle-experiment": idle_experiment.check,
    "deadline": deadline.check,
    "long-trial": long_trial.check,
    "off-main": off_main.check,
    "pull-limits": pull_limits.check,
    "mutable-tag": mutable_tag.check,
    "unquoted-tag": unquoted_tag.check,
    "pullable": pullable.check,
}
ASKING = frozenset({"pullable"})
"""Those that look into registries; the others look at files alone."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found, what of it is excused for now, and which policies were not asked."""

    findings: tuple[Finding, ...]
    excused: tuple[tuple[Finding, Excuse], ...]
    off: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether there is an error among the findings; a warning is for people to weigh."""
        return any(finding.severity == "error" for finding in self.findings)


def examine(facts: Facts, today: date) -> Report:
    """Ask every policy that is on, or about some of the hubs those that look into registries.

    Raises BadConfiguration where one is named that there is not.
    """
    settings = facts.settings
    _known(settings)
    meant = [name for name in POLICIES if facts.asked is None or name in ASKING]
    off = tuple(name for name in meant if not settings.policies.get(name, True))
    findings: list[Finding] = []
    excused: list[tuple[Finding, Excuse]] = []
    for name in meant:
        for flaw in POLICIES[name](facts) if name not in off else ():
            finding = _named(name, flaw)
            excuse = _excuse(finding, settings.excused)
            if excuse and today <= excuse.until:
                excused.append((finding, excuse))
            else:
                findings.append(_ran_out(finding, excuse) if excuse else finding)
    return Report(findings=tuple(findings), excused=tuple(excused), off=off)


def _known(settings: Settings) -> None:
    named = [*settings.policies, *(excuse.policy for excuse in settings.excused)]
    for name in named:
        if name not in POLICIES:
            raise BadConfiguration(
                f"`hubimages:` in invoke.yaml names a policy `{name}`, which there is not.",
                fix=f"the policies are {', '.join(POLICIES)}",
            )


def _named(policy: str, flaw: Flaw) -> Finding:
    """Return a flaw as a finding, without the credentials that an address in it may hold."""
    return Finding(
        policy=policy,
        severity=flaw.severity,
        path=flaw.path,
        line=flaw.line,
        message=redact(flaw.message),
        fix=redact(flaw.fix),
    )


def _excuse(finding: Finding, excuses: Iterable[Excuse]) -> Excuse | None:
    """Return the excuse that holds longest for a finding."""
    fitting = [
        excuse
        for excuse in excuses
        if excuse.policy == finding.policy
        and fnmatchcase(finding.path, excuse.path)
        and excuse.match in finding.message
    ]
    return max(fitting, key=lambda excuse: excuse.until, default=None)


def _ran_out(finding: Finding, excuse: Excuse) -> Finding:
    over = f"It was excused until {excuse.until} ({excuse.reason})."
    return replace(finding, message=f"{finding.message} {over}")

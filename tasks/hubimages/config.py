"""The settings under `hubimages:` in Invoke's configuration, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal, get_args

from hubimages.errors import BadConfiguration

BuilderChoice = Literal["auto", "docker-build", "docker-buildx"]
_WHERE = "`hubimages:` in invoke.yaml, an INVOKE_HUBIMAGES_… variable or --config"


_LEAST = {  # of each number that is none of days, and in words
    "build_concurrency": (1, ", 1 or more"),
    "canary_wait": (0, " of seconds"),
    "deploy_concurrency": (1, ", 1 or more"),
    "deploy_timeout": (1, " of seconds, 1 or more"),
}
_FILLED = {"deploy_command", "namespace", "release"}
_EXCUSE = "a list of {policy, path or match (or both), until: YYYY-MM-DD, reason}"


@dataclass(frozen=True, kw_only=True)
class Excuse:
    """Findings of one policy that are accepted for a while.

    path is a pattern such as `config/clusters/*`, match a part of the message; until is the last
    day on which it holds.
    """

    policy: str
    path: str = "*"
    match: str = ""
    until: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be set; the defaults need no file. Days are whole days.

    namespace and release are how Helm knows a hub, with {cluster} and {hub} filled in.
    """

    charts_dir: str = "helm-charts"
    clusters_dir: str = "config/clusters"
    production: str = "hub"
    experiment: str = "hub-experimental"
    platform: str = "linux/amd64"
    builder: BuilderChoice = "auto"
    builder_name: str = ""  # of a buildx builder or docker context; empty: docker's own choice
    cache: bool = False
    build_concurrency: int = 2
    trial_days: int = 7
    deadline_days: int = 28
    insecure_registries: tuple[str, ...] = ()
    deploy_command: str = "helm"  # or another program's words with {cluster} and {hub}, or "none"
    deploy_timeout: int = 600  # seconds for one hub to become ready, and again to become healthy
    deploy_concurrency: int = 1  # hubs of one cluster at a time
    canary_wait: int = 300  # seconds for which a canary has to stay healthy
    namespace: str = "{hub}"
    release: str = "{hub}"
    policies: Mapping[str, bool] = field(default_factory=dict, hash=False)  # False switches one off
    excused: tuple[Excuse, ...] = ()


def defaults() -> dict[str, Any]:
    """Return the defaults as Invoke takes them."""
    return asdict(Settings()) | {"insecure_registries": [], "excused": []}


def read(raw: Mapping[str, Any]) -> Settings:
    """Return the settings, or raise BadConfiguration naming the key that cannot be."""
    known = {field.name: field for field in fields(Settings)}
    for key in raw:
        if key not in known:
            import difflib

            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the keys are {', '.join(known)}"
            raise BadConfiguration(f"{_WHERE}: there is no key `{key}`.", fix=hint)
    return Settings(**{key: _value(key, value) for key, value in raw.items()})


def _value(key: str, value: Any) -> Any:
    default = getattr(Settings(), key)
    if key == "insecure_registries":
        return _hosts(value)
    if key == "policies":
        return _switches(value)
    if key == "excused":
        return tuple(map(_excuse, value if isinstance(value, list | tuple) else [value]))
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise _wrong(key, value, "true or false")
    return _number(key, value) if isinstance(default, int) else _text(key, value, default)


def _hosts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise _wrong("insecure_registries", value, "a list of hosts such as registry.example.org:5000")


def _text(key: str, value: Any, default: str) -> str:
    if not isinstance(value, str) or (default and not value):
        raise _wrong(key, value, "a text that is not empty" if default else "a text")
    if key == "builder" and value not in get_args(BuilderChoice):
        raise _wrong(key, value, f"one of {', '.join(get_args(BuilderChoice))}")
    if key in _FILLED and (why := _unfillable(value)):
        raise _wrong(key, value, f"a text in which {{cluster}} and {{hub}} are filled in{why}")
    return value.rstrip("/") if key.endswith("_dir") and value != "/" else value


def _number(key: str, value: Any) -> int:
    least, of = (0, " of days") if key.endswith("_days") else _LEAST[key]
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise _wrong(key, value, f"a whole number{of}")


def _unfillable(template: str) -> str:
    """Return what is wrong with a template; empty where nothing is."""
    try:
        template.format(cluster="", hub="")
    except (KeyError, IndexError, ValueError, AttributeError):
        return "; any other { is written {{"
    return ""


def _switches(value: Any) -> dict[str, bool]:
    # not isinstance: Invoke hands in a kind of mapping of its own
    switches: dict[Any, Any] = dict(value) if hasattr(value, "keys") else {"": value}
    if not all(isinstance(on, bool) for on in switches.values()):
        raise _wrong("policies", value, "a mapping of policies to `off` (or `on`)")
    return {str(name): on for name, on in switches.items()}


def _excuse(value: Any) -> Excuse:
    said = dict(value) if isinstance(value, Mapping) else {}
    until = said.pop("until", None)
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            raise _wrong("excused", value, _EXCUSE) from None
    words = all(isinstance(word, str) and word for word in said.values())
    needed = {"policy", "reason"} <= said.keys() <= {"policy", "reason", "path", "match"}
    if not isinstance(until, date) or not words or not needed or len(said) < 3:
        raise _wrong("excused", value, _EXCUSE)
    return Excuse(until=until.date() if isinstance(until, datetime) else until, **said)


def _wrong(key: str, value: Any, wanted: str) -> BadConfiguration:
    return BadConfiguration(f"{_WHERE}: `{key}` is {value!r}.", fix=f"it has to be {wanted}")

"""The settings under `hubimages:` in Invoke's configuration, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from hubimages.errors import BadConfiguration

BuilderChoice = Literal["auto", "docker-build", "docker-buildx"]
_WHERE = "`hubimages:` in invoke.yaml, an INVOKE_HUBIMAGES_… variable or --config"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be set; the defaults need no file. Days are whole days."""

    charts_dir: str = "helm-charts"
    clusters_dir: str = "config/clusters"
    production: str = "hub"
    experiment: str = "hub-experimental"
    platform: str = "linux/amd64"
    builder: BuilderChoice = "auto"
    trial_days: int = 7
    deadline_days: int = 28
    insecure_registries: tuple[str, ...] = ()


def defaults() -> dict[str, Any]:
    """Return the defaults as Invoke takes them."""
    return asdict(Settings()) | {"insecure_registries": []}


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
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise _wrong(key, value, "a list of hosts such as registry.example.org:5000")
    if isinstance(default, int):
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise _wrong(key, value, "a whole number of days")
    if not isinstance(value, str) or not value:
        raise _wrong(key, value, "a text that is not empty")
    if key == "builder" and value not in get_args(BuilderChoice):
        raise _wrong(key, value, f"one of {', '.join(get_args(BuilderChoice))}")
    return value.rstrip("/") if key.endswith("_dir") and value != "/" else value


def _wrong(key: str, value: Any, wanted: str) -> BadConfiguration:
    return BadConfiguration(f"{_WHERE}: `{key}` is {value!r}.", fix=f"it has to be {wanted}")

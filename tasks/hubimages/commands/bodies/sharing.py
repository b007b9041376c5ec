"""Asking which hub is meant, and about the other hubs that an edit of its values reaches."""

from __future__ import annotations

from hubimages.commands import ask
from hubimages.commands.ask import Choice
from hubimages.commands.session import Session
from hubimages.fleet import Fleet
from hubimages.trials import Change


def pick_hub(hubs: Fleet) -> str:
    """Let the person pick a hub; raises MissingValue."""
    return ask.select(
        "--hub", "Which hub?", [Choice(hub.name, f"{hub.name} ({hub.chart})") for hub in hubs.hubs]
    )


def with_the_others(session: Session, change: Change, *, yes: bool) -> bool:
    """Ask whether the hubs that share the override follow, or the hub gets one of its own."""
    if yes or not ask.interactive():
        about_sharing(session, change, yes=yes)
        return True
    _say_sharing(session, change)
    name = change.hub.name
    choices = [
        Choice("alone", f"only {name}: an override in its own file, which counts more"),
        Choice("all", "all of them: the override is edited where it stands"),
    ]
    return ask.select("--yes", "Which hubs?", choices) == "all"


def about_sharing(session: Session, change: Change, *, yes: bool) -> None:
    """Say which other hubs an edit reaches, and ask."""
    _say_sharing(session, change)
    if change.shared:
        ask.confirm("Change the hubs named above too?", yes=yes, default=False)


def _say_sharing(session: Session, change: Change) -> None:
    for path, others in change.shared.items():
        reach = ", ".join(others[:8]) + (f" and {len(others) - 8} more" if len(others) > 8 else "")
        session.console.warn(
            f"{path} is not {change.hub.name}'s alone: the edit reaches {reach} too."
        )
